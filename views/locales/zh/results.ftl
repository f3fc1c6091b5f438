# 搜索结果
results-query = 搜索：{ $query }
results-none = 这里和 TMDB 上都没有找到。试试原名、更少的词，或加上年份。
results-none-local = 这里没有找到，而 TMDB 暂时没有响应。请稍后再试。
results-incomplete = TMDB 暂时没有响应，结果可能不完整。
results-how = 发送片名即可，例如 <code>黑客帝国 1999</code>。
results-movie-how = 请给出电影在 TMDB 的编号，例如 <code>/movie 603</code>。
results-old = 这些结果太旧，无法翻页。请重新发送片名。
results-page = { $page } / { $pages }

# 搜索结果。查询词以粗体显示，并从那里读回。
results-query = 搜索：<b>{ $query }</b>
results-nearest = 没有片名完全包含这些词，最接近的是：
results-none = 这里和 TMDB 上都没有找到。试试原名、更少的词，或加上年份。
results-none-here = 这里没有找到，而 TMDB 暂时没有响应。请稍后再试。
results-incomplete = TMDB 暂时没有响应，结果可能不完整。
results-wider = 也问 TMDB
results-others = 电影里没有，但 TMDB 上有：
results-as-filters = 把这些词当作筛选条件
results-series = { $name } · 剧集
results-how = 发送片名即可，例如 <code>黑客帝国 1999</code>，也可以描述想看什么：<code>80年代喜剧 7分以上</code>。
results-old = 这些结果已无法翻页。请重新发送片名。

# 自己的片单：想看、评分，以及导出的文件
list-chosen = ✓ { $what }

watchlist-heading = <b>想看</b> · { $number } 部
watchlist-empty = { $linked ->
    [yes] 想看片单还是空的。点影片卡片上的“+ 想看”，就会加入这里和您在 TMDB 的片单。
   *[no] 想看片单还是空的。点影片卡片上的“+ 想看”即可加入；用 /link 可导入您在 TMDB 的片单。
}
watchlist-by-added = 最近添加
watchlist-by-score = 按评分
watchlist-by-popularity = 按热度
watchlist-by-release = 按上映日期
watchlist-unreleased = { $date }上映
watchlist-added = 已加入想看
watchlist-added-goes-to-tmdb = 已加入想看，正在同步到 TMDB
watchlist-removed = 已从想看中移除
watchlist-removed-goes-to-tmdb = 已从想看中移除，TMDB 上也将很快移除

own-heading = <b>我的评分</b> · { $number } 部
own-empty = { $linked ->
    [yes] 您还没有评分。打开一部影片点“评分”即可；用 /import 可导入您在 TMDB 的评分。
   *[no] 您还没有评分。打开一部影片点“评分”即可，也可用 /link 导入您在 TMDB 的评分。
}
own-score = ★ { $score }
own-decade = { $decade } 年代
own-withheld = 有 { $number } 个评分没有显示：影片属于成人内容，或 TMDB 上已不存在。
own-by-rated = 最近评分
own-by-mine = 我的评分
own-by-tmdb = TMDB 评分
own-by-title = 片名
own-by-year = 年份
own-sort-button = 排序
own-score-button = 评分
own-decade-button = 年代
own-genre-button = 类型
own-picture = 图表
own-pick-sort = <b>按什么排序？</b>
own-pick-score = <b>哪个分数？</b>
own-pick-decade = <b>哪个年代？</b>
own-pick-genre = <b>哪种类型？</b>
own-any = 不限
own-back = 返回
own-picture-scores = 我的评分
own-picture-decades = 按年代
own-picture-genres = 按类型
own-picture-none = 暂无数据
own-picture-caption = 您的 { $number } 个评分：按分数、年代和类型
own-nothing-to-draw = 还没有评分可以画图

export-empty = 还没有可导出的内容：没有评分，想看片单也是空的。
export-caption = 评分 { $ratings } 个，想看 { $watchlist } 部。letterboxd 文件可导入 Letterboxd，imdb 文件可用于支持 IMDb 导出格式的服务；JSON 文件完整保存一切。
export-without-imdb = 有 { $number } 部影片没有 IMDb 编号，只在其他文件中。

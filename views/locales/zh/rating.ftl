# 在卡片上评分
rating-half-less = 减 ½
rating-half-more = 加 ½
rating-remove = 删除
rating-remove-own = 删除我的评分
rating-back = 返回
rating-in-private = 半分请到私聊
rating-saved = 已保存 ★ { $value }
rating-saved-goes-to-tmdb = 已保存 ★ { $value }，正在发送到 TMDB
rating-removed = 评分已删除
rating-removed-goes-to-tmdb = 评分已删除，TMDB 上也将很快删除
rating-already = 已经完成了
rating-no-film = 片库中已没有这部电影

# 电影卡片
card-year = （{ $year }）
card-votes = { $count } 人评分
card-hours-minutes = { $hours }小时{ $minutes }分钟
card-hours = { $hours }小时
card-minutes = { $minutes }分钟
card-own-rating = ★ { $value }，您的评分
card-own-rating-dated = ★ { $value }，您的评分，{ $date }
card-push-late = 尚未同步到 TMDB
card-push-gone = TMDB 上已没有这部电影
card-push-refused = TMDB 未接受
card-push-revoked = 重新关联 TMDB 后会发送
card-deleted = TMDB 已删除这部电影。
card-gone = TMDB 上没有这部电影。
card-away = TMDB 暂时没有响应，而这里关于这部电影的资料缺失或已过期。请稍后再试，您的数据都还在。
card-how = 请给出电影在 TMDB 的编号，例如 <code>/movie 603</code>。
card-rate = ★ 评分
card-trailer = ▶ 预告片
card-tmdb = 在 TMDB 查看
card-again = 重试

# CLDR 中名称不常用或已不再收录的国家和地区
country-us = 美国
country-gb = 英国
country-hk = 香港
country-kr = 韩国
country-su = 苏联
country-xc = 捷克斯洛伐克
country-xg = 东德
country-yu = 南斯拉夫

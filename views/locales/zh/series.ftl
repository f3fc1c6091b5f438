# 剧集卡片。
# 列表中剧集名称旁的标记。
series-mark = 剧集
series-gone = TMDB 上没有这部剧集。
series-away = TMDB 暂时没有响应，而这里关于这部剧集的资料缺失或已过期。请稍后再试，您的数据都还在。
series-adult = 这是成人剧集。在 /settings 中允许后才会显示。
series-adult-shared = 这是成人剧集，不在此处显示。

# 以文本行列出的影片，适用于各种列表。
list-page = 第 { $page } 页，共 { $pages } 页

settings = <b>设置</b>
settings-own-name = 中文
settings-chosen = ✓ { $name }
settings-back = 返回

settings-language = 语言
settings-language-about = 我与您交流所用的语言。
settings-language-is = 语言：{ $value }

settings-films = 片名语言
settings-films-about = 有译文时，片名和简介以此语言显示。
settings-films-is = 片名语言：{ $value }
settings-films-auto = 与界面一致

settings-posters = 海报语言
settings-posters-about = 没有相应海报时，先用原版海报，再用英文海报。
settings-posters-is = 海报语言：{ $value }
settings-posters-auto = 与片名一致
settings-posters-none = 无文字

settings-region = 地区
settings-region-about = 分级、上映日期和观看渠道以此地区为准。
settings-region-is = 地区：{ $value }
settings-region-auto = 随语言
settings-region-from-language = { $region }（随语言）

settings-scale = 评分方式
settings-scale-about = 评分的给出和显示方式。您给出的分数不会改变；用星级显示时取最接近的半星。
settings-scale-is = 评分方式：{ $value }
settings-scale-10 = 1 到 10 分
settings-scale-5 = 五星，可打半星

settings-rated = 已评分的电影
settings-rated-about = 列表中可以不显示您已评分的电影。
settings-rated-is = 已评分的电影：{ $value }
settings-rated-off = 在列表中显示
settings-rated-on = 不在列表中显示

settings-adult = 成人电影
settings-adult-about = 只有您开启后，才会找到成人和情色电影。
settings-adult-private = 它们只出现在本聊天中，绝不会出现在群组和内联消息里。
settings-adult-groups = 开启后，在您提问的群组和您发送的内联消息中，所有人都能看到它们。
settings-adult-is = 成人电影：{ $value }
settings-adult-off = 隐藏
settings-adult-on = 显示
settings-adult-show = 显示……
settings-adult-hide = 隐藏
settings-adult-sure =
    <b>成人电影</b>
    开启后，搜索和列表中将出现成人和情色电影及其海报。仅当您已达到所在地的法定年龄时，才请继续。
settings-adult-yes = 我已成年，显示

start-hello =
    <b>Filmoteka</b> 能找到任何一部电影，并连同海报一起展示。
    它会把您在 TMDB 的评分导入进来，也会把新评分同步回去。
    用任何语言输入片名即可{ $bot ->
        [none] { "" }
       *[other] （在其他聊天中先输入 @{ $bot }）
    }，也可以先看看这一部：
start-link = 关联 TMDB
start-look = 先随便看看
start-hello-again =
    欢迎回来！已关联 TMDB 账号 <b>{ $username }</b>，{ $count ->
        [0] 这里还没有评分
       *[other] 这里有 { $count } 条评分
    }。
    想找电影，直接输入片名。
start-look-around =
    用任何语言输入片名，有小错也没关系。不关联账号也能在这里评分。
    先看看这三部：
start-example-matrix = 黑客帝国
start-example-spirited-away = 千与千寻
start-example-parasite = 寄生虫
start-in-groups = 这是个人内容，请到私聊中继续。
start-in-private = 打开私聊

help =
    <b>电影</b>
    输入片名，就会打开影片卡片。
    也可以直接描述想看什么：<code>80年代喜剧 7分以上</code>、<code>nolan 2010s</code>。
    /search <i>关键词</i>：用命令搜索
    /movie <i>编号</i>：按 TMDB 编号打开影片
    /popular、/new、/top、/trending：可筛选的片单
    /person <i>姓名</i>：影人及其作品
    发送 TMDB 或 IMDb 链接，可直接打开对应内容。
    群组中：使用 /search，或回复我的消息{ $bot ->
        [none] { "" }
       *[other] 。任意聊天中：<code>@{ $bot } 黑客帝国</code>
    }

    <b>我的</b>
    /watchlist：想看片单
    /ratings：我的评分和图表
    /export：导出文件，可用于 Letterboxd 等

    <b>TMDB 账号</b>
    /link：关联账号，导入评分和想看片单
    /import：重新导入
    /unlink：取消关联

    <b>关于本机器人</b>
    /settings：语言、地区、海报、评分方式、成人电影
    /privacy：保存了您的哪些信息
    /forget：全部删除
    /about：数据来源
help-admin =
    <b>管理员</b>
    /sync：影片库有多新、正在运行什么；启动、暂停、重置
    /stats：用户、影片、海报、请求和图表
    /runs：同步做了什么，可下载报告
    /alerts：需要处理的问题
    /posters：海报与频道、预热、迁移到新频道或新机器人
    /poster <i>编号或链接</i>：查看或删除影片的海报缓存
    /block <i>id</i>、/unblock <i>id</i>：屏蔽用户、解除屏蔽

about =
    <b>Filmoteka</b>：人人都能自己部署的电影机器人。

    影片资料、海报和所关联的账号均来自 TMDB。本产品使用 TMDB 及其 API，但未获 TMDB 认可、认证或批准：
    <i>{ $notice }</i>
about-tmdb = TMDB
about-logo = TMDB 标志

privacy =
    <b>保存了您的哪些信息</b>
    • 您的 Telegram 编号、语言、您在 /settings 中的选择、最近一次发消息的时间
    • 您在这里打的分、从 TMDB 导入的评分和想看片单、最后修改时间，以及等待同步的内容
    • 关联 TMDB 后：账号编号、用户名，以及加密保存的密钥
    • 导入期间，显示进度的那条消息的编号
    • 您发到其他聊天、海报尚未就绪的电影卡片，最多保存一天
    • 需要向 TMDB 查询的搜索：您输入的内容、所在聊天和 TMDB 的回复，保存 { $days } 天

    不会保存：您的姓名、电话号码和您写的其他内容。

    /unlink 取消与 TMDB 的关联，/forget 删除以上全部信息。只有被所有者屏蔽的人，其编号会留在屏蔽名单里。

command-search = 搜索电影
command-person = 搜索演员、导演等影人
command-popular = 热门影片
command-new = 已上映的新片
command-top = 高分影片，可按类型和年代筛选
command-trending = 本周大家都在谈论的影片
command-link = 关联 TMDB 账号
command-import = 从 TMDB 导入评分和片单
command-watchlist = 想看片单
command-ratings = 我的评分
command-export = 导出评分和片单
command-settings = 语言、地区、评分方式等
command-help = 我能做什么
command-about = 数据来源
command-privacy = 保存了您的哪些信息
command-unlink = 取消关联 TMDB
command-forget = 删除您的全部信息
command-stats = 数据与队列
command-posters = 海报与频道
command-poster = 影片的海报缓存
command-sync = 影片库同步
command-runs = 同步做了什么
command-alerts = 需要处理的问题
command-block = 屏蔽用户
command-unblock = 解除屏蔽

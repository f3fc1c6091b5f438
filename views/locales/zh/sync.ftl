sync-title = <b>同步</b>
sync-paused = <b>已暂停</b> { $span }。回填、过期影片、增量、榜单和海报预热都在等待；用户请求、导入和评分发送照常进行。
sync-daily-limit = <b>太慢了：</b>按 BULK_DAILY_LIMIT，首次填充还需 { $days } 天，而 TMDB 的数据最多只能保存 { $kept } 天。
sync-alerts = { $count } 条未解除的警报：/alerts
sync-stopped = 这条消息不再自动更新。

sync-running = 运行中
sync-waiting = 等待
sync-films = 影片
sync-posters = 海报
sync-queue = 队列
sync-parked = 搁置
sync-review = 待查
sync-delta = 增量
sync-oldest = 最旧
sync-next = 接下来

sync-nothing = 无
sync-none = 暂无
sync-empty = 空
sync-attempt = 第 { $number } 次尝试
sync-checked = 检查
sync-new = 新增
sync-updated = 更新
sync-failed = 失败
sync-of = { $part } / { $whole }
sync-per-second = { $rate }/秒
sync-per-minute = { $rate }/分钟
sync-left = 还需 { $span }
sync-until = 截至 { $day }
sync-behind = 落后 { $span }

sync-reason-person = 用户
sync-reason-import = 导入
sync-reason-change = 变更
sync-reason-new = 新增
sync-reason-missing = 缺失
sync-reason-list = 榜单
sync-reason-stale = 过期
sync-reason-backfill = 回填

sync-do-export = 载入每日导出
sync-do-bulk = 开始回填
sync-do-delta = 立即增量
sync-do-lists = 立即取榜单
sync-do-pause = 暂停
sync-do-resume = 继续
sync-do-retry = 重试搁置的影片
sync-do-reset = 重置……
sync-do-refresh = 刷新
sync-do-runs = 运行记录

sync-started = 已开始：{ $run }。
sync-started-paused = 已登记：{ $run }，暂停结束后开始。
sync-already-runs = 没有重复启动：{ $run }已运行 { $span }。
sync-already-waits = 没有重复启动：{ $run }已登记，即将开始。
sync-told-health = 正在检查；如有问题，会列在 /alerts 中。
sync-told-pause = 已暂停。用户请求、导入和评分发送照常进行。
sync-told-resume = 继续进行。
sync-retried = { $count ->
    [0] 已没有搁置的影片。
   *[other] 将重试 { $number } 部影片。
}

sync-reset-ask =
    <b>要重置同步吗？</b>
    所有影片都会重新列为待更新，变更从此刻起读取。
    不会删除任何影片、评分或海报。
sync-reset-sure-button = 重置
sync-reset-sure =
    <b>确定吗？</b>
    { $count ->
       *[other] 将重新获取 { $films } 部影片
    }：全速约需 { $span }，排在用户的请求之后。
sync-reset-yes-button = 是，全部重来
sync-reset-no-button = 否
sync-reset-done = 已重置。所有影片都待更新；影片、评分和海报均未删除。进度见 /sync。
sync-reset-not = 没有重置任何内容。

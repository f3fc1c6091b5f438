alert-severity-info = 提示
alert-severity-warning = 警告
alert-severity-error = 错误
alert-raised = { $severity }：<b>{ $title }</b>
alert-over = 已恢复（历时 { $duration }）。
alert-seen = 已由 { $who } 确认
alert-acknowledge = 确认
alert-acknowledged-already = 已有其他管理员确认。
alert-ended = 该警报已解除。
alert-accept = 接受这份导出
alert-accepted = 已接受，正在载入导出。
alert-accepted-later = 已接受。目前有另一次导出正在载入，结束后请发送 /sync export 再启动一次。
alert-accepted-not = 已经没有需要接受的导出了。
alert-open-run = 查看运行记录
alert-none = 一切正常。
alert-list = 目前的问题：
alert-list-seen = 已确认
alert-back = 返回
alert-days = { $count } 天
alert-hours = { $count } 小时
alert-minutes = { $count } 分钟
alert-moment = 不到一分钟
alert-no-answer = 无响应

alert-no-daily-run-title = { $run_type ->
    [export] 每日导出逾期未完成
    [delta] TMDB 变更同步逾期未完成
   *[bulk] 回填停滞
}
alert-no-daily-run = 已有 { $hours } 小时没有一次运行成功。下一次会按时自动开始；最近一次的记录会说明原因。现有内容都没有丢失，只是会逐渐过时。
alert-error-rate-title = 大量 TMDB 请求失败
alert-error-rate = 过去一小时，任务“{ $job }”的 { $calls } 次请求中有 { $percent }% 失败（{ $statuses }），允许的上限是 { $threshold }%。失败的内容会自动重新请求，间隔逐渐加长。如果大多是 429，请调低 TMDB_REQUESTS_PER_SECOND；如果是无响应，请检查网络和 TMDB 的状态页面。
alert-slow-job-title = { $run_type ->
    [export] 每日导出载入缓慢
    [delta] TMDB 变更同步缓慢
    [lists] TMDB 榜单同步缓慢
    [stale] 到期影片更新缓慢
   *[bulk] 回填缓慢
}
alert-slow-job = 每秒 { $rate } 部影片，而过去 7 天平均为 { $average } 部。没有任何丢失，暂时也无需处理；如果一直如此，请看看还有什么在占用这台机器、它的磁盘或 TMDB。
alert-parked-title = 搁置的影片过多
alert-parked = 有 { $films } 部影片多次尝试后仍无法获取，允许的上限是 { $threshold }。它们连同错误信息一起等待，已有的资料会保留。用 /sync 中的按钮可以全部重试。
alert-export-suspicious-title = 导出文件异常
alert-export-suspicious = TMDB { $day } 的导出（{ $kind ->
    [adult_movie] 成人影片
   *[movie] 影片
}）{ $reason }。它没有改动任何内容，目录保持原样。如果您知道原因，可以接受它；否则请等待下一份。
alert-export-cut = 在 { $lines } 部影片之后中断
alert-export-empty = 没有任何影片
alert-export-bad-lines = 除 { $lines } 部影片外，有太多无法读取的行
alert-export-shrunk = 只有 { $lines } 部影片，而上一份有 { $before } 部
alert-poster-disk-full-title = 海报空间已满
alert-poster-disk-full = { $host } 上待发送的海报占用了 { $used } MB（上限 { $budget } MB），已持续 { $hours } 小时。下载暂停；卡片仍能得到海报。请在 /posters 中查看频道是否正常接收，或调高 POSTER_DISK_BUDGET_MB。
alert-database-disk-low-title = 数据库磁盘即将写满
alert-database-disk-low = 剩余 { $free } MB，至少应有 { $threshold } MB。目前没有任何丢失，但空间用尽后 PostgreSQL 会停止，一切也会随之停止：请尽快腾出空间。
alert-channel-unusable-title = 频道无法接收海报
alert-channel-unusable = 机器人无法在频道 { $channel } 中发消息：{ $error }。请将它设为该频道的管理员，并允许发布和删除消息；它每隔几分钟会再试一次。海报会等待，其他频道照常工作。
alert-oldest-row-title = 部分影片资料过旧
alert-oldest-row = 这里最旧的 TMDB 资料已有 { $days } 天。满 180 天后，按 TMDB 的条款该影片会被清空，评分会保留。请在 /sync 中查看是什么妨碍了更新：暂停、逾期的运行，或搁置的影片。
alert-tmdb-key-refused-title = TMDB 拒绝了密钥
alert-tmdb-key-refused = 在 TMDB 重新接受密钥之前，不会有新内容。请到您的 TMDB 账号的 API 页面核对 TMDB_ACCESS_TOKEN 或 TMDB_API_KEY，更正后重启。现有内容照常显示，评分会等待发送。

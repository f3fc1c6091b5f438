run-type-export = 每日导出
run-type-bulk = 回填
run-type-delta = 增量
run-type-lists = 榜单
run-type-stale = 过期影片
run-type-retention = 清理
run-type-ratings = 评分

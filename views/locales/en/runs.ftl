run-type-export = export
run-type-bulk = backfill
run-type-delta = delta
run-type-lists = lists
run-type-stale = stale films
run-type-retention = retention
run-type-ratings = ratings

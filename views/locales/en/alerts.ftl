alert-severity-info = Note
alert-severity-warning = Warning
alert-severity-error = Error
alert-raised = { $severity }: <b>{ $title }</b>
alert-over = Over after { $duration }.
alert-seen = Seen by { $who }
alert-acknowledge = Acknowledge
alert-acknowledged-already = Somebody else has already acknowledged it.
alert-ended = This alert is over.
alert-accept = Accept this export
alert-accepted = Accepted: the export is being loaded.
alert-accepted-later = Accepted. An export is running right now; when it has ended, start another with /sync export.
alert-accepted-not = There is nothing to accept any more.
alert-open-run = Open the run
alert-none = Nothing is wrong.
alert-list = What is wrong now:
alert-list-seen = seen
alert-back = Back
alert-days = { $count } d
alert-hours = { $count } h
alert-minutes = { $count } min
alert-moment = less than a minute
alert-no-answer = no answer

alert-no-daily-run-title = { $run_type ->
    [export] The daily export is overdue
    [delta] TMDB’s changes are overdue
   *[bulk] The backfill is at a standstill
}
alert-no-daily-run = No run has succeeded for { $hours } h. The next one comes by itself at its time; the last one says what went wrong. Nothing that is here is lost, but it grows old.
alert-error-rate-title = Many calls to TMDB fail
alert-error-rate = { $percent } % of { $calls } calls of the job “{ $job }” failed in the last hour ({ $statuses }); you allow { $threshold } %. What failed is asked for again by itself, after longer and longer pauses. Are most of them 429, lower TMDB_REQUESTS_PER_SECOND; is there no answer, look at the network and at TMDB’s status page.
alert-slow-job-title = { $run_type ->
    [export] The daily export is slow
    [delta] TMDB’s changes come in slowly
    [lists] TMDB’s lists come in slowly
    [stale] Films due again come in slowly
   *[bulk] The backfill is slow
}
alert-slow-job = { $rate } films a second, where the last 7 days had { $average } on average. Nothing is lost and nothing has to be done, unless it stays so: then look at what else keeps this machine, its disk or TMDB busy.
alert-parked-title = Many films were given up
alert-parked = { $films } films could not be fetched in many tries; you allow { $threshold }. They wait with their errors, and what was known of them stays. The button in /sync tries them all again.
alert-export-suspicious-title = An export looks wrong
alert-export-suspicious = TMDB’s export of { $day } ({ $kind ->
    [adult_movie] adult films
   *[movie] films
}) { $reason }. It has changed nothing: the catalogue is as it was. If you know why, accept it; otherwise wait for the next one.
alert-export-cut = ends in the middle, after { $lines } films
alert-export-empty = holds no film
alert-export-bad-lines = has too many lines that cannot be read, beside { $lines } films
alert-export-shrunk = has { $lines } films, the last one had { $before }
alert-poster-disk-full-title = The room for posters is full
alert-poster-disk-full = Posters on their way take { $used } of { $budget } MB on { $host }, for { $hours } h now. Downloads wait; cards still get their posters. See in /posters whether the channels take them, or raise POSTER_DISK_BUDGET_MB.
alert-database-disk-low-title = The database’s disk is nearly full
alert-database-disk-low = { $free } MB are free; { $threshold } should be. Nothing is lost yet, but PostgreSQL stops when there is no room left, and everything with it: please make some.
alert-channel-unusable-title = A channel takes no posters
alert-channel-unusable = The bot cannot post in the channel { $channel }: { $error }. Make it an administrator there who may post and delete messages; it tries again every few minutes. The posters wait, and other channels go on.
alert-oldest-row-title = Some films have become too old
alert-oldest-row = The oldest answer of TMDB here is { $days } days old. After 180 its film is emptied, because TMDB’s terms say so; ratings stay. See in /sync what keeps it from being asked for again: a pause, an overdue run, films given up.
alert-tmdb-key-refused-title = TMDB refuses the key
alert-tmdb-key-refused = Nothing new comes from TMDB until it accepts the key again. Check TMDB_ACCESS_TOKEN or TMDB_API_KEY on your TMDB account’s API page, correct it and restart. What is here is still shown, and ratings wait to be sent.

sync-title = <b>Synchronisation</b>
sync-paused = <b>Paused</b> for { $span }. Backfill, stale films, deltas, lists and pre-warming wait; people, imports and ratings on their way to TMDB do not.
sync-daily-limit = <b>Too slow:</b> with BULK_DAILY_LIMIT the first fill takes another { $days } days, but TMDB’s data may be kept for { $kept } days only.
sync-alerts = { $count ->
    [one] { $count } open alert: /alerts
   *[other] { $count } open alerts: /alerts
}
sync-stopped = This message no longer keeps itself up to date.

sync-running = Running
sync-waiting = Waiting
sync-films = Films
sync-posters = Posters
sync-queue = Queue
sync-parked = Parked
sync-review = Review
sync-delta = Delta
sync-oldest = Oldest
sync-next = Next

sync-nothing = nothing
sync-none = none yet
sync-empty = empty
sync-attempt = try { $number }
sync-checked = checked
sync-new = new
sync-updated = updated
sync-failed = failed
sync-of = { $part } of { $whole }
sync-per-second = { $rate }/s
sync-per-minute = { $rate }/min
sync-left = { $span } left
sync-until = up to { $day }
sync-behind = { $span } behind

sync-reason-person = people
sync-reason-import = imports
sync-reason-change = changes
sync-reason-new = new
sync-reason-missing = missing
sync-reason-list = lists
sync-reason-stale = stale
sync-reason-backfill = backfill

sync-do-export = Load the export
sync-do-bulk = Start backfill
sync-do-delta = Delta now
sync-do-lists = Lists now
sync-do-pause = Pause
sync-do-resume = Resume
sync-do-retry = Retry parked films
sync-do-reset = Reset …
sync-do-refresh = Refresh
sync-do-runs = Runs

sync-started = Started: { $run }.
sync-started-paused = Asked for: { $run }. It begins when the pause ends.
sync-already-runs = Not started again: { $run } has been running for { $span }.
sync-already-waits = Not started again: { $run } is asked for and about to begin.
sync-told-health = The rules behind the alerts are being looked at; what is wrong stands in /alerts.
sync-told-pause = Paused. People, imports and ratings on their way go on.
sync-told-resume = It goes on.
sync-retried = { $count ->
    [0] Nothing is parked any more.
    [one] { $number } film is tried again.
   *[other] { $number } films are tried again.
}

sync-reset-ask =
    <b>Reset the synchronisation?</b>
    Every film counts as due again, and changes are read from this moment on.
    It deletes no film, no rating and no poster.
sync-reset-sure-button = Reset
sync-reset-sure =
    <b>Really?</b>
    { $count ->
        [one] { $films } film is
       *[other] { $films } films are
    } fetched anew: about { $span } at the full rate, behind everything people ask for.
sync-reset-yes-button = Yes, all of it again
sync-reset-no-button = No
sync-reset-done = Reset. Every film is due again; no film, rating or poster was deleted. /sync shows how far it is.
sync-reset-not = Nothing was reset.

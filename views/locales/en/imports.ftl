import-title = Importing your ratings from TMDB
import-reading = Reading your list…
import-progress = { $handled } of { $total }
import-applying = almost done
import-seconds-left = about { $seconds } s left
import-minutes-left = about { $minutes } min left
import-waiting = TMDB does not answer right now. What has arrived is kept; it goes on by itself.

import-total = { $count ->
    [one] { $number } rating
   *[other] { $number } ratings
}
import-summary = { $total }: { $changes }.
import-added = { $number } new
import-changed = { $number } changed
import-removed = { $number } removed
import-failed = { $number } failed
import-unchanged = nothing has changed
import-nothing = Your TMDB account has no ratings yet. What you rate there comes with the next /import.
import-gone = { $count ->
    [one] { $count } film no longer exists at TMDB: { $titles }
   *[other] { $count } films no longer exist at TMDB: { $titles }
}
import-unfetched = { $count ->
    [one] TMDB could not show { $count } film: { $titles }. /import tries again.
   *[other] TMDB could not show { $count } films: { $titles }. /import tries again.
}
import-unread = { $count ->
    [one] TMDB could not show { $number } rating. The others are here; /import tries again.
   *[other] TMDB could not show { $number } ratings. The others are here; /import tries again.
}
import-withheld = { $count ->
    [one] { $number } rating seems to be missing at TMDB. That is more than a fifth of yours, so it was kept here. If it should go, remove it on the film’s card.
   *[other] { $number } ratings seem to be missing at TMDB. That is more than a fifth of yours, so all were kept here. If they should go, /unlink with “remove them here”, then /link again.
}
import-list-separator = , {""}
import-more = and { $count } more
import-unnamed = their names are not known
import-watchlist-title = Bringing your watchlist over from TMDB
import-watchlist = Watchlist, { $count ->
    [one] { $number } film
   *[other] { $number } films
}: { $changes }.
import-watchlist-added = { $number } new
import-watchlist-removed = { $number } gone
import-watchlist-unread = { $count ->
    [one] TMDB could not show { $number } film of your watchlist. The others are here; /import tries again.
   *[other] TMDB could not show { $number } films of your watchlist. The others are here; /import tries again.
}
import-watchlist-away = TMDB did not let me read your watchlist. It is as it was here; /import tries again.
import-watchlist-withheld = { $count ->
    [one] { $number } film seems to have left your watchlist at TMDB. That is more than a fifth of it, so it was kept here. If it should go, take it off on its card.
   *[other] { $number } films seem to have left your watchlist at TMDB. That is more than a fifth of it, so all were kept here. If they should go, take them off on their cards.
}
import-failed-away = TMDB did not let me read your ratings. Nothing was changed here; /import tries again.
import-failed-revoked = The import has stopped: TMDB no longer lets me into your account. What you had here is kept; /link connects it again.
import-failed-unlinked = The import has stopped: your account was disconnected.

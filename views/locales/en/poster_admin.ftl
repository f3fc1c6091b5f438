poster-how = Which film? Write /poster and its number at TMDB, or a link to it.
poster-none = No poster of this film is cached or wanted.
poster-status-missing = TMDB has no such image
poster-status-wanted = waits for download
poster-status-on-disk = on disk, waits for its channel
poster-status-in-telegram = in its channel
poster-has-file-id = file_id known
poster-kilobytes = { $count } kB
poster-post = Post in the channel
poster-error = { $attempts ->
    [one] after { $attempts } try: { $error }
   *[other] after { $attempts } tries: { $error }
}
poster-delete = Delete { $number }
poster-sure = Delete <code>{ $path }</code> from its channel, from disk and from memory? The film’s data stays.
poster-yes = Delete
poster-no = Back
poster-deleted = Deleted. The film’s data stays; its next card fetches the poster anew.
poster-not-there = There is no such poster any more.
poster-not-deleted = Telegram did not delete the post, so it is kept and will be posted anew: { $reason }

posters-dead = Dead file_ids found
posters-dead-month = in 30 days
posters-rate = { $rate }/min
posters-limit = Telegram refused { $rate }/min
posters-paused = pauses for { $span }
posters-set-aside = not used for { $span }
posters-prewarm-rests = Pre-warming rests: the synchronisation is paused.
posters-prewarm-rests-for-move = Pre-warming waits until the move is over.
posters-prewarming = Pre-warming: { $seen } of { $total } films looked at.
posters-prewarming-all = Pre-warming all films: { $seen } looked at.
posters-prewarm = Pre-warm…
posters-prewarm-how-many = The posters of how many films, beginning with the most popular? They wait behind what people and imports ask for.
posters-prewarm-all = All films
posters-delete = Delete one
posters-move = Move to a new channel or bot
posters-show-move = Show the move

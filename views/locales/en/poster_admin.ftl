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
poster-sure = Delete <code>{ $path }</code> from its channel, from disk and from memory? The film's data stays.
poster-yes = Delete
poster-no = Back
poster-deleted = Deleted. The film's data stays; its next card fetches the poster anew.
poster-not-there = There is no such poster any more.
poster-not-deleted = Telegram did not delete the post, so it is kept and will be posted anew: { $reason }

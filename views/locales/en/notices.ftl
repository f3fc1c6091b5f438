notice-session-revoked =
    TMDB no longer lets me into your account <b>{ $username }</b>. Your ratings are kept here, and those not sent yet wait.
    /link connects it again.
notice-link-voided =
    Somebody else came back with the link I gave you, so I have made it void: no account is linked through it.
    If you want to link yours, /link gives you a new one. Please keep it to yourself.
notice-film = <b>{ $title }</b>
notice-a-film = a film
notice-push-gone = TMDB no longer has { $film }, so your rating of it cannot go there. It is kept here.
notice-push-gone-watchlist = TMDB no longer has { $film }, so your watchlist there cannot hold it. Here it stays as you left it.
notice-push-refused = TMDB does not take your rating of { $film }. It is kept here; rating the film again tries once more.
notice-push-refused-watchlist = TMDB does not take your change of the watchlist for { $film }. Here it stays as you left it; tapping the button again tries once more.

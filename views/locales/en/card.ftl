# A film's card.
card-year = {" "}({ $year })
card-score = TMDB { $score } ({ $votes })
card-hours-minutes = { $hours } h { $minutes } min
card-hours = { $hours } h
card-minutes = { $minutes } min
card-directors = Directed by { $names }
card-starring = With { $names }
card-own-rating = ★ { $value } — your rating
card-own-rating-dated = ★ { $value } — your rating, { $date }
card-push-late = not at TMDB yet
card-push-gone = TMDB has no such film any more
card-push-refused = TMDB did not take it
card-push-revoked = goes to TMDB when you link it again
card-deleted = TMDB has deleted this film.
card-gone = TMDB has no such film.
card-away = TMDB does not answer right now, and what is known here of this film is missing or too old to show. Try again in a moment: nothing is lost.
card-how = Give the film’s number at TMDB, for example <code>/movie 603</code>.
card-rate = ★ Rate
card-trailer = ▶ Trailer
card-tmdb = TMDB
card-watchlist = + Watchlist
card-watchlist-on = ✓ On watchlist
card-watch = Where to watch
card-cast = Cast
card-crew = Crew
card-similar = Similar
card-more = More
card-share = Share
card-open = Open
card-stub = More about this film comes when you open it.
card-adult = This film is for adults. Such films are shown once you allow them in /settings.
card-adult-shared = This film is for adults and is not shown here.
card-collection = Collection: { $name }
card-watching = Watch: { $providers } · JustWatch
card-days-ago = { $days ->
    [one] { $days } day ago
   *[other] { $days } days ago
}
card-again = Try again

# Countries that are best known by another name than CLDR's, or that it no longer lists.
country-ae = UAE
country-ba = Bosnia
country-cd = DR Congo
country-cf = Central African Rep.
country-cg = Congo
country-gb = UK
country-hk = Hong Kong
country-kr = South Korea
country-mm = Myanmar
country-mo = Macao
country-ps = Palestine
country-su = Soviet Union
country-us = USA
country-xc = Czechoslovakia
country-xg = East Germany
country-yu = Yugoslavia
country-za = South Africa

# What a search found.
results-query = Search: { $query }
results-none = Nothing found, neither here nor at TMDB. Try the original title, fewer words, or add the year.
results-none-local = Nothing found here, and TMDB does not answer right now. Try again in a moment.
results-incomplete = TMDB does not answer right now, so there may be more.
results-how = Send me a film’s title, for example <code>matrix 1999</code>.
results-movie-how = Give the film’s number at TMDB, for example <code>/movie 603</code>.
results-old = These results are too old to leaf through. Send the title again.
results-page = { $page } / { $pages }

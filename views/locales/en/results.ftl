# What a search found. The query stands in bold and is read back from there.
results-query = Search: <b>{ $query }</b>
results-nearest = No title has exactly these words. The nearest ones:
results-none = Nothing found, neither here nor at TMDB. Try the original title, fewer words, or add the year.
results-none-here = Nothing found here, and TMDB does not answer right now. Try again in a moment.
results-incomplete = TMDB does not answer right now, so there may be more.
results-wider = Ask TMDB too
results-others = Not among the films, but TMDB knows this:
results-as-filters = Take the words as filters
results-series = { $name } · series
results-how = Send me a film’s title, for example <code>matrix 1999</code>, or what you are after: <code>comedies of the 80s from 7</code>.
results-old = These results can no longer be leafed through. Send the title again.

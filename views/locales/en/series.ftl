# A series' card.
# Beside a series' name among films.
series-mark = series
series-gone = TMDB has no such series.
series-away = TMDB does not answer right now, and what is known here of this series is missing or too old to show. Try again in a moment: nothing is lost.
series-adult = This series is for adults. Such films and series are shown once you allow them in /settings.
series-adult-shared = This series is for adults and is not shown here.

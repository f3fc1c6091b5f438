# Films as lines of text, whatever list they stand in.
list-page = Page { $page } of { $pages }
list-popularity = Popular films
list-score = The best films
list-date = The latest films
list-new = New films
list-trending = Trending this week
list-empty = Nothing here yet: this list fills as the films come in.
list-none = No film here is like that. Take a filter back.
list-none-but-rated = No film here is like that, or you have rated them all. Take a filter back, or show what you have rated.
list-rated = { $count ->
    [one] { $number } film is hidden, since you have rated it (/settings).
   *[other] { $number } films are hidden, since you have rated them (/settings).
}
list-withheld = { $count ->
    [one] { $number } film is not shown: for adults, or no longer at TMDB.
   *[other] { $number } films are not shown: for adults, or no longer at TMDB.
}

filters-button = Filters
filters-posters = As posters
filters-hide-rated = Hide rated
filters-show-rated = Show rated
filters-title = Filters
filters-none = None: all films pass.
filters-passing = { $count ->
    [one] { $count } film passes.
   *[other] { $count } films pass.
}
filters-passing-many = More than { $count } films pass.
filters-genres = Genres
filters-years = Years
filters-score = Score
filters-language = Language
filters-by-popularity = By popularity
filters-by-score = By score
filters-by-date = By date
filters-new = New
filters-trending = Trending
filters-from-score = from { $score }
filters-decade = { $decade }s
filters-year = { $year }
filters-since = since { $year }
filters-until = until { $year }
filters-role-actor = with { $people }
filters-role-director = directed by { $people }
filters-role-writer = written by { $people }
filters-reset = Reset
filters-back = ‹ Back
filters-show = Show films
filters-rated-hidden = From now on lists leave out what you have rated.
filters-rated-shown = Lists show what you have rated again.
filters-titles = Titles with these words

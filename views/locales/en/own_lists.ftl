# A person's own lists: the watchlist, their ratings, both as files.
list-chosen = ✓ { $what }

watchlist-heading = <b>Watchlist</b> · { $count ->
    [one] { $number } film
   *[other] { $number } films
}
watchlist-empty = { $linked ->
    [yes] Your watchlist is empty. “+ Watchlist” on a film’s card puts it here and on your list at TMDB.
   *[no] Your watchlist is empty. “+ Watchlist” on a film’s card puts it here; /link brings your list over from TMDB.
}
watchlist-by-added = Newest first
watchlist-by-score = By score
watchlist-by-popularity = By popularity
watchlist-by-release = By release
watchlist-unreleased = out on { $date }
watchlist-added = On your watchlist
watchlist-added-goes-to-tmdb = On your watchlist, and on its way to TMDB
watchlist-removed = Off your watchlist
watchlist-removed-goes-to-tmdb = Off your watchlist here, and soon at TMDB

own-heading = <b>My ratings</b> · { $count ->
    [one] { $number } film
   *[other] { $number } films
}
own-empty = { $linked ->
    [yes] You have not rated anything yet. Open a film and tap “Rate”; /import brings over what you rated at TMDB.
   *[no] You have not rated anything yet. Open a film and tap “Rate”, or bring your ratings over from TMDB with /link.
}
own-score = ★ { $score }
own-decade = { $decade }s
own-withheld = { $count ->
    [one] { $number } rating is not shown: the film is for adults, or no longer at TMDB.
   *[other] { $number } ratings are not shown: the films are for adults, or no longer at TMDB.
}
own-by-rated = Rated last first
own-by-mine = My score
own-by-tmdb = TMDB’s score
own-by-title = Title
own-by-year = Year
own-sort-button = Order
own-score-button = Score
own-decade-button = Decade
own-genre-button = Genre
own-picture = Picture
own-pick-sort = <b>In which order?</b>
own-pick-score = <b>Which of your scores?</b>
own-pick-decade = <b>Which decade?</b>
own-pick-genre = <b>Which genre?</b>
own-any = Any
own-back = Back
own-picture-scores = My scores
own-picture-decades = By decade
own-picture-genres = By genre
own-picture-none = not known yet
own-picture-caption = { $count ->
    [one] Your { $number } rating by score, decade and genre
   *[other] Your { $number } ratings by score, decade and genre
}
own-nothing-to-draw = There are no ratings to draw yet

export-empty = There is nothing to take along yet: no ratings, and nothing on your watchlist.
export-caption = Ratings: { $ratings }, watchlist: { $watchlist }. The letterboxd files go into Letterboxd’s import, the imdb files into whatever takes IMDb’s export; the JSON holds everything exactly.
export-without-imdb = { $count ->
    [one] { $number } film has no number at IMDb and stands in the other files only.
   *[other] { $number } films have no number at IMDb and stand in the other files only.
}

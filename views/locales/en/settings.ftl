settings = <b>Settings</b>
settings-own-name = English
settings-chosen = ✓ { $name }
settings-back = Back

settings-language = Language
settings-language-about = What I speak with you.
settings-language-is = Language: { $value }

settings-films = Film titles
settings-films-about = Titles and overviews of films come in this language where a translation exists.
settings-films-is = Film titles: { $value }
settings-films-auto = in the bot’s language

settings-posters = Posters
settings-posters-about = Where a film has no such poster, its original one stands in, then an English one.
settings-posters-is = Posters: { $value }
settings-posters-auto = as film titles
settings-posters-none = without text

settings-region = Region
settings-region-about = Age ratings, release dates and where to watch are those of this country.
settings-region-is = Region: { $value }
settings-region-auto = by language
settings-region-from-language = { $region } (by language)

settings-scale = Ratings
settings-scale-about = How ratings are given and shown. What you gave stays exactly as it is; stars show it rounded to a half.
settings-scale-is = Ratings: { $value }
settings-scale-10 = 1 to 10
settings-scale-5 = five stars with halves

settings-rated = Rated films
settings-rated-about = Lists can do without the films you have rated.
settings-rated-is = Rated films: { $value }
settings-rated-off = shown in lists
settings-rated-on = left out of lists

settings-adult = Adult films
settings-adult-about = Adult and erotic films are found only where you switch them on.
settings-adult-private = They appear in this chat alone, never in groups and inline messages.
settings-adult-groups = Then they appear for everybody to see in groups where you ask, and in your inline messages.
settings-adult-is = Adult films: { $value }
settings-adult-off = hidden
settings-adult-on = shown
settings-adult-show = Show them …
settings-adult-hide = Hide them
settings-adult-sure =
    <b>Adult films</b>
    Searches and lists will then hold adult and erotic films, with their posters. Please go on only if you are of age where you live.
settings-adult-yes = Yes, I am of age: show them

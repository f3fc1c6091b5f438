start-hello =
    <b>Filmoteka</b> finds any film and shows its card with the poster.
    It brings your ratings over from TMDB and sends new ones back there.
    Write a title in any language{ $bot ->
        [none] { "" }
       *[other] { " " }(in other chats after @{ $bot })
    }, or begin with this one:
start-link = Link TMDB
start-look = Just look around
start-hello-again =
    Good to see you again. You are linked to TMDB as <b>{ $username }</b>, { $count ->
        [0] no ratings here yet
        [one] { $count } rating here
       *[other] { $count } ratings here
    }.
    Write a title to find a film.
start-look-around =
    Write any film’s title, in any language; small slips do not matter. You can rate films here without an account too.
    Three to begin with:
start-example-matrix = The Matrix
start-example-spirited-away = Spirited Away
start-example-parasite = Parasite
start-in-groups = That is between the two of us: let us go on in private.
start-in-private = Open the chat

help =
    <b>Films</b>
    Write a title, and its card opens.
    Or say what you are after: <code>comedies of the 80s from 7</code>, <code>nolan 2010s</code>.
    /search <i>words</i>: the same as a command
    /movie <i>number</i>: a film by its number at TMDB
    /popular, /new, /top, /trending: lists, with filters
    /person <i>name</i>: people and their films
    A link from TMDB or IMDb opens what it leads to.
    In groups: /search, or a reply to one of my messages{ $bot ->
        [none] { "" }
       *[other] . In any chat: <code>@{ $bot } matrix</code>
    }

    <b>Yours</b>
    /watchlist: what you want to see
    /ratings: what you have rated, with a picture
    /export: both as files, for Letterboxd and others

    <b>TMDB account</b>
    /link: connect your account and bring your ratings and watchlist over
    /import: bring them over again
    /unlink: disconnect

    <b>This bot</b>
    /settings: languages, region, posters, rating scale, adult films
    /privacy: what is stored about you
    /forget: delete all of it
    /about: where the data comes from
help-admin =
    <b>For admins</b>
    /sync: how fresh the catalogue is, and what runs; start, pause, reset
    /stats: users, films, posters, requests, with a picture
    /runs: what the synchronisation did, as documents too
    /alerts: what needs an operator
    /posters: posters and their channels, pre-warming, a move to a new channel or bot
    /poster <i>number or link</i>: a film’s cached poster, and its deletion
    /block <i>id</i>, /unblock <i>id</i>: shut somebody out, let them in again

about =
    <b>Filmoteka</b>: a film bot anybody can host.

    Film data, posters and the accounts you link come from TMDB.
    <i>{ $notice }</i>
about-tmdb = TMDB
about-logo = TMDB’s logo

privacy =
    <b>What is stored about you</b>
    • your Telegram number, language, what you chose in /settings, and when you last wrote
    • the ratings you gave here or brought over from TMDB, and your watchlist, with the date of the last change, and what is still to be sent there
    • if you linked TMDB: your account’s number and name, and its key, encrypted
    • which message of yours shows an import’s progress, while it moves
    • which card you sent into another chat still waits for its poster, for a day at most
    • searches that had to ask TMDB: your words, the chat and TMDB’s answer, for { $days ->
        [one] { $days } day
       *[other] { $days } days
    }

    Not stored: your name, your phone number, what you write otherwise.

    /unlink disconnects TMDB. /forget deletes all of this. Only whom the owner has shut out stays on that list, as a number.

command-search = Find a film
command-person = Find an actor, a director, anybody of film
command-popular = Popular films
command-new = New films, already out
command-top = The best films, by genre and decade
command-trending = What everybody talks about this week
command-link = Link your TMDB account
command-import = Bring your ratings and watchlist over from TMDB
command-watchlist = What you want to see
command-ratings = What you have rated
command-export = Your ratings and watchlist as files
command-settings = Languages, region, rating scale and more
command-help = What I can do
command-about = Where the data comes from
command-privacy = What is stored about you
command-unlink = Disconnect TMDB
command-forget = Delete all that is stored about you
command-stats = Figures and queues
command-posters = Posters and their channels
command-poster = A film’s cached poster
command-sync = The catalogue’s synchronisation
command-runs = What the synchronisation did
command-alerts = What needs an operator
command-block = Shut somebody out
command-unblock = Let somebody in again

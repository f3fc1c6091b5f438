# People: their cards, their films, the search for them. The query stands in bold and is read back from there.
person-how = Give the name of an actor, a director, anybody who makes films, for example <code>/person Robert De Niro</code>.
person-query = People: <b>{ $query }</b>
person-none = Nobody is called that, neither here nor at TMDB. Try the family name alone, or the name as it stands in the film’s credits.
person-none-here = Nobody here is called that, and TMDB does not answer right now. Try again in a moment.
person-incomplete = TMDB does not answer right now, so there may be more people of that name.
person-nearest = Nobody has exactly these words. The nearest names:
person-old = These results can no longer be leafed through. Send the name again.
person-gone = TMDB knows no such person, or no longer does.
person-away = TMDB does not answer right now, and nothing is known here of this person yet. Try again in a moment.
person-stub = TMDB does not answer right now. This is what films tell; dates and the biography come when you try again.
person-adult = This person’s films are for adults. Such films are shown once you allow them in /settings.
person-adult-shared = This person’s films are for adults and are not shown here.
person-born = Born { $date }
person-born-in = born { $year }
person-died = Died { $date }
person-age = { $age ->
    [one] { $age } year
   *[other] { $age } years
}
person-known-for = Known for: { $films }
person-films = All films
person-to-film = ‹ Back to the film
person-back = ‹ Back to the person
person-total = { $films ->
    [one] { $films } film
   *[other] { $films } films
}
person-no-films = No films are known here yet.
person-as = as { $character }
person-newest-first = Newest first
person-oldest-first = Oldest first
person-role = { $role } · { $films }
person-role-all = All films
person-role-acting = Acting
person-role-directing = Directing
person-role-writing = Writing
person-role-production = Producing
person-role-editing = Editing
person-role-camera = Camera
person-role-sound = Sound and music
person-role-art = Art
person-role-costume = Costumes
person-role-effects = Effects
person-role-lighting = Lighting
person-role-crew = Other work
person-is-acting = { $gender ->
    [female] actress
   *[other] actor
}
person-is-directing = director
person-is-writing = writer
person-is-production = producer
person-is-editing = editor
person-is-camera = cinematographer
person-is-sound = sound and music
person-is-art = production design
person-is-costume = costumes and make-up
person-is-effects = visual effects
person-is-lighting = lighting
person-is-crew = film crew

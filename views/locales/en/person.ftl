# People: their cards, their films, the search for them.
person-how = Give the name of an actor, a director, anybody who makes films, for example <code>/person Robert De Niro</code>.

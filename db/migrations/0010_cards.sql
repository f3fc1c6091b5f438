-- A collection's films, for their cards to be leafed through.
CREATE INDEX movies_collection ON tmdb.movies (collection_id) WHERE collection_id IS NOT NULL;

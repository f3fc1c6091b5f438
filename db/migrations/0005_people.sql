-- People in full: what their own answer tells beyond a credit, and portraits among the posters.

ALTER TABLE tmdb.people
  ADD COLUMN also_known_as text[] NOT NULL DEFAULT '{}',
  ADD COLUMN deleted_at timestamptz;
COMMENT ON COLUMN tmdb.people.also_known_as IS 'Other names, in TMDB''s order';
COMMENT ON COLUMN tmdb.people.deleted_at IS 'When TMDB''s own answer said that the person is gone';
CREATE INDEX people_imdb_id ON tmdb.people (imdb_id) WHERE imdb_id IS NOT NULL;

CREATE TABLE tmdb.person_translations (
  tmdb_id     int NOT NULL REFERENCES tmdb.people (tmdb_id) ON DELETE CASCADE,
  iso_639_1   text NOT NULL,
  iso_3166_1  text NOT NULL,
  name        text,
  biography   text,
  PRIMARY KEY (tmdb_id, iso_639_1, iso_3166_1)
);
COMMENT ON TABLE tmdb.person_translations IS 'Names and biographies by language and region; NULL where TMDB sends "" or nothing';

ALTER TABLE tmdb.posters
  ADD COLUMN tmdb_person_id int REFERENCES tmdb.people (tmdb_id) ON DELETE SET NULL,
  ADD COLUMN tmdb_series_id int REFERENCES tmdb.tv_series (tmdb_id) ON DELETE SET NULL,
  ADD CONSTRAINT posters_one_owner CHECK (num_nonnulls(tmdb_movie_id, tmdb_person_id, tmdb_series_id) <= 1);
COMMENT ON TABLE tmdb.posters IS 'One poster or portrait of one bot: poster_path never changes its content, a file_id belongs to the bot that received it';
COMMENT ON COLUMN tmdb.posters.tmdb_person_id IS 'The person it is a portrait of';
COMMENT ON COLUMN tmdb.posters.tmdb_series_id IS 'The series it was first wanted for';
COMMENT ON COLUMN tmdb.posters.size IS 'TMDB''s size it is or will be downloaded in (w500; portraits h632)';
COMMENT ON COLUMN tmdb.posters.popularity IS 'The owner''s, when wanted: the order within a priority';
CREATE INDEX posters_person ON tmdb.posters (tmdb_person_id) WHERE tmdb_person_id IS NOT NULL;
CREATE INDEX posters_series ON tmdb.posters (tmdb_series_id) WHERE tmdb_series_id IS NOT NULL;

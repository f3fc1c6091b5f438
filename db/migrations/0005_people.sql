-- People in full: what their own answer tells beyond a credit, and portraits among the posters.

ALTER TABLE tmdb.people ADD COLUMN also_known_as text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN tmdb.people.also_known_as IS 'Other names, in TMDB''s order';
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

CREATE FUNCTION tmdb.person_name(person_id int, name text, original_name text, language text, region text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
  (SELECT t.name FROM tmdb.person_translations AS t
   WHERE t.tmdb_id = $1 AND t.iso_639_1 = $4 AND t.name IS NOT NULL
   ORDER BY t.iso_3166_1 <> $5, array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1), t.iso_3166_1
   LIMIT 1),
  $2, $3);
COMMENT ON FUNCTION tmdb.person_name IS 'A person''s name in a language (ISO 639-1), as tmdb.film_title chooses: a translation of the region, another of the language, the catalogue''s name, the original';

-- Names as they are searched. Kept by triggers, whoever writes people.

CREATE TABLE tmdb.person_names (
  tmdb_id     int NOT NULL REFERENCES tmdb.people (tmdb_id) ON DELETE CASCADE,
  key         text NOT NULL,
  popularity  real NOT NULL,
  PRIMARY KEY (key, tmdb_id)
);
COMMENT ON TABLE tmdb.person_names IS 'Each name of each person, folded: theirs, the original one, other ones, translated ones';
COMMENT ON COLUMN tmdb.person_names.key IS 'tmdb.fold of the name between two spaces, so that LIKE finds words and beginnings of words; at most 200 characters';
COMMENT ON COLUMN tmdb.person_names.popularity IS 'The person''s: who is well known is looked for first, in an index of their own';
CREATE INDEX person_names_person ON tmdb.person_names (tmdb_id);
CREATE INDEX person_names_key ON tmdb.person_names USING gin (key gin_trgm_ops);
CREATE INDEX person_names_known ON tmdb.person_names USING gin (key gin_trgm_ops) WHERE popularity >= 1;

CREATE FUNCTION tmdb.write_person_names(ids int[]) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  WITH fresh AS MATERIALIZED (
    SELECT named.tmdb_id, ' ' || named.folded || ' ' AS key, max(named.popularity)::real AS popularity
    FROM (
      SELECT person.tmdb_id, left(tmdb.fold(name.name), 200) AS folded, coalesce(person.popularity, 0) AS popularity
      FROM tmdb.people AS person
      CROSS JOIN LATERAL (
        SELECT person.name UNION SELECT person.original_name UNION SELECT unnest(person.also_known_as)
        UNION SELECT t.name FROM tmdb.person_translations AS t WHERE t.tmdb_id = person.tmdb_id
      ) AS name (name)
      WHERE person.tmdb_id = ANY (ids)
    ) AS named
    WHERE named.folded <> ''
    GROUP BY 1, 2
  ), gone AS (
    DELETE FROM tmdb.person_names AS stored
    WHERE stored.tmdb_id = ANY (ids)
      AND NOT EXISTS (SELECT FROM fresh WHERE (fresh.tmdb_id, fresh.key) = (stored.tmdb_id, stored.key))
  )
  INSERT INTO tmdb.person_names AS stored (tmdb_id, key, popularity)
  SELECT fresh.tmdb_id, fresh.key, fresh.popularity FROM fresh ORDER BY fresh.key, fresh.tmdb_id
  ON CONFLICT (key, tmdb_id) DO UPDATE SET popularity = excluded.popularity
  WHERE stored.popularity <> excluded.popularity;
END;
COMMENT ON FUNCTION tmdb.write_person_names IS 'Makes these people''s names in tmdb.person_names what people and person_translations say';

CREATE FUNCTION tmdb.name_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM tmdb.write_person_names(ARRAY(SELECT tmdb_id FROM after));
  ELSE
    PERFORM tmdb.write_person_names(ids) FROM (
      SELECT array_agg(tmdb_id) AS ids FROM after JOIN before USING (tmdb_id)
      WHERE (after.name, after.original_name, after.also_known_as, after.popularity) IS DISTINCT FROM
        (before.name, before.original_name, before.also_known_as, before.popularity)
    ) AS renamed WHERE ids IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER people_names_insert AFTER INSERT ON tmdb.people
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.name_people();
CREATE TRIGGER people_names_update AFTER UPDATE ON tmdb.people
  REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.name_people();

CREATE FUNCTION tmdb.name_translated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tmdb.write_person_names(ARRAY(SELECT DISTINCT tmdb_id FROM touched));
  RETURN NULL;
END $$;
CREATE TRIGGER person_translations_names_insert AFTER INSERT ON tmdb.person_translations
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tmdb.name_translated();
CREATE TRIGGER person_translations_names_update AFTER UPDATE ON tmdb.person_translations
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tmdb.name_translated();
CREATE TRIGGER person_translations_names_delete AFTER DELETE ON tmdb.person_translations
  REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tmdb.name_translated();

CREATE FUNCTION tmdb.name_pattern(words text, place int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '% ' || split_part(tmdb.fold(words), ' ', place) || '%';
COMMENT ON FUNCTION tmdb.name_pattern IS 'For LIKE on tmdb.person_names.key: a word beginning like the words'' one at that place, any where they are fewer';

CREATE FUNCTION tmdb.nearest_names(folded text, is_known boolean)
RETURNS TABLE (tmdb_id int, popularity real, similarity real)
LANGUAGE sql STABLE PARALLEL SAFE SET pg_trgm.word_similarity_threshold = 0.5
BEGIN ATOMIC
  SELECT name.tmdb_id, name.popularity, word_similarity(folded, name.key)
  FROM tmdb.person_names AS name WHERE is_known AND name.popularity >= 1 AND folded <% name.key
  UNION ALL
  SELECT name.tmdb_id, name.popularity, word_similarity(folded, name.key)
  FROM tmdb.person_names AS name WHERE NOT is_known AND folded <% name.key
  ORDER BY 3 DESC, 2 DESC
  LIMIT 100;
END;
COMMENT ON FUNCTION tmdb.nearest_names IS 'The 100 names most like the folded words; the threshold bears one wrong letter in a word of five';

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

-- Whoever is here already has names.
SELECT tmdb.write_person_names(ARRAY(SELECT tmdb_id FROM tmdb.people));

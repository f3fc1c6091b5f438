-- Titles as they are searched.

CREATE EXTENSION IF NOT EXISTS fuzzystrmatch WITH SCHEMA public;

CREATE FUNCTION tmdb.fold(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN octet_length(words) = length(words)
    THEN btrim(regexp_replace(lower(words COLLATE "C"), '[^a-z0-9]+', ' ', 'g')) COLLATE "default"
  ELSE btrim(regexp_replace(normalize(
    replace(replace(replace(replace(translate(
      lower(regexp_replace(normalize(words, NFKD),
        '[\u00ad\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2064\u20d0-\u20f0\ufe00-\ufe0f\ufeff]',
        '', 'g') COLLATE "pg_c_utf8"),
      'øłđðħıŧς', 'olddhitσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
    NFKC) COLLATE "pg_c_utf8", '[[:punct:][:space:][:cntrl:]]+', ' ', 'g')) COLLATE "default"
END;
COMMENT ON FUNCTION tmdb.fold IS 'Words as searches compare them: lower case, compatibility forms and diacritics gone (ё is е), punctuation and symbols one space; core.search.fold does the same';

CREATE FUNCTION tmdb.title_key(title text, folded text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(coalesce(nullif(replace(folded, ' ', ''), ''), regexp_replace(title, '\s', '', 'g')), 200);
COMMENT ON FUNCTION tmdb.title_key IS 'A title without what people leave out or type otherwise: folded, without spaces; one of punctuation only as it is; core.search.title_key does the same';

CREATE FUNCTION tmdb.characters(folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT string_to_array(regexp_replace(folded, unspaced, ' ', 'g'), ' ') || array_agg(substr(run[1], place, size))
  FROM (VALUES ('[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+')) AS script (unspaced)
  CROSS JOIN regexp_matches(folded, unspaced, 'g') AS run
  CROSS JOIN generate_series(1, length(run[1])) AS place
  CROSS JOIN generate_series(1, 2) AS size
  WHERE place + size <= length(run[1]) + 1
  GROUP BY unspaced;
END;
COMMENT ON FUNCTION tmdb.characters IS 'The words of a title in a script without spaces (Chinese, Japanese, Thai, Lao, Burmese, Khmer): its characters, its pairs of neighbours, and what stands between';

CREATE FUNCTION tmdb.title_words(title text, folded text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(array_remove(
  CASE WHEN octet_length(folded) > length(folded)
      AND folded ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]'
    THEN tmdb.characters(folded) ELSE string_to_array(folded, ' ') END
  || CASE WHEN title ~ '\S[''’*.·-]\S'
    THEN string_to_array(left(tmdb.fold(regexp_replace(title, '[''’*.·-]', '', 'g')), 200), ' ') END,
  ''));
COMMENT ON FUNCTION tmdb.title_words IS 'By which words a title is found: its own, those that an apostrophe or a hyphen holds together as one, and tmdb.characters';

CREATE FUNCTION tmdb.popularity_tier(popularity double precision) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (CASE WHEN popularity >= 10 THEN 3 WHEN popularity >= 5 THEN 2 WHEN popularity >= 1 THEN 1 ELSE 0 END)::smallint;
COMMENT ON FUNCTION tmdb.popularity_tier IS 'Coarse, so that it seldom changes: of a million films some thousand are of tier 3, some thousands of 2, some ten thousands of 1';

CREATE TABLE tmdb.movie_titles (
  tmdb_id  int NOT NULL,
  tier     smallint NOT NULL,
  key      text COLLATE "C" NOT NULL,
  words    tsvector NOT NULL
);
COMMENT ON TABLE tmdb.movie_titles IS 'Every title of every film as searches compare it, one row however many languages share it; written by triggers of movies and movie_translations only';
COMMENT ON COLUMN tmdb.movie_titles.tier IS 'tmdb.popularity_tier of the film: where very many titles match, the popular ones are looked at first';
COMMENT ON COLUMN tmdb.movie_titles.key IS 'tmdb.title_key';
COMMENT ON COLUMN tmdb.movie_titles.words IS 'tmdb.title_words';

CREATE TABLE tmdb.title_words (
  word  text COLLATE "C" NOT NULL
);
COMMENT ON TABLE tmdb.title_words IS 'Words of titles, to tell what a mistyped one was meant to be; a word twice, or one that no title bears any more, does no harm, so nobody waits for it and nobody deletes it';

INSERT INTO tmdb.movie_titles (tmdb_id, tier, key, words)
SELECT DISTINCT ON (borne.tmdb_id, key) borne.tmdb_id, tmdb.popularity_tier(movie.popularity), key,
  tmdb.title_words(borne.title, folded)
FROM (
  SELECT tmdb_id, title FROM tmdb.movies
  UNION
  SELECT tmdb_id, original_title FROM tmdb.movies
  UNION
  SELECT tmdb_id, title FROM tmdb.movie_translations
) AS borne
JOIN tmdb.movies AS movie ON movie.tmdb_id = borne.tmdb_id
CROSS JOIN LATERAL (SELECT left(tmdb.fold(borne.title), 200) AS folded OFFSET 0) AS once
CROSS JOIN tmdb.title_key(borne.title, folded) AS key
WHERE key <> ''
ORDER BY borne.tmdb_id, key;

INSERT INTO tmdb.title_words (word)
SELECT DISTINCT word FROM tmdb.movie_titles CROSS JOIN unnest(tsvector_to_array(words)) AS word
WHERE length(word) > 2 ORDER BY word;

ALTER TABLE tmdb.movie_titles ADD PRIMARY KEY (tmdb_id, key);
CREATE INDEX movie_titles_beginning ON tmdb.movie_titles (tier, key);
-- One letter too many, too few or wrong leaves one half of a title as it is. Both hold what is compared, so
-- that the thousands of rows a short half finds are read in one place.
CREATE INDEX movie_titles_first_half ON tmdb.movie_titles (length(key), key) INCLUDE (tmdb_id);
CREATE INDEX movie_titles_second_half ON tmdb.movie_titles (length(key), reverse(key)) INCLUDE (key, tmdb_id);
CREATE INDEX movie_titles_popular_words ON tmdb.movie_titles USING gin (words) WHERE tier >= 2;
CREATE INDEX movie_titles_known_words ON tmdb.movie_titles USING gin (words) WHERE tier = 1;
CREATE INDEX movie_titles_other_words ON tmdb.movie_titles USING gin (words) WHERE tier = 0;
CREATE INDEX title_words_word ON tmdb.title_words (word);
CREATE INDEX title_words_trgm ON tmdb.title_words USING gin (word gin_trgm_ops);

DROP INDEX tmdb.movies_title_trgm;
DROP INDEX tmdb.movies_original_title_trgm;
DROP INDEX tmdb.movie_translations_title_trgm;

-- A plan made for a batch of films would not end for all that an export makes popular, so none is kept.
CREATE FUNCTION tmdb.renew_titles(movie_ids int[]) RETURNS void LANGUAGE sql
SET plan_cache_mode = 'force_custom_plan' AS $$
  WITH borne AS MATERIALIZED (
    SELECT DISTINCT ON (told.tmdb_id, key) told.tmdb_id, tmdb.popularity_tier(movie.popularity) AS tier, key,
      told.title, folded
    FROM (
      SELECT tmdb_id, title FROM tmdb.movies WHERE tmdb_id = ANY (movie_ids)
      UNION
      SELECT tmdb_id, original_title FROM tmdb.movies WHERE tmdb_id = ANY (movie_ids)
      UNION
      SELECT tmdb_id, title FROM tmdb.movie_translations WHERE tmdb_id = ANY (movie_ids)
    ) AS told
    JOIN tmdb.movies AS movie ON movie.tmdb_id = told.tmdb_id
    CROSS JOIN LATERAL (SELECT left(tmdb.fold(told.title), 200) AS folded OFFSET 0) AS once
    CROSS JOIN tmdb.title_key(told.title, folded) AS key
    WHERE key <> ''
    ORDER BY told.tmdb_id, key
  ), gone AS (
    DELETE FROM tmdb.movie_titles AS stored
    WHERE stored.tmdb_id = ANY (movie_ids)
      AND NOT EXISTS (SELECT FROM borne WHERE borne.tmdb_id = stored.tmdb_id AND borne.key = stored.key)
  )
  INSERT INTO tmdb.movie_titles AS stored (tmdb_id, tier, key, words)
  SELECT borne.tmdb_id, borne.tier, borne.key, tmdb.title_words(borne.title, borne.folded) FROM borne
  WHERE NOT EXISTS (
    SELECT FROM tmdb.movie_titles AS same WHERE (same.tmdb_id, same.key, same.tier) = (borne.tmdb_id, borne.key, borne.tier))
  ORDER BY borne.tmdb_id, borne.key
  ON CONFLICT (tmdb_id, key) DO UPDATE SET tier = excluded.tier
$$;
COMMENT ON FUNCTION tmdb.renew_titles IS 'Makes movie_titles of these films what movies and movie_translations say; called by whoever holds the films'' rows';

-- Changes are found by grouping, never by joining: a plan is kept for a session, and a join planned for one
-- film would not end for a million.
CREATE FUNCTION tmdb.keep_titles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'movies' AND TG_OP = 'INSERT' THEN
    INSERT INTO tmdb.movie_titles (tmdb_id, tier, key, words)
    SELECT told.tmdb_id, tmdb.popularity_tier(told.popularity), key, tmdb.title_words(told.title, folded)
    FROM (
      SELECT tmdb_id, popularity, original_title AS title FROM after
      UNION ALL
      SELECT tmdb_id, popularity, title FROM after WHERE title IS DISTINCT FROM original_title
    ) AS told
    CROSS JOIN LATERAL (SELECT left(tmdb.fold(told.title), 200) AS folded OFFSET 0) AS once
    CROSS JOIN tmdb.title_key(told.title, folded) AS key
    WHERE key <> ''
    ON CONFLICT (tmdb_id, key) DO NOTHING;
  ELSIF TG_TABLE_NAME = 'movies' AND TG_OP = 'UPDATE' THEN
    PERFORM tmdb.renew_titles(array_agg(DISTINCT tmdb_id)) FROM (
      SELECT tmdb_id FROM (
        SELECT tmdb_id, title, original_title, tmdb.popularity_tier(popularity) AS tier FROM after
        UNION ALL
        SELECT tmdb_id, title, original_title, tmdb.popularity_tier(popularity) FROM before
      ) AS told
      GROUP BY tmdb_id, title, original_title, tier HAVING count(*) = 1
    ) AS changed HAVING count(*) > 0;
  ELSIF TG_OP = 'INSERT' THEN
    PERFORM tmdb.renew_titles(array_agg(DISTINCT tmdb_id)) FROM after WHERE title IS NOT NULL HAVING count(*) > 0;
  ELSIF TG_OP = 'UPDATE' THEN
    PERFORM tmdb.renew_titles(array_agg(DISTINCT tmdb_id)) FROM (
      SELECT tmdb_id FROM (
        SELECT tmdb_id, iso_639_1, iso_3166_1, title FROM after
        UNION ALL
        SELECT tmdb_id, iso_639_1, iso_3166_1, title FROM before
      ) AS told
      GROUP BY tmdb_id, iso_639_1, iso_3166_1, title HAVING count(*) = 1
    ) AS changed HAVING count(*) > 0;
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM tmdb.renew_titles(array_agg(DISTINCT tmdb_id)) FROM before HAVING count(*) > 0;
  ELSE
    TRUNCATE tmdb.movie_titles, tmdb.title_words;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER movies_titles_insert AFTER INSERT ON tmdb.movies
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.keep_titles();
CREATE TRIGGER movies_titles_update AFTER UPDATE ON tmdb.movies
  REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.keep_titles();
CREATE TRIGGER movies_titles_delete AFTER DELETE ON tmdb.movies
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION tmdb.keep_titles();
CREATE TRIGGER movies_titles_truncate AFTER TRUNCATE ON tmdb.movies
  FOR EACH STATEMENT EXECUTE FUNCTION tmdb.keep_titles();
CREATE TRIGGER movie_translations_titles_insert AFTER INSERT ON tmdb.movie_translations
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.keep_titles();
CREATE TRIGGER movie_translations_titles_update AFTER UPDATE ON tmdb.movie_translations
  REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.keep_titles();
CREATE TRIGGER movie_translations_titles_delete AFTER DELETE ON tmdb.movie_translations
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION tmdb.keep_titles();

CREATE FUNCTION tmdb.keep_title_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tmdb.title_words (word)
  SELECT word FROM (
    SELECT DISTINCT word FROM added CROSS JOIN unnest(tsvector_to_array(added.words)) AS word WHERE length(word) > 2
  ) AS borne
  -- Looked up one by one: joined, all words would be read for the few of one film.
  WHERE (SELECT true FROM tmdb.title_words AS known WHERE known.word = borne.word LIMIT 1) IS NULL
  ORDER BY word;
  RETURN NULL;
END $$;
CREATE TRIGGER movie_titles_words AFTER INSERT ON tmdb.movie_titles
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tmdb.keep_title_words();

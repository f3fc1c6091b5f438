-- What every screen asks: who reads it, which title and poster of a film are theirs, and whether it may be shown.

CREATE FUNCTION tmdb.home_region(language text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE language WHEN 'ru' THEN 'RU' WHEN 'zh' THEN 'CN' ELSE 'US' END;
COMMENT ON FUNCTION tmdb.home_region IS 'The region of a reader who has not chosen one: their interface language''s';

CREATE FUNCTION tmdb.reader(user_id bigint, told_language text, is_shared boolean DEFAULT false)
RETURNS TABLE (
  telegram_user_id bigint, language text, region text, is_linked boolean, tmdb_username text, sync_status smallint,
  ratings_count int, film_language text, poster_language text, adult boolean, rating_scale smallint,
  hide_rated boolean, chosen text[]
)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
  SELECT asked.telegram_user_id, spoken.language, coalesce(u.region, asked.told[2], tmdb.home_region(spoken.language)),
    u.tmdb_session IS NOT NULL, u.tmdb_username, coalesce(u.sync_status, 0::smallint), coalesce(u.ratings_count, 0),
    coalesce(u.settings ->> 'film_language', asked.told[3], spoken.language),
    coalesce(u.settings ->> 'poster_language', u.settings ->> 'film_language', asked.told[4], spoken.language),
    coalesce(u.settings -> 'adult' = 'true', asked.told[5] = 'x', false) AND NOT is_shared,
    (CASE u.settings ->> 'rating_scale' WHEN '5' THEN 5 ELSE 10 END)::smallint,
    coalesce(u.settings -> 'hide_rated' = 'true', false),
    array_remove(ARRAY[
      CASE WHEN u.language_chosen THEN 'language' END,
      CASE WHEN u.region IS NOT NULL THEN 'region' END,
      CASE WHEN u.settings ? 'film_language' THEN 'film_language' END,
      CASE WHEN u.settings ? 'poster_language' THEN 'poster_language' END
    ], NULL)
  FROM (SELECT user_id AS telegram_user_id, string_to_array(told_language, '-') AS told) AS asked
  LEFT JOIN tmdb.users AS u ON u.telegram_user_id = asked.telegram_user_id
  CROSS JOIN LATERAL (
    SELECT coalesce(CASE WHEN u.language_chosen THEN u.language END, asked.told[1], u.language, 'en') AS language
  ) AS spoken;
END;
COMMENT ON FUNCTION tmdb.reader IS 'The person a screen is made for, one row always: what they chose, else Telegram''s language and what follows from it. told_language may be a sent screen''s "ru-RU-en-en" (interface, region, films, posters; -x: adult), for a reader unknown here. is_shared: others see the screen too, so it shows nothing adult';
COMMENT ON COLUMN tmdb.users.settings IS 'What the person chose: film_language and poster_language (ISO 639-1, "" for posters without text), adult and hide_rated (true), rating_scale (10 or 5); tmdb.reader reads them';
COMMENT ON COLUMN tmdb.users.region IS 'ISO 3166-1, where chosen; tmdb.reader falls back to the language''s home';

CREATE FUNCTION tmdb.film_title(
  movie_id int, title text, original_title text, original_language text,
  catalogue_language text, language text, region text
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
  (SELECT coalesce(t.title, native.title)
   FROM (SELECT CASE $6 WHEN $5 THEN $2 WHEN CASE $4 WHEN 'cn' THEN 'zh' ELSE $4 END THEN $3 END AS title) AS native
   LEFT JOIN tmdb.movie_translations AS t ON t.tmdb_id = $1 AND t.iso_639_1 = $6
   WHERE coalesce(t.title, native.title) IS NOT NULL
   ORDER BY t.iso_3166_1 <> $7, array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1), t.iso_3166_1
   LIMIT 1),
  $2, $3);
COMMENT ON FUNCTION tmdb.film_title IS 'A film''s title in a language (both languages ISO 639-1): the region''s translation, another of the language, the original where the film is of that language, the catalogue''s, the original';

CREATE FUNCTION tmdb.poster_path(
  posters jsonb, poster_path text, original_language text, catalogue_language text, poster_language text
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(
  CASE poster_language WHEN catalogue_language THEN poster_path END, posters ->> poster_language,
  CASE original_language WHEN catalogue_language THEN poster_path END, posters ->> original_language,
  CASE original_language WHEN 'cn' THEN posters ->> 'zh' END,
  CASE catalogue_language WHEN 'en' THEN poster_path END, posters ->> 'en',
  posters ->> '', poster_path);
COMMENT ON FUNCTION tmdb.poster_path IS 'The poster for a reader: in their language (TMDB''s own choice where that is the catalogue''s), the film''s, English, without text, whatever there is';

-- A function of its own, so that tmdb.may_be_shown holds no query and is inlined: a list asks it of a thousand films.
CREATE FUNCTION tmdb.last_listed_at(movie_id int) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
  (SELECT missing.last_listed_at FROM tmdb.export_missing AS missing WHERE missing.tmdb_id = movie_id),
  (SELECT state.watermark FROM tmdb.sync_state AS state WHERE state.name = 'export:movie'));
COMMENT ON FUNCTION tmdb.last_listed_at IS 'The last export that held a film';

CREATE FUNCTION tmdb.may_be_shown(
  movie_id int, data_state text, fetched_at timestamptz, first_seen_at timestamptz, deleted_at timestamptz,
  adult boolean, softcore boolean, to_adults boolean
) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN deleted_at IS NULL
  AND (to_adults OR (adult IS NOT TRUE AND softcore IS NOT TRUE))
  AND (CASE data_state WHEN 'full' THEN fetched_at ELSE first_seen_at END > tmdb.now() - interval '180 days'
    OR (data_state = 'stub' AND tmdb.last_listed_at(movie_id) > tmdb.now() - interval '180 days'));
COMMENT ON FUNCTION tmdb.may_be_shown IS 'Whether a list may name a film: not deleted, not adult unless the reader wants it, not older than TMDB''s terms allow; a stub is as old as the last export that held it, or the list that told of it since';

-- Lists: films by filters, in four orders, and what is trending.

CREATE TABLE tmdb.trending (
  movie_id   int PRIMARY KEY REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  position   smallint NOT NULL,
  listed_at  timestamptz NOT NULL DEFAULT tmdb.now()
);
COMMENT ON TABLE tmdb.trending IS 'TMDB''s list of the week as the last run of lists read it whole; a new one replaces it, and a week later nobody is told of it';
COMMENT ON COLUMN tmdb.trending.position IS 'TMDB''s order, from 1';

CREATE FUNCTION tmdb.weighted_score(vote_average double precision, vote_count int) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (vote_count * vote_average + 500 * 6.5) / (vote_count + 500);
COMMENT ON FUNCTION tmdb.weighted_score IS 'What a film''s score would be if 500 more people had given it 6.5, about what all films get: so that a ten from three people is not the best film of all';

-- Everything a list filters films by stands in the index that orders it, so that those which do not pass cost
-- no look at the film itself.
CREATE INDEX movies_by_popularity ON tmdb.movies (popularity DESC, tmdb_id)
  INCLUDE (release_date, vote_average, vote_count, original_language, adult, softcore, fetched_at)
  WHERE data_state = 'full' AND deleted_at IS NULL AND popularity IS NOT NULL;
CREATE INDEX movies_by_score ON tmdb.movies (tmdb.weighted_score(vote_average, vote_count) DESC, tmdb_id)
  INCLUDE (popularity, release_date, vote_average, vote_count, original_language, adult, softcore, fetched_at)
  WHERE data_state = 'full' AND deleted_at IS NULL AND vote_count > 0;
CREATE INDEX movies_by_release ON tmdb.movies (release_date DESC, tmdb_id)
  INCLUDE (popularity, vote_average, vote_count, original_language, adult, softcore, fetched_at)
  WHERE data_state = 'full' AND deleted_at IS NULL AND release_date IS NOT NULL;
DROP INDEX tmdb.idx_tmdb_movies_release_date, tmdb.idx_tmdb_movies_vote_average;
CREATE INDEX movie_genres_films ON tmdb.movie_genres (tmdb_genre_id, tmdb_movie_id);
DROP INDEX tmdb.movie_genres_genre;
CREATE INDEX keywords_name ON tmdb.keywords (lower(name));

CREATE FUNCTION tmdb.browse(
  sort text, is_new boolean, genres int[], year_from int, year_to int, min_score double precision, languages text[],
  role text, people int[], keyword_id int, collection_id int, hide_rated_by bigint, to_adults boolean, up_to int
) RETURNS TABLE (tmdb_id int, place bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 200
-- A third of a walk's cost makes the planner walk a whole list for a person's films, and workers take longer to
-- start than a list takes.
SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  wanted text[] := '{m.deleted_at IS NULL}';
  ordering text;
BEGIN
  -- Only what is asked for becomes a condition, and each call is planned for its own values: a rare genre is
  -- where the search begins, a frequent one is met soon in the order of the list.
  ordering := CASE sort
    WHEN 'score' THEN 'tmdb.weighted_score(m.vote_average, m.vote_count) DESC'
    WHEN 'date' THEN 'm.release_date DESC'
    WHEN 'trending' THEN '(SELECT trending.position FROM tmdb.trending WHERE trending.movie_id = m.tmdb_id)'
    ELSE 'm.popularity DESC'
  END;
  IF sort = 'trending' THEN
    wanted := wanted || 'm.tmdb_id IN (SELECT trending.movie_id FROM tmdb.trending'
      ' WHERE trending.listed_at > tmdb.now() - interval ''8 days'')'::text
      || 'tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at, m.adult,'
        ' m.softcore, true)'::text;
  ELSE
    -- The age as tmdb.may_be_shown has it, without a call for each film that is passed by. A stub has nothing
    -- that a filter could ask for.
    wanted := wanted || 'm.data_state = ''full'' AND m.fetched_at > tmdb.now() - interval ''180 days'''::text
      || CASE sort
        WHEN 'score' THEN 'm.vote_count > 0'
        WHEN 'date' THEN 'm.release_date <= (tmdb.now() AT TIME ZONE ''UTC'')::date'
        ELSE 'm.popularity IS NOT NULL'
      END;
  END IF;
  IF NOT to_adults THEN
    wanted := wanted || 'm.adult IS NOT TRUE AND m.softcore IS NOT TRUE'::text;
  END IF;
  IF is_new THEN
    wanted := wanted || 'm.release_date > (tmdb.now() AT TIME ZONE ''UTC'')::date - 90'
      ' AND m.release_date <= (tmdb.now() AT TIME ZONE ''UTC'')::date'::text;
  END IF;
  FOR number IN 1 .. cardinality(genres) LOOP
    wanted := wanted || format(
      'm.tmdb_id IN (SELECT g.tmdb_movie_id FROM tmdb.movie_genres AS g WHERE g.tmdb_genre_id = $1[%s])', number);
  END LOOP;
  IF year_from IS NOT NULL THEN
    wanted := wanted || 'm.release_date >= make_date($2, 1, 1)'::text;
  END IF;
  IF year_to IS NOT NULL THEN
    wanted := wanted || 'm.release_date <= make_date($3, 12, 31)'::text;
  END IF;
  IF min_score IS NOT NULL THEN
    wanted := wanted || 'm.vote_average >= $4 AND m.vote_count >= 10'::text;
    IF min_score > 6.5 THEN -- follows from that, and leads into the index
      wanted := wanted || 'tmdb.weighted_score(m.vote_average, m.vote_count) >= tmdb.weighted_score($4, 10)'::text;
    END IF;
  END IF;
  IF languages <> '{}' THEN
    wanted := wanted || 'm.original_language = ANY ($5)'::text;
  END IF;
  FOR number IN 1 .. cardinality(people) LOOP
    wanted := wanted || format('m.tmdb_id IN (%s)', concat_ws(' UNION ALL ',
      CASE WHEN role = 'actor' OR role IS NULL THEN format(
        'SELECT c.tmdb_movie_id FROM tmdb.movie_cast AS c WHERE c.tmdb_person_id = $6[%s]', number) END,
      CASE WHEN role <> 'actor' OR role IS NULL THEN format(
        'SELECT c.tmdb_movie_id FROM tmdb.movie_crew AS c WHERE c.tmdb_person_id = $6[%s]', number) END
      || CASE role WHEN 'director' THEN ' AND c.job = ''Director'''
        WHEN 'writer' THEN ' AND c.department = ''Writing''' ELSE '' END));
  END LOOP;
  IF keyword_id IS NOT NULL THEN
    wanted := wanted
      || 'm.tmdb_id IN (SELECT k.tmdb_movie_id FROM tmdb.movie_keywords AS k WHERE k.tmdb_keyword_id = $7)'::text;
  END IF;
  IF collection_id IS NOT NULL THEN
    wanted := wanted || 'm.collection_id = $8'::text;
  END IF;
  IF hide_rated_by IS NOT NULL THEN
    wanted := wanted || 'NOT EXISTS (SELECT FROM tmdb.user_movie_ratings AS r'
      ' WHERE r.telegram_user_id = $9 AND r.movie_id = m.tmdb_id)'::text;
  END IF;
  RETURN QUERY EXECUTE format(
    'SELECT m.tmdb_id, row_number() OVER (ORDER BY %1$s, m.tmdb_id) FROM tmdb.movies AS m WHERE %2$s'
    ' ORDER BY %1$s, m.tmdb_id LIMIT $10', ordering, array_to_string(wanted, ' AND '))
  USING genres, year_from, year_to, min_score, languages, people, keyword_id, collection_id, hide_rated_by, up_to;
END $$;
COMMENT ON FUNCTION tmdb.browse IS 'Films that pass all filters (core.filters.Filters), the first up_to of them in their order; an empty array or NULL filters nothing';

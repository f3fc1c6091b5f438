-- What was asked of TMDB while somebody waited, and what a series' card shows.

COMMENT ON TABLE tmdb.enrichment_requests IS 'What was asked of TMDB while somebody waited, one row a request, whole, for replay and evaluation; a request that failed has no raw answer and nothing selected. Kept for ENRICHMENT_RETENTION_DAYS, emptied by /forget';
COMMENT ON COLUMN tmdb.enrichment_requests.request_id IS 'The log''s, which names the Telegram update too';
COMMENT ON COLUMN tmdb.enrichment_requests.conversation_id IS 'NULL: a conversation here is the Telegram chat, which is session_id and no uuid';
COMMENT ON COLUMN tmdb.enrichment_requests.user_message_id IS 'NULL: Telegram numbers messages within a chat, they have no uuid; request_id leads to the update';
COMMENT ON COLUMN tmdb.enrichment_requests.query_text IS 'What the person typed or pasted, in NFKC, at most 200 characters of it';
COMMENT ON COLUMN tmdb.enrichment_requests.tmdb_endpoint IS '/search/multi, /find, /discover/movie or /discover/tv';
COMMENT ON COLUMN tmdb.enrichment_requests.role_hint IS 'actor, director or writer, where the words named a role';
COMMENT ON COLUMN tmdb.enrichment_requests.extracted_entities IS 'What the words were understood to ask for: {genres, year_from, people, names, …}, {} where nothing but an id or a title';
COMMENT ON COLUMN tmdb.enrichment_requests.selected IS '{media_type, id, score, title}: what was beyond doubt; NULL where the person had to choose. core.enrichment tells the score';
COMMENT ON COLUMN tmdb.enrichment_requests.candidates_top3 IS 'The best three as in selected, the best first; [] where nothing was found, NULL where the request failed';
COMMENT ON COLUMN tmdb.enrichment_requests.multi_results_raw IS 'TMDB''s whole answer of /search/multi, or of /find; NULL where it failed';
COMMENT ON COLUMN tmdb.enrichment_requests.discover_results_raw IS 'TMDB''s whole answer of /discover; NULL where it failed';
COMMENT ON COLUMN tmdb.enrichment_requests.tmdb_language IS 'The language it was asked in: the reader''s of films';
COMMENT ON COLUMN tmdb.enrichment_requests.duration_ms IS 'From asking to the answer or the failure, tries and waits for the budget included';

ALTER TABLE tmdb.tv_series
  ADD COLUMN original_language text,
  ADD COLUMN adult boolean,
  ADD COLUMN softcore boolean,
  ADD COLUMN popularity double precision,
  ADD COLUMN vote_average double precision,
  ADD COLUMN vote_count int,
  ADD COLUMN translations jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN tmdb.tv_series.name IS 'In CATALOGUE_LANGUAGE; TMDB falls back to the original';
COMMENT ON COLUMN tmdb.tv_series.translations IS '[{iso_639_1, iso_3166_1, name, overview}]; null where TMDB sends "" (equal to the original, or none)';

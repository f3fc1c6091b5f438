-- The whole catalogue, kept fresh: the daily export, the refresh queue, runs, schedule, alerts, kept counts.

-- Movies: when a film is due again -------------------------------------------------------------

CREATE FUNCTION tmdb.refresh_interval(release_date date, fetched_at timestamptz) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN release_date IS NULL OR fetched_at IS NULL THEN interval '30 days'
  WHEN abs((fetched_at AT TIME ZONE 'UTC')::date - release_date) <= 30 THEN interval '2 days'
  WHEN abs((fetched_at AT TIME ZONE 'UTC')::date - release_date) <= 180 THEN interval '7 days'
  WHEN abs((fetched_at AT TIME ZONE 'UTC')::date - release_date) <= 365 THEN interval '14 days'
  ELSE interval '30 days'
END;
COMMENT ON FUNCTION tmdb.refresh_interval IS 'How long a film stays fresh: by the distance of its release from the day it was fetched, an unknown one counts as long ago';

CREATE FUNCTION tmdb.due_at(tmdb_id int, fetched_at timestamptz, every interval) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (fetched_at AT TIME ZONE 'UTC'
  + every * (0.75 + 0.25 * ((hashint4(tmdb_id)::bigint + 2147483648) % 1024) / 1024.0)::double precision)
  AT TIME ZONE 'UTC';
COMMENT ON FUNCTION tmdb.due_at IS 'When an answer is to be asked for again: within the last quarter of the interval, spread by a hash of the id, so that what was fetched in one night does not fall due in one night';

ALTER TABLE tmdb.movies
  ADD COLUMN due_at timestamptz
    GENERATED ALWAYS AS (tmdb.due_at(tmdb_id, fetched_at, tmdb.refresh_interval(release_date, fetched_at))) STORED,
  ADD COLUMN missing_parts text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN tmdb.movies.due_at IS 'When a full film is stale: tmdb.due_at over tmdb.refresh_interval';
COMMENT ON COLUMN tmdb.movies.missing_parts IS 'What TMDB''s answer lacked though every film has it: stored as far as it went, for somebody to look at';
COMMENT ON COLUMN tmdb.movies.data_state IS 'stub: id and what a list told, or a film emptied to its id; full: one whole answer stored';

CREATE INDEX movies_due ON tmdb.movies (due_at) INCLUDE (release_date, tmdb_id, adult)
  WHERE data_state = 'full' AND deleted_at IS NULL;
CREATE INDEX movies_fetched_at ON tmdb.movies (fetched_at) INCLUDE (release_date, tmdb_id, adult)
  WHERE data_state = 'full' AND deleted_at IS NULL;
CREATE INDEX movies_schema_version ON tmdb.movies (schema_version) INCLUDE (release_date, tmdb_id, adult)
  WHERE data_state = 'full' AND deleted_at IS NULL;
CREATE INDEX movies_to_fill ON tmdb.movies (popularity DESC NULLS LAST, tmdb_id)
  WHERE data_state = 'stub' AND deleted_at IS NULL;
CREATE INDEX movies_deleted ON tmdb.movies (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX movies_adult ON tmdb.movies (tmdb_id) WHERE adult AND deleted_at IS NULL;
CREATE INDEX movies_for_review ON tmdb.movies (tmdb_id) WHERE missing_parts <> '{}';
CREATE INDEX people_fetched_at ON tmdb.people (fetched_at) WHERE data_state = 'full';
CREATE INDEX raw_payloads_fetched_at ON tmdb.raw_payloads (fetched_at);
CREATE INDEX neo4j_etl_outbox_processed_at ON tmdb.neo4j_etl_outbox (processed_at) WHERE processed_at IS NOT NULL;

-- Large tables are vacuumed after a share of rows that is a day's work, not a fifth of a million.
ALTER TABLE tmdb.movies SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.movie_translations SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.movie_cast SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.movie_crew SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.movie_external_ids SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.movie_genres SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.movie_keywords SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.movie_companies SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.movie_countries SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.people SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE tmdb.raw_payloads SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE tmdb.neo4j_etl_outbox SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE tmdb.posters SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- Sync -----------------------------------------------------------------------------------------

CREATE TABLE tmdb.sync_state (
  name        text PRIMARY KEY,
  watermark   timestamptz,
  value       jsonb NOT NULL DEFAULT '{}',
  updated_at  timestamptz NOT NULL DEFAULT tmdb.now()
);
COMMENT ON TABLE tmdb.sync_state IS 'Where each kind of synchronisation stands; written in the transaction that records the work behind it';
COMMENT ON COLUMN tmdb.sync_state.name IS 'delta: changes before the watermark are queued; export:movie, export:adult_movie: the last load (value: day, lines, accepted); fill: when the first fill began, value.completed_at when it ended; reset: films fetched before it are due; paused: since when, value.by; health: the first check, health:paused: when a pause was last seen, health:poster_disk_full:<host>: since when; prewarm:<bot id>: posters an admin asked for in advance';

CREATE TABLE tmdb.export_missing (
  tmdb_id         int PRIMARY KEY REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  exports         int NOT NULL CHECK (exports > 0),
  last_listed_at  timestamptz NOT NULL,
  checked_at      timestamptz
);
COMMENT ON TABLE tmdb.export_missing IS 'Known films the last export lacked; those it held need no row: their age is the load''s';
COMMENT ON COLUMN tmdb.export_missing.exports IS 'How many in a row lacked it: from the second on TMDB is asked, once';
COMMENT ON COLUMN tmdb.export_missing.last_listed_at IS 'Load of the last export that held it, or when it was first seen here';
COMMENT ON COLUMN tmdb.export_missing.checked_at IS 'When TMDB was last asked for this reason';

CREATE TABLE tmdb.sync_runs (
  id               bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  run_type         text NOT NULL CHECK (run_type IN ('export', 'bulk', 'delta', 'lists', 'stale', 'retention', 'ratings')),
  source           text NOT NULL,
  trigger_type     text NOT NULL CHECK (trigger_type IN ('scheduled', 'manual', 'command')),
  requested_by     bigint,
  status           text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed')),
  queued_at        timestamptz NOT NULL DEFAULT tmdb.now(),
  started_at       timestamptz,
  listed_at        timestamptz,
  finished_at      timestamptz,
  duration_ms      bigint GENERATED ALWAYS AS ((extract(epoch FROM finished_at - started_at) * 1000)::bigint) STORED,
  total            int,
  pages_read       int NOT NULL DEFAULT 0,
  movies_checked   int NOT NULL DEFAULT 0,
  movies_new       int NOT NULL DEFAULT 0,
  movies_updated   int NOT NULL DEFAULT 0,
  movies_skipped   int NOT NULL DEFAULT 0,
  movies_failed    int NOT NULL DEFAULT 0,
  movies_gone      int NOT NULL DEFAULT 0,
  samples          text[] NOT NULL DEFAULT '{}',
  error            text,
  metadata         jsonb NOT NULL DEFAULT '{}',
  attempts         int NOT NULL DEFAULT 0,
  next_attempt_at  timestamptz NOT NULL DEFAULT tmdb.now(),
  lease_until      timestamptz,
  leased_by        text,
  CONSTRAINT sync_runs_ended CHECK ((status IN ('completed', 'failed')) = (finished_at IS NOT NULL))
);
COMMENT ON TABLE tmdb.sync_runs IS 'Every run of the synchronisation: what it was asked, what it did';
COMMENT ON COLUMN tmdb.sync_runs.source IS 'What the ids came from: movie_ids_11_21_2026, movie/changes, popular+now_playing+trending …';
COMMENT ON COLUMN tmdb.sync_runs.requested_by IS 'The admin''s Telegram user id, for a manual run';
COMMENT ON COLUMN tmdb.sync_runs.listed_at IS 'All its ids are known and queued: what remains is the queue''s';
COMMENT ON COLUMN tmdb.sync_runs.total IS 'What there is to check, where known: the progress bar''s whole';
COMMENT ON COLUMN tmdb.sync_runs.movies_checked IS 'Ids looked at; new and updated were stored, skipped needed nothing, failed and gone are TMDB''s answers';
COMMENT ON COLUMN tmdb.sync_runs.samples IS 'Some of the stored films, as "Title (Year)"; all failed ones are in sync_run_failures';
COMMENT ON COLUMN tmdb.sync_runs.attempts IS 'Tries in a row that ended in an error';
CREATE UNIQUE INDEX sync_runs_one_at_a_time ON tmdb.sync_runs (run_type) WHERE finished_at IS NULL;
CREATE INDEX sync_runs_newest ON tmdb.sync_runs (run_type, id DESC);
CREATE INDEX sync_runs_finished_at ON tmdb.sync_runs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE tmdb.sync_run_failures (
  run_id     bigint NOT NULL REFERENCES tmdb.sync_runs (id) ON DELETE CASCADE,
  tmdb_id    int NOT NULL,
  title      text,
  error      text NOT NULL,
  failed_at  timestamptz NOT NULL DEFAULT tmdb.now(),
  PRIMARY KEY (run_id, tmdb_id)
);
COMMENT ON TABLE tmdb.sync_run_failures IS 'The films a run could not fetch, each with its error; gone films are no failures';

CREATE TABLE tmdb.refresh_queue (
  entity_type      text NOT NULL CHECK (entity_type IN ('movie', 'person', 'tv')),
  tmdb_id          int NOT NULL,
  priority         smallint NOT NULL CHECK (priority BETWEEN 0 AND 4),
  rank             double precision NOT NULL DEFAULT 0,
  reason           text NOT NULL CHECK (reason IN ('person', 'import', 'change', 'new', 'missing', 'list', 'stale', 'backfill')),
  run_id           bigint REFERENCES tmdb.sync_runs (id) ON DELETE SET NULL,
  queued_at        timestamptz NOT NULL DEFAULT tmdb.now(),
  requested_at     timestamptz NOT NULL DEFAULT tmdb.now(),
  next_attempt_at  timestamptz NOT NULL DEFAULT tmdb.now(),
  leased_by        text,
  attempts         int NOT NULL DEFAULT 0,
  last_error       text,
  gone_at          timestamptz,
  parked_at        timestamptz,
  PRIMARY KEY (entity_type, tmdb_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, fillfactor = 80);
COMMENT ON TABLE tmdb.refresh_queue IS 'What is to be asked of TMDB; a row goes when the answer is stored, or stays parked with its error';
COMMENT ON COLUMN tmdb.refresh_queue.priority IS '0 a person, 1 an import, 2 changes, new ids, lists, 3 stale, 4 backfill';
COMMENT ON COLUMN tmdb.refresh_queue.rank IS 'Order within a priority, the highest first: popularity, or days of the release';
COMMENT ON COLUMN tmdb.refresh_queue.run_id IS 'The run that waits for its first outcome; NULL afterwards';
COMMENT ON COLUMN tmdb.refresh_queue.queued_at IS 'When it was first asked: one slot in ten goes to the oldest';
COMMENT ON COLUMN tmdb.refresh_queue.requested_at IS 'When it was last asked: finishing an older request leaves the row';
COMMENT ON COLUMN tmdb.refresh_queue.next_attempt_at IS 'Not before; while a worker has it, when its lease ends';
COMMENT ON COLUMN tmdb.refresh_queue.gone_at IS 'First time TMDB itself said that there is no such thing: believed the second time, a day later';
CREATE INDEX refresh_queue_ready ON tmdb.refresh_queue (priority, rank DESC, tmdb_id) WHERE parked_at IS NULL;
CREATE INDEX refresh_queue_oldest ON tmdb.refresh_queue (queued_at) WHERE parked_at IS NULL;
CREATE INDEX refresh_queue_run ON tmdb.refresh_queue (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX refresh_queue_parked ON tmdb.refresh_queue (parked_at) WHERE parked_at IS NOT NULL;

CREATE TABLE tmdb.api_requests (
  minute       timestamptz NOT NULL,
  host         text NOT NULL,
  method       text NOT NULL,
  endpoint     text NOT NULL,
  job          text NOT NULL,
  status       smallint NOT NULL,
  calls        int NOT NULL,
  retries      int NOT NULL,
  duration_ms  bigint NOT NULL,
  PRIMARY KEY (minute, host, method, endpoint, job, status)
);
COMMENT ON TABLE tmdb.api_requests IS 'Calls to foreign hosts, added up by the minute';
COMMENT ON COLUMN tmdb.api_requests.host IS 'tmdb, tmdb-images, tmdb-exports or telegram';
COMMENT ON COLUMN tmdb.api_requests.endpoint IS 'The template, /3/movie/{movie_id}, or Telegram''s method: never an id or a key';
COMMENT ON COLUMN tmdb.api_requests.job IS 'The worker''s job, or bot';
COMMENT ON COLUMN tmdb.api_requests.status IS 'HTTP''s; 0: no answer';
COMMENT ON COLUMN tmdb.api_requests.retries IS 'How many of the calls were repetitions of one that failed';
COMMENT ON COLUMN tmdb.api_requests.duration_ms IS 'Of all calls together, without waiting for the budget';
CREATE INDEX api_requests_errors ON tmdb.api_requests (minute) INCLUDE (status, calls) WHERE status = 0 OR status >= 400;

COMMENT ON TABLE tmdb.tv_series IS 'Series somebody chose in a search: a plain card, no episodes';

-- Alerts ---------------------------------------------------------------------------------------

CREATE TABLE tmdb.alerts (
  id               bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  rule             text NOT NULL,
  subject          text NOT NULL DEFAULT '',
  severity         text NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
  facts            jsonb NOT NULL DEFAULT '{}',
  run_id           bigint REFERENCES tmdb.sync_runs (id) ON DELETE SET NULL,
  raised_at        timestamptz NOT NULL DEFAULT tmdb.now(),
  acknowledged_at  timestamptz,
  acknowledged_by  bigint,
  cleared_at       timestamptz
);
COMMENT ON TABLE tmdb.alerts IS 'What an operator must know; one open row for each rule and subject';
COMMENT ON COLUMN tmdb.alerts.subject IS 'Which job, export day, channel … the rule found; empty where there is only one';
CREATE UNIQUE INDEX alerts_open ON tmdb.alerts (rule, subject) WHERE cleared_at IS NULL;
CREATE INDEX alerts_raised_at ON tmdb.alerts (raised_at DESC);

CREATE TABLE tmdb.alert_deliveries (
  alert_id         bigint NOT NULL REFERENCES tmdb.alerts (id) ON DELETE CASCADE,
  kind             text NOT NULL CHECK (kind IN ('raised', 'cleared')),
  recipient        text NOT NULL,
  attempts         int NOT NULL DEFAULT 0,
  next_attempt_at  timestamptz NOT NULL DEFAULT tmdb.now(),
  leased_by        text,
  last_error       text,
  message_id       bigint,
  sent_at          timestamptz,
  PRIMARY KEY (alert_id, kind, recipient)
);
COMMENT ON TABLE tmdb.alert_deliveries IS 'Who has to be told of an alert and of its end, once each; written with it';
COMMENT ON COLUMN tmdb.alert_deliveries.recipient IS 'telegram:<user id> or email:<address>';
COMMENT ON COLUMN tmdb.alert_deliveries.message_id IS 'The message in the admin''s chat';
CREATE INDEX alert_deliveries_due ON tmdb.alert_deliveries (next_attempt_at) WHERE sent_at IS NULL;

-- Schedule -------------------------------------------------------------------------------------

CREATE TABLE tmdb.scheduler_lease (
  name         text PRIMARY KEY,
  holder       text NOT NULL,
  lease_until  timestamptz NOT NULL
);
COMMENT ON TABLE tmdb.scheduler_lease IS 'Of several replicas exactly one schedules: who renews the row';

CREATE TABLE tmdb.schedules (
  job            text PRIMARY KEY,
  cron           text NOT NULL,
  last_fired_at  timestamptz,
  next_fire_at   timestamptz
);
COMMENT ON TABLE tmdb.schedules IS 'When each scheduled job last fired and fires next; times missed meanwhile are made up once';
COMMENT ON COLUMN tmdb.schedules.next_fire_at IS 'NULL: switched off';

-- Kept counts ----------------------------------------------------------------------------------

CREATE TABLE tmdb.tallies (
  day     date NOT NULL DEFAULT (tmdb.now() AT TIME ZONE 'UTC')::date,
  name    text NOT NULL,
  number  bigint NOT NULL
);
COMMENT ON TABLE tmdb.tallies IS 'Counts kept as differences, so that nobody waits for a row: the sum over all days is how many there are, a day''s sum what that day brought; folded into one row a day and name now and then';
COMMENT ON COLUMN tmdb.tallies.name IS 'films.stub, films.full, films.deleted, posters.<bot id>.<poster_status>: how many there are; films.stored, films.filled (stored for the first time), cards.warm (by a known file_id), cards.cold, users.active: what happened';
CREATE INDEX tallies_name ON tmdb.tallies (name, day) INCLUDE (number);

CREATE FUNCTION tmdb.tally_movies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tmdb.tallies (name, number)
    SELECT 'films.' || CASE WHEN deleted_at IS NOT NULL THEN 'deleted' ELSE data_state END, count(*)
    FROM after GROUP BY 1;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO tmdb.tallies (name, number)
    SELECT 'films.' || CASE WHEN deleted_at IS NOT NULL THEN 'deleted' ELSE data_state END, -count(*)
    FROM before GROUP BY 1;
  ELSE
    INSERT INTO tmdb.tallies (name, number)
    SELECT 'films.' || state, sum(number) FROM (
      SELECT CASE WHEN deleted_at IS NOT NULL THEN 'deleted' ELSE data_state END AS state, 1 AS number FROM after
      UNION ALL
      SELECT CASE WHEN deleted_at IS NOT NULL THEN 'deleted' ELSE data_state END, -1 FROM before
    ) AS moved GROUP BY state HAVING sum(number) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER movies_tally_insert AFTER INSERT ON tmdb.movies
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.tally_movies();
CREATE TRIGGER movies_tally_update AFTER UPDATE ON tmdb.movies
  REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.tally_movies();
CREATE TRIGGER movies_tally_delete AFTER DELETE ON tmdb.movies
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION tmdb.tally_movies();

CREATE FUNCTION tmdb.tally_posters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tmdb.tallies (name, number)
    SELECT format('posters.%s.%s', bot_id, poster_status), count(*) FROM after GROUP BY 1;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO tmdb.tallies (name, number)
    SELECT format('posters.%s.%s', bot_id, poster_status), -count(*) FROM before GROUP BY 1;
  ELSE
    INSERT INTO tmdb.tallies (name, number)
    SELECT format('posters.%s.%s', bot_id, poster_status), sum(number) FROM (
      SELECT bot_id, poster_status, 1 AS number FROM after
      UNION ALL
      SELECT bot_id, poster_status, -1 FROM before
    ) AS moved GROUP BY 1 HAVING sum(number) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER posters_tally_insert AFTER INSERT ON tmdb.posters
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.tally_posters();
CREATE TRIGGER posters_tally_update AFTER UPDATE ON tmdb.posters
  REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tmdb.tally_posters();
CREATE TRIGGER posters_tally_delete AFTER DELETE ON tmdb.posters
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION tmdb.tally_posters();

-- What was there before counting began is no day's work.
INSERT INTO tmdb.tallies (day, name, number)
SELECT '-infinity'::date, 'films.' || CASE WHEN deleted_at IS NOT NULL THEN 'deleted' ELSE data_state END, count(*)
FROM tmdb.movies GROUP BY 2
UNION ALL
SELECT '-infinity'::date, format('posters.%s.%s', bot_id, poster_status), count(*) FROM tmdb.posters GROUP BY 2;

-- What a look at the whole shows ----------------------------------------------------------------

CREATE VIEW tmdb.catalogue_age AS
SELECT full_films.oldest AS oldest_full_at, stubs.oldest AS oldest_stub_at,
  least(full_films.oldest, stubs.oldest) AS oldest_at
FROM (
  SELECT min(fetched_at) AS oldest FROM tmdb.movies WHERE data_state = 'full' AND deleted_at IS NULL
) AS full_films,
(
  SELECT least(
    (SELECT min(state.watermark) FROM tmdb.sync_state AS state
     WHERE state.name = 'export:movie' AND (
       -- In the order of an index, so that the first one is found at once, wherever it lies.
       SELECT true FROM tmdb.movies
       WHERE data_state = 'stub' AND deleted_at IS NULL AND original_title IS NOT NULL
       ORDER BY popularity DESC NULLS LAST, tmdb_id LIMIT 1)),
    (SELECT min(greatest(missing.last_listed_at, movie.first_seen_at)) FROM tmdb.export_missing AS missing
     JOIN tmdb.movies AS movie ON movie.tmdb_id = missing.tmdb_id
     WHERE movie.data_state = 'stub' AND movie.deleted_at IS NULL AND movie.original_title IS NOT NULL
       AND movie.adult IS NOT TRUE)  -- no search shows adult stubs
  ) AS oldest
) AS stubs;
COMMENT ON VIEW tmdb.catalogue_age IS 'The oldest of what is shown: a full film''s answer, and of stubs the last export that held them';

-- People ---------------------------------------------------------------------------------------

ALTER TABLE tmdb.users ADD COLUMN active_on date;
COMMENT ON COLUMN tmdb.users.active_on IS 'The last day this person was counted in users.active';
COMMENT ON COLUMN tmdb.live_messages.kind IS 'import: subject is tmdb.imports.id; sync: the synchronisation as it is, without a subject; move: subject is the posters'' move';

CREATE TABLE tmdb.blocked_users (
  telegram_user_id  bigint PRIMARY KEY,
  blocked_by        bigint NOT NULL,
  blocked_at        timestamptz NOT NULL DEFAULT tmdb.now()
);
COMMENT ON TABLE tmdb.blocked_users IS 'Whom an admin shut out with /block; outlives /forget, so that an abuser cannot come back by it';

-- Posters on their way to another channel or bot ----------------------------------------------------

CREATE TABLE tmdb.poster_moves (
  id               bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  bot_id           bigint NOT NULL,
  from_bot_id      bigint NOT NULL,
  from_channels    bigint[] NOT NULL,
  requested_by     bigint NOT NULL,
  state            text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'done', 'cancelled')),
  total            int NOT NULL,
  moved            int NOT NULL DEFAULT 0,
  lost             int NOT NULL DEFAULT 0,
  last_error       text,
  created_at       timestamptz NOT NULL DEFAULT tmdb.now(),
  resumed_at       timestamptz NOT NULL DEFAULT tmdb.now(),
  handled_before   int NOT NULL DEFAULT 0,
  finished_at      timestamptz,
  CONSTRAINT poster_moves_ended CHECK ((state IN ('done', 'cancelled')) = (finished_at IS NOT NULL))
);
COMMENT ON TABLE tmdb.poster_moves IS 'Posters of a bot brought into its channels by forwarding; what remains is what still stands in from_channels';
COMMENT ON COLUMN tmdb.poster_moves.from_bot_id IS 'Whose rows name the messages: another bot, or the same one where only the channels changed';
COMMENT ON COLUMN tmdb.poster_moves.lost IS 'Posters whose message was not there any more: they are wanted anew';
COMMENT ON COLUMN tmdb.poster_moves.last_error IS 'Why it was paused by itself';
COMMENT ON COLUMN tmdb.poster_moves.handled_before IS 'Moved and lost when it was last resumed: the rate is measured from there';
CREATE UNIQUE INDEX poster_moves_one_at_a_time ON tmdb.poster_moves (bot_id) WHERE finished_at IS NULL;
CREATE INDEX posters_in_channel ON tmdb.posters (bot_id, channel_id, popularity DESC) WHERE poster_status = 2;

CREATE FUNCTION tmdb.poster_priority_allowed(bot_id bigint) RETURNS smallint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
  WHEN EXISTS (SELECT FROM tmdb.sync_state AS state WHERE state.name = 'paused')
    OR EXISTS (SELECT FROM tmdb.poster_moves AS move WHERE move.bot_id = $1 AND move.state = 'running') THEN 1
  ELSE 2
END;
COMMENT ON FUNCTION tmdb.poster_priority_allowed IS 'The least urgent posters worked on now: pre-warming rests while the synchronisation is paused and while a move needs the channels';

-- Linked accounts kept in step -------------------------------------------------------------------

ALTER TABLE tmdb.users ADD COLUMN newest_import_at timestamptz, ADD COLUMN whole_import_at timestamptz;
COMMENT ON COLUMN tmdb.users.newest_import_at IS 'When the newest pages of the ratings at TMDB were last asked for, alone or with all others';
COMMENT ON COLUMN tmdb.users.whole_import_at IS 'When all pages were last asked for';
UPDATE tmdb.users SET newest_import_at = last_sync_at, whole_import_at = last_sync_at WHERE last_sync_at IS NOT NULL;
ALTER TABLE tmdb.imports ADD COLUMN kind text NOT NULL DEFAULT 'asked' CHECK (kind IN ('asked', 'newest', 'all'));
COMMENT ON COLUMN tmdb.imports.kind IS 'asked: by the person; newest, all: silently, the newest pages until one brings nothing, or all of them';
DROP INDEX tmdb.imports_due;
CREATE INDEX imports_due ON tmdb.imports ((kind <> 'asked'), next_attempt_at) WHERE finished_at IS NULL;

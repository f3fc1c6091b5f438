-- Filmoteka's database, the readable truth: everything lives in schema tmdb.
-- db/migrations/ leads to exactly this; a test compares the two.

CREATE SCHEMA IF NOT EXISTS tmdb;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- Time ------------------------------------------------------------------------------------------

-- The one clock of the product. STABLE, so that a comparison with it can use an index;
-- tmdb.clock_offset is set by tests only, to move hours and days.
CREATE FUNCTION tmdb.now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN pg_catalog.now() + coalesce(nullif(current_setting('tmdb.clock_offset', true), ''), '0')::interval;
COMMENT ON FUNCTION tmdb.now() IS 'The product''s only clock: the transaction''s time plus tmdb.clock_offset, which only tests set';

-- Raw payloads ----------------------------------------------------------------------------------

CREATE TABLE tmdb.raw_payloads (
  entity_type   text NOT NULL CHECK (entity_type IN ('movie', 'person', 'tv')),
  tmdb_id       int NOT NULL,
  language      text NOT NULL,
  payload       jsonb NOT NULL,
  payload_hash  text NOT NULL,
  content_hash  text NOT NULL,
  fetched_at    timestamptz NOT NULL DEFAULT tmdb.now(),
  PRIMARY KEY (entity_type, tmdb_id, language, payload_hash)
);
COMMENT ON TABLE tmdb.raw_payloads IS 'TMDB''s answers as they came: the newest, and RAW_PAYLOAD_HISTORY earlier ones that differ in content; evidence and replay, never read by a screen';
COMMENT ON COLUMN tmdb.raw_payloads.language IS 'The language TMDB was asked in (CATALOGUE_LANGUAGE)';
COMMENT ON COLUMN tmdb.raw_payloads.payload_hash IS 'SHA-256 of the whole canonical payload';
COMMENT ON COLUMN tmdb.raw_payloads.content_hash IS 'SHA-256 of the stored facts only, see tmdb.movies.content_hash';

-- Movies ----------------------------------------------------------------------------------------

CREATE TABLE tmdb.movies (
  tmdb_id            int PRIMARY KEY,
  title              text,
  original_title     text,
  overview           text,
  tagline            text,
  original_language  text,
  release_date       date,
  year               smallint GENERATED ALWAYS AS (extract(year FROM release_date)) STORED,
  runtime            int,
  status             text,
  homepage           text,
  poster_path        text,
  backdrop_path      text,
  popularity         double precision,
  vote_average       double precision,
  vote_count         int,
  budget             bigint,
  revenue            bigint,
  adult              boolean,
  softcore           boolean,
  video              boolean,
  collection_id      int,
  collection_name    text,
  origin_countries   text[] NOT NULL DEFAULT '{}',
  spoken_languages   text[] NOT NULL DEFAULT '{}',
  certifications     jsonb NOT NULL DEFAULT '{}',
  videos             jsonb NOT NULL DEFAULT '[]',
  posters            jsonb NOT NULL DEFAULT '{}',
  watch_providers    jsonb NOT NULL DEFAULT '{}',
  similar_ids        int[] NOT NULL DEFAULT '{}',
  recommended_ids    int[] NOT NULL DEFAULT '{}',
  data_state         text NOT NULL DEFAULT 'stub' CHECK (data_state IN ('stub', 'full')),
  content_hash       text,
  payload_hash       text,
  schema_version     smallint NOT NULL DEFAULT 0,
  fetched_at         timestamptz,
  first_seen_at      timestamptz NOT NULL DEFAULT tmdb.now(),
  last_seen_at       timestamptz NOT NULL DEFAULT tmdb.now(),
  deleted_at         timestamptz,
  CONSTRAINT movies_full_is_fetched
    CHECK (data_state = 'stub' OR (content_hash IS NOT NULL AND payload_hash IS NOT NULL AND fetched_at IS NOT NULL))
);
COMMENT ON TABLE tmdb.movies IS 'TMDB''s films. What is filtered or joined on has tables of its own; what only a card reads stands here in narrow jsonb';
COMMENT ON COLUMN tmdb.movies.tmdb_id IS 'TMDB''s movie id';
COMMENT ON COLUMN tmdb.movies.title IS 'Title in CATALOGUE_LANGUAGE; TMDB falls back to the original';
COMMENT ON COLUMN tmdb.movies.original_language IS 'TMDB''s code: ISO 639-1, also cn and xx';
COMMENT ON COLUMN tmdb.movies.release_date IS 'NULL: unknown (TMDB sends "")';
COMMENT ON COLUMN tmdb.movies.runtime IS 'Minutes; NULL: unknown (TMDB sends 0); the same for budget and revenue';
COMMENT ON COLUMN tmdb.movies.certifications IS '{iso_3166_1: certification}, one per region';
COMMENT ON COLUMN tmdb.movies.videos IS '[{key, site, type, name, iso_639_1, official}], the best first';
COMMENT ON COLUMN tmdb.movies.posters IS '{iso_639_1 or "" without text: poster_path}, the best per language';
COMMENT ON COLUMN tmdb.movies.watch_providers IS '{iso_3166_1: {link, flatrate|rent|buy|free|ads: [provider name]}}, JustWatch''s data as of fetched_at';
COMMENT ON COLUMN tmdb.movies.data_state IS 'stub: id and what a list told; full: one whole answer stored';
COMMENT ON COLUMN tmdb.movies.content_hash IS 'SHA-256 of the stored facts, arrays sorted by key, without popularity, votes, similar, recommendations, watch providers and image votes; only a new one rewrites credits and translations and reaches the outbox';
COMMENT ON COLUMN tmdb.movies.payload_hash IS 'SHA-256 of the whole canonical payload';
COMMENT ON COLUMN tmdb.movies.schema_version IS 'Version of the code''s reading of the payload: an older one is due again';
COMMENT ON COLUMN tmdb.movies.fetched_at IS 'When TMDB was asked; nothing older overwrites newer, nothing is shown 180 days later';
COMMENT ON COLUMN tmdb.movies.last_seen_at IS 'Last time somebody opened it, to the day, written in batches';
COMMENT ON COLUMN tmdb.movies.deleted_at IS 'When TMDB''s own answer said that the film is gone';

CREATE INDEX idx_tmdb_movies_last_seen ON tmdb.movies (last_seen_at DESC);
CREATE INDEX idx_tmdb_movies_popularity ON tmdb.movies (popularity DESC);

CREATE TABLE tmdb.movie_translations (
  tmdb_id     int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  iso_639_1   text NOT NULL,
  iso_3166_1  text NOT NULL,
  title       text,
  overview    text,
  tagline     text,
  homepage    text,
  runtime     int,
  PRIMARY KEY (tmdb_id, iso_639_1, iso_3166_1)
);
COMMENT ON TABLE tmdb.movie_translations IS 'Titles and texts by language and region: one film has three zh and two pt; NULL where TMDB sends "" (equal to the original, or none)';

CREATE TABLE tmdb.movie_external_ids (
  tmdb_movie_id  int PRIMARY KEY REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  imdb_id        text,
  wikidata_id    text,
  facebook_id    text,
  instagram_id   text,
  twitter_id     text
);
COMMENT ON TABLE tmdb.movie_external_ids IS 'The film elsewhere; a row only where at least one is known';
CREATE INDEX movie_external_ids_imdb_id ON tmdb.movie_external_ids (imdb_id) WHERE imdb_id IS NOT NULL;

-- People ----------------------------------------------------------------------------------------

CREATE TABLE tmdb.people (
  tmdb_id               int PRIMARY KEY,
  name                  text,
  original_name         text,
  known_for_department  text,
  gender                smallint,
  biography             text,
  birthday              date,
  deathday              date,
  place_of_birth        text,
  imdb_id               text,
  profile_path          text,
  popularity            double precision,
  adult                 boolean,
  data_state            text NOT NULL DEFAULT 'stub' CHECK (data_state IN ('stub', 'full')),
  content_hash          text,
  fetched_at            timestamptz,
  first_seen_at         timestamptz NOT NULL DEFAULT tmdb.now(),
  last_seen_at          timestamptz NOT NULL DEFAULT tmdb.now(),
  also_known_as         text[] NOT NULL DEFAULT '{}',
  CONSTRAINT people_full_is_fetched
    CHECK (data_state = 'stub' OR (content_hash IS NOT NULL AND fetched_at IS NOT NULL))
);
COMMENT ON TABLE tmdb.people IS 'Cast and crew; a stub is what a film''s credits tell, full is an answer of /person';
COMMENT ON COLUMN tmdb.people.name IS 'As CATALOGUE_LANGUAGE gives it';
COMMENT ON COLUMN tmdb.people.gender IS 'TMDB''s 0 not set, 1 female, 2 male, 3 non-binary';
COMMENT ON COLUMN tmdb.people.fetched_at IS 'Of the answer these facts came from: a film''s for a stub, the person''s own for full';
CREATE INDEX idx_tmdb_people_last_seen ON tmdb.people (last_seen_at DESC);

CREATE TABLE tmdb.movie_cast (
  tmdb_movie_id   int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  tmdb_person_id  int NOT NULL REFERENCES tmdb.people (tmdb_id) ON DELETE RESTRICT,
  credit_id       text NOT NULL,
  cast_order      int,
  character       text,
  PRIMARY KEY (tmdb_movie_id, credit_id)
);
COMMENT ON TABLE tmdb.movie_cast IS 'Who plays whom; one person may hold several credits of a film, so the credit is the key';
CREATE INDEX idx_tmdb_movie_cast_movie ON tmdb.movie_cast (tmdb_movie_id, cast_order);
CREATE INDEX movie_cast_person ON tmdb.movie_cast (tmdb_person_id);

CREATE TABLE tmdb.movie_crew (
  tmdb_movie_id   int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  tmdb_person_id  int NOT NULL REFERENCES tmdb.people (tmdb_id) ON DELETE RESTRICT,
  credit_id       text NOT NULL,
  department      text,
  job             text,
  PRIMARY KEY (tmdb_movie_id, credit_id)
);
COMMENT ON TABLE tmdb.movie_crew IS 'Who made it; the primary key serves look-ups by film';
CREATE INDEX idx_tmdb_movie_directors ON tmdb.movie_crew (tmdb_movie_id) WHERE job = 'Director';
CREATE INDEX movie_crew_person ON tmdb.movie_crew (tmdb_person_id);

-- Genres, keywords, companies, countries --------------------------------------------------------

CREATE TABLE tmdb.genres (
  media_type     text NOT NULL CHECK (media_type IN ('movie', 'tv')),
  tmdb_genre_id  int NOT NULL,
  name           text NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT tmdb.now(),
  PRIMARY KEY (media_type, tmdb_genre_id)
);
COMMENT ON TABLE tmdb.genres IS 'TMDB''s genres; films and series share ids (16, 18, 35 …), so the medium is part of the key';
COMMENT ON COLUMN tmdb.genres.name IS 'As CATALOGUE_LANGUAGE names it; other languages in genre_names';

CREATE TABLE tmdb.genre_names (
  media_type     text NOT NULL,
  tmdb_genre_id  int NOT NULL,
  language       text NOT NULL,
  name           text NOT NULL,
  fetched_at     timestamptz NOT NULL DEFAULT tmdb.now(),
  PRIMARY KEY (media_type, tmdb_genre_id, language),
  FOREIGN KEY (media_type, tmdb_genre_id) REFERENCES tmdb.genres (media_type, tmdb_genre_id) ON DELETE CASCADE
);
COMMENT ON TABLE tmdb.genre_names IS 'Names of genres in the interface languages, from TMDB''s lists, loaded weekly';
COMMENT ON COLUMN tmdb.genre_names.language IS 'Interface language: en, ru, zh';

CREATE TABLE tmdb.movie_genres (
  tmdb_movie_id  int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  media_type     text NOT NULL DEFAULT 'movie' CHECK (media_type = 'movie'),
  tmdb_genre_id  int NOT NULL,
  position       smallint NOT NULL,
  PRIMARY KEY (tmdb_movie_id, tmdb_genre_id),
  FOREIGN KEY (media_type, tmdb_genre_id) REFERENCES tmdb.genres (media_type, tmdb_genre_id) ON DELETE RESTRICT
);
COMMENT ON COLUMN tmdb.movie_genres.position IS 'TMDB''s order of the genres of a film, from 0';

CREATE TABLE tmdb.keywords (
  tmdb_id  int PRIMARY KEY,
  name     text NOT NULL
);
CREATE TABLE tmdb.movie_keywords (
  tmdb_movie_id    int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  tmdb_keyword_id  int NOT NULL REFERENCES tmdb.keywords (tmdb_id) ON DELETE RESTRICT,
  PRIMARY KEY (tmdb_movie_id, tmdb_keyword_id)
);
CREATE INDEX movie_keywords_keyword ON tmdb.movie_keywords (tmdb_keyword_id);

CREATE TABLE tmdb.companies (
  tmdb_id         int PRIMARY KEY,
  name            text NOT NULL,
  logo_path       text,
  origin_country  text
);
CREATE TABLE tmdb.movie_companies (
  tmdb_movie_id    int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  tmdb_company_id  int NOT NULL REFERENCES tmdb.companies (tmdb_id) ON DELETE RESTRICT,
  PRIMARY KEY (tmdb_movie_id, tmdb_company_id)
);
CREATE INDEX movie_companies_company ON tmdb.movie_companies (tmdb_company_id);

CREATE TABLE tmdb.movie_countries (
  tmdb_movie_id  int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE CASCADE,
  iso_3166_1     text NOT NULL,
  position       smallint NOT NULL,
  PRIMARY KEY (tmdb_movie_id, iso_3166_1)
);
COMMENT ON TABLE tmdb.movie_countries IS 'Countries of production; their names per language come from CLDR, so there is no table of names';
CREATE INDEX movie_countries_country ON tmdb.movie_countries (iso_3166_1);

-- Series ----------------------------------------------------------------------------------------

CREATE TABLE tmdb.tv_series (
  tmdb_id         int PRIMARY KEY,
  name            text,
  original_name   text,
  overview        text,
  first_air_date  date,
  last_air_date   date,
  poster_path     text,
  content_hash    text NOT NULL,
  payload_hash    text NOT NULL,
  fetched_at      timestamptz NOT NULL,
  original_language  text,
  adult              boolean,
  softcore           boolean,
  popularity         double precision,
  vote_average       double precision,
  vote_count         int,
  translations       jsonb NOT NULL DEFAULT '[]'
);
COMMENT ON TABLE tmdb.tv_series IS 'Series somebody chose in a search: a plain card, no episodes';

-- Posters ---------------------------------------------------------------------------------------

CREATE TABLE tmdb.posters (
  bot_id                   bigint NOT NULL,
  poster_path              text NOT NULL,
  tmdb_movie_id            int REFERENCES tmdb.movies (tmdb_id) ON DELETE SET NULL,
  poster_status            smallint NOT NULL DEFAULT 0 CHECK (poster_status IN (-1, 0, 1, 2)),
  size                     text NOT NULL,
  priority                 smallint NOT NULL,
  popularity               double precision NOT NULL DEFAULT 0,
  wanted_at                timestamptz NOT NULL DEFAULT tmdb.now(),
  lease_until              timestamptz,
  leased_by                text,
  attempts                 int NOT NULL DEFAULT 0,
  next_attempt_at          timestamptz NOT NULL DEFAULT tmdb.now(),
  last_error               text,
  missing_at               timestamptz,
  local_path               text,
  local_host               text,
  byte_size                int,
  downloaded_at            timestamptz,
  telegram_file_id         text,
  telegram_file_unique_id  text,
  channel_id               bigint,
  message_id               bigint,
  width                    int,
  height                   int,
  uploaded_at              timestamptz,
  verified_at              timestamptz,
  tmdb_person_id           int REFERENCES tmdb.people (tmdb_id) ON DELETE SET NULL,
  tmdb_series_id           int REFERENCES tmdb.tv_series (tmdb_id) ON DELETE SET NULL,
  PRIMARY KEY (bot_id, poster_path),
  CONSTRAINT posters_one_owner CHECK (num_nonnulls(tmdb_movie_id, tmdb_person_id, tmdb_series_id) <= 1),
  CONSTRAINT posters_on_disk CHECK (poster_status <> 1 OR (local_path IS NOT NULL AND local_host IS NOT NULL)),
  CONSTRAINT posters_in_telegram
    CHECK (poster_status <> 2 OR (telegram_file_id IS NOT NULL AND channel_id IS NOT NULL AND message_id IS NOT NULL))
);
COMMENT ON COLUMN tmdb.posters.bot_id IS 'The number in the bot''s token';
COMMENT ON COLUMN tmdb.posters.tmdb_movie_id IS 'The film it was first wanted for: the channel''s caption';
COMMENT ON COLUMN tmdb.posters.poster_status IS '-1 TMDB has no such image (404 twice, a day apart), 0 wanted, 1 on disk, 2 in Telegram: the channel''s message exists';
COMMENT ON COLUMN tmdb.posters.priority IS '0 a person waits, 1 an import, 2 prewarm';
COMMENT ON COLUMN tmdb.posters.lease_until IS 'A worker has it until then; a dead worker''s lease runs out';
COMMENT ON COLUMN tmdb.posters.leased_by IS 'Which worker; finishing counts only for the one that holds it';
COMMENT ON COLUMN tmdb.posters.missing_at IS 'First 404; a second one a day later means -1';
COMMENT ON COLUMN tmdb.posters.local_path IS 'Under DATA_DIR of local_host, until it is in Telegram';
COMMENT ON COLUMN tmdb.posters.telegram_file_id IS 'All a card needs; may be known at status 0, when a card''s own upload told it: then the channel gets it without bytes';
COMMENT ON COLUMN tmdb.posters.byte_size IS 'Of the file downloaded; width and height too are the file''s own';
COMMENT ON COLUMN tmdb.posters.verified_at IS 'Last time Telegram accepted the file_id';
COMMENT ON TABLE tmdb.posters IS 'One poster or portrait of one bot: poster_path never changes its content, a file_id belongs to the bot that received it';
COMMENT ON COLUMN tmdb.posters.tmdb_person_id IS 'The person it is a portrait of';
COMMENT ON COLUMN tmdb.posters.tmdb_series_id IS 'The series it was first wanted for';
COMMENT ON COLUMN tmdb.posters.size IS 'TMDB''s size it is or will be downloaded in (w500; portraits h632)';
COMMENT ON COLUMN tmdb.posters.popularity IS 'The owner''s, when wanted: the order within a priority';
CREATE INDEX posters_person ON tmdb.posters (tmdb_person_id) WHERE tmdb_person_id IS NOT NULL;
CREATE INDEX posters_series ON tmdb.posters (tmdb_series_id) WHERE tmdb_series_id IS NOT NULL;
CREATE INDEX posters_to_download ON tmdb.posters (bot_id, priority, popularity DESC)
  WHERE poster_status = 0 AND telegram_file_id IS NULL;
CREATE INDEX posters_to_upload ON tmdb.posters (bot_id, priority, popularity DESC)
  WHERE poster_status = 1 OR (poster_status = 0 AND telegram_file_id IS NOT NULL);
CREATE INDEX posters_file_id ON tmdb.posters (telegram_file_id) WHERE telegram_file_id IS NOT NULL;

CREATE TABLE tmdb.poster_channels (
  bot_id            bigint NOT NULL,
  channel_id        bigint NOT NULL,
  rate              double precision NOT NULL CHECK (rate > 0),
  known_limit       double precision,
  known_limit_at    timestamptz,
  raised_at         timestamptz,
  granted           int NOT NULL DEFAULT 0,
  next_post_at      timestamptz NOT NULL DEFAULT tmdb.now(),
  paused_until      timestamptz,
  last_error        text,
  PRIMARY KEY (bot_id, channel_id)
);
COMMENT ON TABLE tmdb.poster_channels IS 'What each channel was found to bear; one UPDATE grants one post';
COMMENT ON COLUMN tmdb.poster_channels.rate IS 'Posts a minute now: lowered at a 429, raised slowly after quiet time';
COMMENT ON COLUMN tmdb.poster_channels.granted IS 'Posts since the rate last changed: only a rate that was used is raised';
COMMENT ON COLUMN tmdb.poster_channels.last_error IS 'Why the channel is set aside until paused_until; NULL: it is not';
COMMENT ON COLUMN tmdb.poster_channels.known_limit IS 'Posts a minute at which Telegram last answered 429; passed at most once a day';

-- Users, ratings --------------------------------------------------------------------------------

CREATE TABLE tmdb.users (
  telegram_user_id  bigint PRIMARY KEY,
  language          text NOT NULL DEFAULT 'en',
  language_chosen   boolean NOT NULL DEFAULT false,
  region            text,
  settings          jsonb NOT NULL DEFAULT '{}',
  tmdb_account_id   int,
  tmdb_username     text,
  tmdb_session      text,
  sync_status       smallint NOT NULL DEFAULT 0 CHECK (sync_status IN (-1, 0, 1, 2)),
  last_sync_at      timestamptz,
  ratings_count     int NOT NULL DEFAULT 0,
  blocked_bot_at    timestamptz,
  created_at        timestamptz NOT NULL DEFAULT tmdb.now(),
  last_active_at    timestamptz NOT NULL DEFAULT tmdb.now(),
  active_on         date,
  newest_import_at  timestamptz,
  whole_import_at   timestamptz,
  CONSTRAINT users_session_has_account CHECK (tmdb_session IS NULL OR tmdb_account_id IS NOT NULL)
);
COMMENT ON TABLE tmdb.users IS 'People who wrote to the bot, and their TMDB account';
COMMENT ON COLUMN tmdb.users.language IS 'Interface language (en, ru, zh): Telegram''s until the person chooses';
COMMENT ON COLUMN tmdb.users.tmdb_account_id IS 'Kept after a session was revoked: waiting pushes go to the same account only';
COMMENT ON COLUMN tmdb.users.tmdb_session IS 'Encrypted with SECRET_KEY; NULL: not linked';
COMMENT ON COLUMN tmdb.users.sync_status IS '0 not linked, 1 import queued or running, 2 imported, -1 failed';
COMMENT ON COLUMN tmdb.users.ratings_count IS 'Ratings held here, written with them';
COMMENT ON COLUMN tmdb.users.blocked_bot_at IS 'Telegram said so; cleared by the next message';
COMMENT ON COLUMN tmdb.users.active_on IS 'The last day this person was counted in users.active';
COMMENT ON COLUMN tmdb.users.newest_import_at IS 'When the newest pages of the ratings at TMDB were last asked for, alone or with all others';
COMMENT ON COLUMN tmdb.users.whole_import_at IS 'When all pages were last asked for';

CREATE TABLE tmdb.user_movie_ratings (
  telegram_user_id   bigint NOT NULL REFERENCES tmdb.users (telegram_user_id) ON DELETE CASCADE,
  movie_id           int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE RESTRICT,
  tmdb_rating        numeric(3, 1) NOT NULL CHECK (tmdb_rating BETWEEN 0.5 AND 10),
  normalized_rating  double precision NOT NULL GENERATED ALWAYS AS (1 + (tmdb_rating::double precision - 0.5) * 9 / 9.5) STORED,
  rated_at           timestamptz,
  source             text NOT NULL CHECK (source IN ('tmdb', 'manual')),
  tmdb_account_id    int,
  changed_at         timestamptz,
  pushed_at          timestamptz,
  bot_id             bigint,
  update_id          bigint,
  PRIMARY KEY (telegram_user_id, movie_id),
  CONSTRAINT user_movie_ratings_change_is_whole
    CHECK (num_nulls(changed_at, bot_id, update_id) IN (0, 3))
);
COMMENT ON TABLE tmdb.user_movie_ratings IS 'One rating a person and film';
COMMENT ON COLUMN tmdb.user_movie_ratings.tmdb_rating IS 'TMDB''s scale: 0.5 to 10 in half steps';
COMMENT ON COLUMN tmdb.user_movie_ratings.normalized_rating IS '1 to 10: 1 + (r - 0.5) * 9 / 9.5';
COMMENT ON COLUMN tmdb.user_movie_ratings.rated_at IS 'NULL where TMDB does not tell';
COMMENT ON COLUMN tmdb.user_movie_ratings.source IS 'Where the value came from: tmdb (import) or manual (the chat)';
COMMENT ON COLUMN tmdb.user_movie_ratings.tmdb_account_id IS 'Account in whose list it was last seen or to which it was pushed; NULL: never at TMDB';
COMMENT ON COLUMN tmdb.user_movie_ratings.changed_at IS 'Last change in the chat, which an import leaves alone; NULL: never rated in the chat';
COMMENT ON COLUMN tmdb.user_movie_ratings.pushed_at IS 'When TMDB last took the value given here';
COMMENT ON COLUMN tmdb.user_movie_ratings.update_id IS 'With bot_id and changed_at: the Telegram update of the last change in the chat; the same or a lower one within a day is a redelivery';
CREATE INDEX user_movie_ratings_movie ON tmdb.user_movie_ratings (movie_id);

-- Linking, import -------------------------------------------------------------------------------

CREATE TABLE tmdb.link_attempts (
  nonce_hash        bytea PRIMARY KEY,
  telegram_user_id  bigint NOT NULL REFERENCES tmdb.users (telegram_user_id) ON DELETE CASCADE,
  state             text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'confirmed', 'declined', 'voided', 'expired')),
  request_token     text,
  tmdb_session      text,
  tmdb_account_id   int,
  tmdb_username     text,
  created_at        timestamptz NOT NULL DEFAULT tmdb.now(),
  expires_at        timestamptz NOT NULL
);
COMMENT ON TABLE tmdb.link_attempts IS 'One approval at TMDB on its way; secrets in it are encrypted and go when it ends';
COMMENT ON COLUMN tmdb.link_attempts.nonce_hash IS 'SHA-256 of the start parameter that brings the person back';
COMMENT ON COLUMN tmdb.link_attempts.state IS 'approved: TMDB gave a session, the person has not confirmed the user name yet';
CREATE INDEX link_attempts_user ON tmdb.link_attempts (telegram_user_id, created_at DESC);
CREATE INDEX link_attempts_expires_at ON tmdb.link_attempts (expires_at);

CREATE TABLE tmdb.session_deletions (
  id               bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  tmdb_session     text NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT tmdb.now(),
  lease_until      timestamptz,
  leased_by        text,
  attempts         int NOT NULL DEFAULT 0,
  next_attempt_at  timestamptz NOT NULL DEFAULT tmdb.now(),
  last_error       text
);
COMMENT ON TABLE tmdb.session_deletions IS 'Sessions that ended here and are still to be ended at TMDB; names no person, so that it outlives /forget';
COMMENT ON COLUMN tmdb.session_deletions.tmdb_session IS 'Encrypted with SECRET_KEY';
CREATE INDEX session_deletions_due ON tmdb.session_deletions (next_attempt_at);

CREATE TABLE tmdb.imports (
  id                bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  telegram_user_id  bigint NOT NULL REFERENCES tmdb.users (telegram_user_id) ON DELETE CASCADE,
  tmdb_account_id   int NOT NULL,
  state             text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'reading', 'fetching', 'comparing', 'applying', 'done', 'failed')),
  total_pages       int,
  total_results     int,
  total_changed     boolean NOT NULL DEFAULT false,
  pages_read        int[] NOT NULL DEFAULT '{}',
  pages_failed      int[] NOT NULL DEFAULT '{}',
  items_dropped     int NOT NULL DEFAULT 0,
  films_fetched     int NOT NULL DEFAULT 0,
  imported          int,
  added             int,
  changed           int,
  removed           int,
  removal_withheld  int,
  failed            int,
  error             text CHECK (error IN ('away', 'revoked', 'unlinked')),
  last_error        text,
  attempts          int NOT NULL DEFAULT 0,
  next_attempt_at   timestamptz NOT NULL DEFAULT tmdb.now(),
  lease_until       timestamptz,
  leased_by         text,
  created_at        timestamptz NOT NULL DEFAULT tmdb.now(),
  started_at        timestamptz,
  finished_at       timestamptz,
  kind              text NOT NULL DEFAULT 'asked' CHECK (kind IN ('asked', 'newest', 'all')),
  list                text NOT NULL DEFAULT 'ratings' CHECK (list IN ('ratings', 'watchlist')),
  watchlist_imported  int,
  watchlist_added     int,
  watchlist_removed   int,
  watchlist_withheld  int,
  watchlist_failed    int
);
COMMENT ON COLUMN tmdb.imports.state IS 'queued, reading pages, fetching films not yet full, comparing the whole list with the ratings held, applying it (what the list lacks is asked for first), done or failed';
COMMENT ON COLUMN tmdb.imports.total_results IS 'What the first page announced';
COMMENT ON COLUMN tmdb.imports.total_changed IS 'Another page announced another total: the list changed meanwhile, so nothing counts as removed';
COMMENT ON COLUMN tmdb.imports.pages_failed IS 'Given up while TMDB answered everything else';
COMMENT ON COLUMN tmdb.imports.items_dropped IS 'Items of pages that were no rated films';
COMMENT ON COLUMN tmdb.imports.films_fetched IS 'Films this import had to fetch so far, gone ones too: the measured rate';
COMMENT ON COLUMN tmdb.imports.attempts IS 'Rounds in a row that brought nothing new';
COMMENT ON COLUMN tmdb.imports.error IS 'Why it failed: away, revoked, unlinked';
COMMENT ON COLUMN tmdb.imports.kind IS 'asked: by the person; newest, all: silently, the newest pages until one brings nothing, or all of them';
COMMENT ON COLUMN tmdb.imports.removal_withheld IS 'Ratings that looked removed at TMDB but were more than a fifth: nothing was removed';
COMMENT ON TABLE tmdb.imports IS 'One reading of a person''s ratings and then of their watchlist at TMDB, resumable at every step';
COMMENT ON COLUMN tmdb.imports.list IS 'The list being read: state, totals, pages, attempts and started_at are of this one';
COMMENT ON COLUMN tmdb.imports.watchlist_imported IS 'Films on the watchlist at TMDB; NULL in one that is done: it could not be read';
COMMENT ON COLUMN tmdb.imports.watchlist_withheld IS 'As removal_withheld, of the watchlist; films rated since are not counted, since those leave it at TMDB';
CREATE UNIQUE INDEX imports_one_at_a_time ON tmdb.imports (telegram_user_id) WHERE finished_at IS NULL;
CREATE INDEX imports_due ON tmdb.imports ((kind <> 'asked'), next_attempt_at) WHERE finished_at IS NULL;

CREATE TABLE tmdb.import_items (
  import_id    bigint NOT NULL REFERENCES tmdb.imports (id) ON DELETE CASCADE,
  movie_id     int NOT NULL,
  value        numeric(3, 1) CHECK (value BETWEEN 0.5 AND 10),
  title        text,
  state        text NOT NULL CHECK (state IN ('ready', 'wanted', 'gone', 'failed', 'missing', 'removed', 'unconfirmed')),
  last_error   text,
  list         text NOT NULL DEFAULT 'ratings' CHECK (list IN ('ratings', 'watchlist')),
  position     int NOT NULL DEFAULT 0,
  PRIMARY KEY (import_id, list, movie_id),
  CONSTRAINT import_items_listed_has_value CHECK (value IS NOT NULL OR state IN ('missing', 'removed', 'unconfirmed'))
);
COMMENT ON TABLE tmdb.import_items IS 'What the pages said; kept until the next import of the person, for the report';
COMMENT ON COLUMN tmdb.import_items.value IS 'As in user_lists';
COMMENT ON COLUMN tmdb.import_items.position IS 'Its place in the list as it was read, from 0';
COMMENT ON COLUMN tmdb.import_items.state IS 'wanted: the film is still to be fetched; ready: it is full here, or on the watchlist, for which a stub suffices; gone and failed are named in the report; missing: on the list here but not at TMDB; removed: account_states confirms it; unconfirmed: it cannot tell';
CREATE INDEX import_items_open ON tmdb.import_items (import_id, list, movie_id) WHERE state IN ('wanted', 'missing');

CREATE TABLE tmdb.live_messages (
  bot_id            bigint NOT NULL,
  chat_id           bigint NOT NULL,
  message_id        bigint NOT NULL,
  kind              text NOT NULL,
  subject           text NOT NULL,
  telegram_user_id  bigint,
  last_text_hash    text,
  next_edit_at      timestamptz NOT NULL DEFAULT tmdb.now(),
  lease_until       timestamptz,
  leased_by         text,
  expires_at        timestamptz NOT NULL,
  PRIMARY KEY (bot_id, chat_id, message_id)
);
COMMENT ON TABLE tmdb.live_messages IS 'Messages that move: each is edited by one worker until its subject ends or it expires, then the row goes';
COMMENT ON COLUMN tmdb.live_messages.kind IS 'import: subject is tmdb.imports.id; sync: the synchronisation as it is, without a subject; move: subject is the posters'' move';
CREATE INDEX live_messages_due ON tmdb.live_messages (bot_id, next_edit_at);

CREATE TABLE tmdb.notices (
  id                bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  telegram_user_id  bigint NOT NULL REFERENCES tmdb.users (telegram_user_id) ON DELETE CASCADE,
  kind              text NOT NULL,
  facts             jsonb NOT NULL DEFAULT '{}',
  created_at        timestamptz NOT NULL DEFAULT tmdb.now(),
  attempts          int NOT NULL DEFAULT 0,
  next_attempt_at   timestamptz NOT NULL DEFAULT tmdb.now(),
  lease_until       timestamptz,
  leased_by         text
);
COMMENT ON TABLE tmdb.notices IS 'What a person must be told once, written with the change it tells of; gone when told';

-- Logs, outbox ----------------------------------------------------------------------------------

CREATE TABLE tmdb.enrichment_requests (
  id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  request_id            text,
  user_id               text NOT NULL,
  session_id            text NOT NULL,
  conversation_id       uuid,
  user_message_id       uuid,
  query_text            text NOT NULL,
  tmdb_endpoint         text NOT NULL DEFAULT '/search/multi',
  role_hint             text,
  extracted_entities    jsonb,
  selected              jsonb,
  selected_media_type   text,
  selected_tmdb_id      int,
  selected_score        double precision,
  candidates_top3       jsonb,
  multi_results_raw     jsonb,
  discover_results_raw  jsonb,
  tmdb_language         text,
  duration_ms           double precision,
  created_at            timestamptz NOT NULL DEFAULT tmdb.now()
);
COMMENT ON TABLE tmdb.enrichment_requests IS 'Searches that went on to TMDB, whole, for replay and evaluation; nothing writes it yet, /forget empties it';
COMMENT ON COLUMN tmdb.enrichment_requests.request_id IS 'The log''s request id';
COMMENT ON COLUMN tmdb.enrichment_requests.user_id IS 'Telegram user id, as text';
COMMENT ON COLUMN tmdb.enrichment_requests.session_id IS 'Telegram chat id, as text';
CREATE INDEX idx_tmdb_enrich_req_created ON tmdb.enrichment_requests (created_at DESC);
CREATE INDEX idx_tmdb_enrich_req_user ON tmdb.enrichment_requests (user_id, created_at DESC);
CREATE INDEX idx_tmdb_enrich_req_selected ON tmdb.enrichment_requests (selected_media_type, selected_tmdb_id);

CREATE TABLE tmdb.neo4j_etl_outbox (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  entity_type      text NOT NULL CHECK (entity_type IN ('movie', 'person', 'tv')),
  tmdb_id          int NOT NULL,
  content_hash     text,
  action           text NOT NULL DEFAULT 'upsert' CHECK (action IN ('upsert', 'delete')),
  version          int NOT NULL DEFAULT 1,
  request_id       text,
  enqueued_at      timestamptz NOT NULL DEFAULT tmdb.now(),
  locked_at        timestamptz,
  attempts         int NOT NULL DEFAULT 0,
  last_attempt_at  timestamptz,
  last_error       text,
  processed_at     timestamptz,
  CONSTRAINT neo4j_etl_outbox_upsert_has_hash CHECK (action = 'delete' OR content_hash IS NOT NULL)
);
COMMENT ON TABLE tmdb.neo4j_etl_outbox IS 'Changes on their way to the graph: one pending row an entity, always its latest state; a film''s row stands for its credits too, stubs have none';
COMMENT ON COLUMN tmdb.neo4j_etl_outbox.version IS 'Raised by each change while pending: finishing an older version leaves the row pending';
CREATE UNIQUE INDEX neo4j_etl_outbox_pending ON tmdb.neo4j_etl_outbox (entity_type, tmdb_id) WHERE processed_at IS NULL;
CREATE INDEX neo4j_etl_outbox_due ON tmdb.neo4j_etl_outbox (enqueued_at) WHERE processed_at IS NULL;

-- Running ---------------------------------------------------------------------------------------

CREATE UNLOGGED TABLE tmdb.host_budgets (
  host           text PRIMARY KEY,
  next_slot      timestamptz NOT NULL,
  people_slot    timestamptz NOT NULL,
  paused_until   timestamptz
) WITH (fillfactor = 20);
COMMENT ON TABLE tmdb.host_budgets IS 'One outgoing budget per foreign host across all processes; unlogged: after a crash it starts anew';
COMMENT ON COLUMN tmdb.host_budgets.next_slot IS 'The next free moment for work with nobody waiting';
COMMENT ON COLUMN tmdb.host_budgets.people_slot IS 'The next free moment for people: they go ahead of next_slot and push it back';
COMMENT ON COLUMN tmdb.host_budgets.paused_until IS 'Retry-After: nobody calls the host before';

CREATE TABLE tmdb.heartbeats (
  part        text NOT NULL,
  instance    text NOT NULL,
  started_at  timestamptz NOT NULL DEFAULT tmdb.now(),
  beat_at     timestamptz NOT NULL DEFAULT tmdb.now(),
  PRIMARY KEY (part, instance)
);
COMMENT ON TABLE tmdb.heartbeats IS 'Running processes: python -m db health {bot,workers} reads it';

CREATE TABLE tmdb.schema_migrations (
  version     int PRIMARY KEY,
  name        text NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT tmdb.now()
);

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

-- Watchlists ------------------------------------------------------------------------------------

CREATE TABLE tmdb.user_watchlist (
  telegram_user_id  bigint NOT NULL REFERENCES tmdb.users (telegram_user_id) ON DELETE CASCADE,
  movie_id          int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE RESTRICT,
  added_at          timestamptz NOT NULL DEFAULT tmdb.now(),
  tmdb_account_id   int,
  changed_at        timestamptz,
  pushed_at         timestamptz,
  bot_id            bigint,
  update_id         bigint,
  PRIMARY KEY (telegram_user_id, movie_id),
  CONSTRAINT user_watchlist_change_is_whole CHECK (num_nulls(changed_at, bot_id, update_id) IN (0, 3))
);
COMMENT ON TABLE tmdb.user_watchlist IS 'The films on people''s watchlists now; columns not explained here are those of user_movie_ratings';
COMMENT ON COLUMN tmdb.user_watchlist.added_at IS 'When it was put on the list in the chat, or first seen on TMDB''s, which tells no time: the films of one import stand microseconds apart in TMDB''s order';
COMMENT ON COLUMN tmdb.user_watchlist.changed_at IS 'When it was put on the list in the chat; NULL: at TMDB only';
CREATE INDEX user_watchlist_movie ON tmdb.user_watchlist (movie_id);

-- Inline messages ---------------------------------------------------------------------------------

CREATE TABLE tmdb.inline_messages (
  bot_id             bigint NOT NULL,
  inline_message_id  text NOT NULL,
  movie_id           int NOT NULL,
  poster_path        text,
  telegram_user_id   bigint NOT NULL,
  language           text NOT NULL,
  attempts           int NOT NULL DEFAULT 0,
  next_attempt_at    timestamptz NOT NULL DEFAULT tmdb.now(),
  lease_until        timestamptz,
  leased_by          text,
  expires_at         timestamptz NOT NULL,
  PRIMARY KEY (bot_id, inline_message_id)
);
COMMENT ON TABLE tmdb.inline_messages IS 'Cards sent by inline mode that are not complete: each gains its poster when that has a file_id, then the row goes';
COMMENT ON COLUMN tmdb.inline_messages.poster_path IS 'The poster for its sender; NULL: the film was a stub when it was sent, and has yet to be fetched';
COMMENT ON COLUMN tmdb.inline_messages.telegram_user_id IS 'Who sent it: the card stays in their language';
COMMENT ON COLUMN tmdb.inline_messages.language IS 'The interface language their Telegram told';
COMMENT ON COLUMN tmdb.inline_messages.expires_at IS 'From when on nobody looks at it any more: it stays a text';
CREATE INDEX inline_messages_poster ON tmdb.inline_messages (bot_id, poster_path);
CREATE INDEX inline_messages_leased ON tmdb.inline_messages (leased_by) WHERE leased_by IS NOT NULL;

-- Whatever way a poster gets its file_id (a post, a card's own send, a move), the message that waits hears of it.
CREATE FUNCTION tmdb.wake_inline_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tmdb.inline_messages AS waiting
    WHERE waiting.bot_id = NEW.bot_id AND waiting.poster_path = NEW.poster_path
  ) THEN
    PERFORM pg_notify('tmdb_wake', 'inline');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER posters_wake_insert AFTER INSERT ON tmdb.posters
  FOR EACH ROW WHEN (NEW.telegram_file_id IS NOT NULL) EXECUTE FUNCTION tmdb.wake_inline_messages();
CREATE TRIGGER posters_wake_update AFTER UPDATE OF telegram_file_id ON tmdb.posters
  FOR EACH ROW WHEN (NEW.telegram_file_id IS NOT NULL AND NEW.telegram_file_id IS DISTINCT FROM OLD.telegram_file_id)
  EXECUTE FUNCTION tmdb.wake_inline_messages();

-- A person has two lists at TMDB, and what is on its way there, what left them and what an import reads of
-- them is kept in one way for both.

CREATE VIEW tmdb.user_lists AS
SELECT telegram_user_id, 'ratings' AS list, movie_id, tmdb_rating AS value, tmdb_account_id, changed_at, pushed_at,
  bot_id, update_id
FROM tmdb.user_movie_ratings
UNION ALL
SELECT telegram_user_id, 'watchlist', movie_id, 1.0, tmdb_account_id, changed_at, pushed_at, bot_id, update_id
FROM tmdb.user_watchlist;
COMMENT ON VIEW tmdb.user_lists IS 'What stands on people''s two lists, their ratings and their watchlists, whose value is always 1';

CREATE TABLE tmdb.removals (
  telegram_user_id  bigint NOT NULL REFERENCES tmdb.users (telegram_user_id) ON DELETE CASCADE,
  movie_id          int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE RESTRICT,
  list              text NOT NULL DEFAULT 'ratings' CHECK (list IN ('ratings', 'watchlist')),
  changed_at        timestamptz NOT NULL,
  pushed_at         timestamptz,
  bot_id            bigint NOT NULL,
  update_id         bigint NOT NULL,
  PRIMARY KEY (telegram_user_id, movie_id, list)
);
COMMENT ON TABLE tmdb.removals IS 'What a film taken off a list leaves for a day: the change it was, against redelivered older ones and against an import that read the list before';
COMMENT ON COLUMN tmdb.removals.changed_at IS 'Last change in the chat, with bot_id and update_id as in user_movie_ratings';
COMMENT ON COLUMN tmdb.removals.pushed_at IS 'When TMDB took the removal';
CREATE INDEX removals_changed_at ON tmdb.removals (changed_at);

CREATE TABLE tmdb.pushes (
  telegram_user_id  bigint NOT NULL REFERENCES tmdb.users (telegram_user_id) ON DELETE CASCADE,
  movie_id          int NOT NULL REFERENCES tmdb.movies (tmdb_id) ON DELETE RESTRICT,
  list              text NOT NULL DEFAULT 'ratings' CHECK (list IN ('ratings', 'watchlist')),
  value             numeric(3, 1) CHECK (value BETWEEN 0.5 AND 10),
  tmdb_account_id   int,
  version           int NOT NULL DEFAULT 1,
  requested_at      timestamptz NOT NULL DEFAULT tmdb.now(),
  lease_until       timestamptz,
  leased_by         text,
  attempts          int NOT NULL DEFAULT 0,
  next_attempt_at   timestamptz NOT NULL DEFAULT tmdb.now(),
  last_error        text,
  parked_at         timestamptz,
  parked_reason     text CHECK (parked_reason IN ('gone', 'revoked', 'refused')),
  PRIMARY KEY (telegram_user_id, movie_id, list),
  CHECK ((parked_at IS NULL) = (parked_reason IS NULL))
);
COMMENT ON TABLE tmdb.pushes IS 'Changes of ratings and watchlists on their way to TMDB, written with the change; gone when TMDB has them';
COMMENT ON COLUMN tmdb.pushes.value IS 'As in user_lists; NULL: to be taken off the list at TMDB';
COMMENT ON COLUMN tmdb.pushes.tmdb_account_id IS 'The account it is meant for; NULL: made without one, offered after linking, never sent unasked';
COMMENT ON COLUMN tmdb.pushes.version IS 'Raised by each change: finishing an older one leaves the row';
COMMENT ON COLUMN tmdb.pushes.parked_reason IS 'gone: TMDB has no such film; refused: it does not take the change; revoked: the account is not linked now, the next link to it sends this';
CREATE INDEX pushes_due ON tmdb.pushes (next_attempt_at) WHERE parked_at IS NULL AND tmdb_account_id IS NOT NULL;
CREATE INDEX pushes_leased ON tmdb.pushes (leased_by) WHERE leased_by IS NOT NULL;

CREATE FUNCTION tmdb.is_redelivered(user_id bigint, list text, movie_id int, bot_id bigint, update_id bigint)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (
  SELECT FROM (
    SELECT held.changed_at, held.bot_id, held.update_id FROM tmdb.user_lists AS held
    WHERE held.telegram_user_id = $1 AND held.list = $2 AND held.movie_id = $3
    UNION ALL
    SELECT removal.changed_at, removal.bot_id, removal.update_id FROM tmdb.removals AS removal
    WHERE removal.telegram_user_id = $1 AND removal.list = $2 AND removal.movie_id = $3
  ) AS earlier
  WHERE earlier.bot_id = $4 AND earlier.update_id >= $5 AND earlier.changed_at > tmdb.now() - interval '1 day');
COMMENT ON FUNCTION tmdb.is_redelivered IS 'Whether the same bot made a change of this film on this list with the same or a higher update_id less than a day ago: Telegram redelivers';

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

COMMENT ON COLUMN tmdb.tv_series.name IS 'In CATALOGUE_LANGUAGE; TMDB falls back to the original';
COMMENT ON COLUMN tmdb.tv_series.translations IS '[{iso_639_1, iso_3166_1, name, overview}]; null where TMDB sends "" (equal to the original, or none)';

-- People in full: what their own answer tells beyond a credit, and portraits among the posters.

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

-- A collection's films, for their cards to be leafed through.
CREATE INDEX movies_collection ON tmdb.movies (collection_id) WHERE collection_id IS NOT NULL;

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
CREATE INDEX movie_genres_films ON tmdb.movie_genres (tmdb_genre_id, tmdb_movie_id);
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


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
INSERT INTO tmdb.removals (telegram_user_id, movie_id, changed_at, pushed_at, bot_id, update_id)
SELECT telegram_user_id, movie_id, changed_at, pushed_at, bot_id, update_id FROM tmdb.rating_removals;
DROP TABLE tmdb.rating_removals;

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
INSERT INTO tmdb.pushes (telegram_user_id, movie_id, value, tmdb_account_id, version, requested_at, lease_until,
  leased_by, attempts, next_attempt_at, last_error, parked_at, parked_reason)
SELECT telegram_user_id, movie_id, value, tmdb_account_id, version, requested_at, lease_until,
  leased_by, attempts, next_attempt_at, last_error, parked_at, parked_reason
FROM tmdb.rating_pushes;
DROP TABLE tmdb.rating_pushes;

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

ALTER TABLE tmdb.imports
  ADD COLUMN list                text NOT NULL DEFAULT 'ratings' CHECK (list IN ('ratings', 'watchlist')),
  ADD COLUMN watchlist_imported  int,
  ADD COLUMN watchlist_added     int,
  ADD COLUMN watchlist_removed   int,
  ADD COLUMN watchlist_withheld  int,
  ADD COLUMN watchlist_failed    int;
COMMENT ON TABLE tmdb.imports IS 'One reading of a person''s ratings and then of their watchlist at TMDB, resumable at every step';
COMMENT ON COLUMN tmdb.imports.list IS 'The list being read: state, totals, pages, attempts and started_at are of this one';
COMMENT ON COLUMN tmdb.imports.watchlist_imported IS 'Films on the watchlist at TMDB; NULL in one that is done: it could not be read';
COMMENT ON COLUMN tmdb.imports.watchlist_withheld IS 'As removal_withheld, of the watchlist; films rated since are not counted, since those leave it at TMDB';

DROP INDEX tmdb.import_items_open;
ALTER TABLE tmdb.import_items RENAME COLUMN tmdb_rating TO value;
ALTER TABLE tmdb.import_items RENAME CONSTRAINT import_items_listed_has_rating TO import_items_listed_has_value;
ALTER TABLE tmdb.import_items RENAME CONSTRAINT import_items_tmdb_rating_check TO import_items_value_check;
ALTER TABLE tmdb.import_items
  ADD COLUMN list      text NOT NULL DEFAULT 'ratings' CHECK (list IN ('ratings', 'watchlist')),
  ADD COLUMN position  int NOT NULL DEFAULT 0,
  DROP CONSTRAINT import_items_pkey,
  ADD PRIMARY KEY (import_id, list, movie_id);
COMMENT ON COLUMN tmdb.import_items.value IS 'As in user_lists';
COMMENT ON COLUMN tmdb.import_items.position IS 'Its place in the list as it was read, from 0';
COMMENT ON COLUMN tmdb.import_items.state IS 'wanted: the film is still to be fetched; ready: it is full here, or on the watchlist, for which a stub suffices; gone and failed are named in the report; missing: on the list here but not at TMDB; removed: account_states confirms it; unconfirmed: it cannot tell';
CREATE INDEX import_items_open ON tmdb.import_items (import_id, list, movie_id) WHERE state IN ('wanted', 'missing');

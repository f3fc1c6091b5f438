
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

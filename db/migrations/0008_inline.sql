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

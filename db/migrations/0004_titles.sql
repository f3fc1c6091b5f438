-- Titles as they are searched.

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

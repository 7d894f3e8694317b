-- Names and texts of other databases can be anything: the views show them so that no client fails.

CREATE FUNCTION opsmon.readable(value text) RETURNS text
    LANGUAGE c STRICT IMMUTABLE AS 'MODULE_PATHNAME', 'opsmon_readable';
COMMENT ON FUNCTION opsmon.readable(text) IS
    'The text itself when it is valid in this database''s encoding, else with question marks for what is not ASCII';

CREATE FUNCTION opsmon.quoted_name(name text) RETURNS text
    LANGUAGE sql STRICT IMMUTABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
    AS $$ SELECT quote_ident(name) $$;
COMMENT ON FUNCTION opsmon.quoted_name(text) IS
    'As an SQL identifier, in quotes only when it needs them: the same whatever quote_all_identifiers says';

CREATE FUNCTION opsmon.shows_query_text() RETURNS bool
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'opsmon_shows_query_text';
COMMENT ON FUNCTION opsmon.shows_query_text() IS
    'The setting opsmon.slow_query_text: whether the views show texts of statements';

CREATE FUNCTION opsmon.shown_query(query text) RETURNS text
    LANGUAGE c STRICT STABLE AS 'MODULE_PATHNAME', 'opsmon_shown_query';
COMMENT ON FUNCTION opsmon.shown_query(text) IS
    'The text of a statement as the views show it: readable, at most 1023 bytes, NULL while opsmon.slow_query_text is off';

-- What is typed to end somebody, in every view the same. NULL where no statement would: a wrong one
-- is worse than none.

CREATE FUNCTION opsmon.to_end_session(
    pid int4, backend_type text, state text, wait_event_type text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE
        WHEN backend_type IN ('startup', 'checkpointer', 'background writer', 'walwriter') THEN NULL
        -- Who waits for his client takes no cancel, and of whom nothing is told it is not known.
        WHEN backend_type = 'walsender' OR state LIKE 'idle%' OR state = 'disabled'
             OR wait_event_type = 'Client'
        THEN format('SELECT pg_terminate_backend(%s);', pid)
        WHEN backend_type IS NOT NULL THEN format('SELECT pg_cancel_backend(%s);', pid)
    END
    $$;
COMMENT ON FUNCTION opsmon.to_end_session(int4, text, text, text) IS
    'The statement that ends what a session does: its statement, or the session itself when it runs none or waits for its client; NULL: not to be ended by hand';

-- A name is typed in the database of the transaction: its bytes are the same there only if the two
-- databases have the same encoding. Control characters are lost on the way.
CREATE FUNCTION opsmon.to_end_prepared(gid text, database name) RETURNS text
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE
        WHEN opsmon.readable(gid) <> gid THEN NULL
        WHEN gid ~ '[[:cntrl:]\x01-\x1f\x7f]' THEN NULL
        WHEN gid ~ '[^\x01-\x7f]' THEN (
            SELECT format('ROLLBACK PREPARED %L;', gid)
              FROM pg_database d JOIN pg_database here ON here.encoding = d.encoding
             WHERE d.datname = database AND here.datname = current_database())
        ELSE format('ROLLBACK PREPARED %L;', gid)
    END
    $$;
COMMENT ON FUNCTION opsmon.to_end_prepared(text, name) IS
    'The statement that rolls a prepared transaction back, to be typed in its database; NULL where its name cannot be typed as it is';

-- The days of the history: a partition each, made before it is needed and dropped as a whole. They
-- are members of the extension, so pg_dump leaves them out and DROP EXTENSION takes them along. No
-- lock is waited for behind a reader: whoever waits for a strong lock makes all others wait.

CREATE FUNCTION opsmon.history_days(parent text, OUT partition text, OUT day date)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT c.relname::text, to_date(right(c.relname, 8), 'YYYYMMDD')
      FROM pg_class p JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid
     WHERE p.relnamespace = 'opsmon'::regnamespace AND p.relname = parent
       AND c.relname ~ '_[0-9]{8}$'
    $$;
COMMENT ON FUNCTION opsmon.history_days(text) IS 'Days (UTC) a history table has partitions for';

CREATE FUNCTION opsmon.make_history_day(parent text, day date) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    partition text := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
    grantee oid;
BEGIN
    IF to_regclass('opsmon.' || quote_ident(partition)) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Attached, not created in place: that asks for a lock no reader and no writer minds. Rows only
    -- come, so there is nothing to vacuum (but for wraparound, which is not switched off by this).
    EXECUTE format('CREATE TABLE opsmon.%I (LIKE opsmon.%I INCLUDING STORAGE INCLUDING COMPRESSION) '
                   'WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off)',
                   partition, parent);
    -- What default privileges gave away; see 90_privileges.sql.
    FOR grantee IN SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a
                    WHERE c.oid = format('opsmon.%I', partition)::regclass
                      AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON opsmon.%I FROM %s CASCADE', partition,
                       CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END);
    END LOOP;
    EXECUTE format('GRANT SELECT ON opsmon.%I TO pg_monitor', partition);
    EXECUTE format('COMMENT ON TABLE opsmon.%I IS %L', partition,
                   format('%s of %s (UTC)', parent, to_char(day, 'YYYY-MM-DD')));
    EXECUTE format('ALTER TABLE opsmon.%I ATTACH PARTITION opsmon.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, partition, to_char(day, 'YYYY-MM-DD 00:00+00'),
                   to_char(day + 1, 'YYYY-MM-DD 00:00+00'));
    EXECUTE format('ALTER EXTENSION opsmon ADD TABLE opsmon.%I', partition);
END
$$;
COMMENT ON FUNCTION opsmon.make_history_day(text, date) IS
    'Makes the partition of a day (UTC) unless it is there; called by the sampler';

CREATE FUNCTION opsmon.drop_history_day(parent text, partition text) RETURNS bool
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    EXECUTE format('LOCK TABLE ONLY opsmon.%I IN ACCESS EXCLUSIVE MODE NOWAIT', parent);
    EXECUTE format('LOCK TABLE ONLY opsmon.%I IN ACCESS EXCLUSIVE MODE NOWAIT', partition);
    EXECUTE format('ALTER EXTENSION opsmon DROP TABLE opsmon.%I', partition);
    EXECUTE format('DROP TABLE opsmon.%I', partition);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION opsmon.drop_history_day(text, text) IS
    'Drops the partition of a day; false, without waiting, while somebody reads the table';

-- A day goes when it is too old by the clock and as many newer days are there: a clock that has
-- jumped ahead, or a server that was off for long, does not empty the history. What clocks that
-- jumped have left in the future goes from the far end, once there is much of it.
CREATE FUNCTION opsmon.drop_old_history_day(parent text, keep_days int4) RETURNS bool
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    today date := clock_timestamp() AT TIME ZONE 'UTC';
    old text;
BEGIN
    SELECT d.partition INTO old
      FROM (SELECT h.partition, h.day,
                   count(*) FILTER (WHERE h.day <= today) OVER newer AS newer_days,
                   row_number() OVER (ORDER BY h.day) AS nth
              FROM opsmon.history_days(parent) h
            WINDOW newer AS (ORDER BY h.day DESC ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW)) d
     WHERE (d.day < today - keep_days AND d.newer_days > keep_days)
        OR (d.day > today + 1 AND d.nth > keep_days + 40)
     ORDER BY d.day > today, CASE WHEN d.day > today THEN today - d.day ELSE d.day - today END
     LIMIT 1;
    RETURN old IS NOT NULL AND opsmon.drop_history_day(parent, old);
END
$$;
COMMENT ON FUNCTION opsmon.drop_old_history_day(text, int4) IS
    'Drops at most one partition that is older than so many days; whether it did';

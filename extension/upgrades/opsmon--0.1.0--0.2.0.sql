\echo Use "ALTER EXTENSION opsmon UPDATE" to load this file. \quit

-- The library comes first: it knows the SQL objects of all releases before it, and none after it.
-- Says so where new files were installed and the server still has the old library loaded.
DO $$
DECLARE
    sql CONSTANT text := (SELECT extversion FROM pg_extension WHERE extname = 'opsmon');
    library CONSTANT text := opsmon.library_version();
BEGIN
    IF string_to_array(library, '.')::int[] < string_to_array(sql, '.')::int[] THEN
        RAISE EXCEPTION 'opsmon % needs its library, and the server has loaded that of %', sql, library
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Restart the server, then try again.';
    END IF;
END
$$;

-- The ledger knows from where something was asked for by hand.
ALTER TABLE opsmon.guard_events
    ADD COLUMN acted_as text, ADD COLUMN client text, ADD COLUMN application_name text,
    ADD COLUMN pid int4;
COMMENT ON COLUMN opsmon.guard_events.who IS
    'guard, or the role that asked for it by hand: whose session it was';
COMMENT ON COLUMN opsmon.guard_events.acted_as IS
    'By hand: the role it was done as, where SET ROLE or a SECURITY DEFINER function made it another than who';
COMMENT ON COLUMN opsmon.guard_events.client IS
    'By hand: address and port it was asked for from; local: over a unix socket; server: by a worker of the server, without a client; NULL: nobody asked';
COMMENT ON COLUMN opsmon.guard_events.application_name IS 'By hand: what the client called itself';
COMMENT ON COLUMN opsmon.guard_events.pid IS 'By hand: the process of its session';

DROP FUNCTION opsmon.live_guard_events();
CREATE FUNCTION opsmon.live_guard_events(
    OUT began_at timestamptz, OUT number int8, OUT at timestamptz, OUT mode text, OUT who text,
    OUT volume text, OUT action text, OUT outcome text, OUT target text, OUT from_rung text,
    OUT to_rung text, OUT reason text, OUT usable_bytes int8, OUT size_bytes int8,
    OUT full_in interval, OUT holder text, OUT holder_name text, OUT holder_bytes int8,
    OUT before_bytes int8, OUT after_bytes int8, OUT detail text, OUT acted_as text,
    OUT client text, OUT application_name text, OUT pid int4)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 10 AS 'MODULE_PATHNAME', 'opsmon_live_guard_events';
COMMENT ON FUNCTION opsmon.live_guard_events() IS
    'The newest decisions of the guard, at most 128, from shared memory: also those no table could take yet';

-- Whatever ALTER DEFAULT PRIVILEGES gives away of what is made here is taken back.
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT p.oid::regprocedure AS object, a.grantee
          FROM pg_proc p, aclexplode(p.proacl) a
         WHERE p.oid = 'opsmon.live_guard_events()'::regprocedure
           AND a.grantee NOT IN (0, p.proowner)
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s CASCADE', given.object,
                       given.grantee::regrole);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION opsmon.live_guard_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opsmon.live_guard_events() TO pg_monitor;

CREATE OR REPLACE FUNCTION opsmon.timeline_of_guard(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT e.at, 'guard',
           CASE e.action WHEN 'rung'
                THEN format('%s volume: %s -> %s (%s)', e.volume, e.from_rung, e.to_rung, e.reason)
                ELSE concat_ws(' ', e.action, e.outcome, e.target) END
           || CASE WHEN e.who <> 'guard' OR e.pid IS NOT NULL
                   THEN concat(', by ', e.who, ' as ' || e.acted_as, ' from ' || e.client,
                               ' (' || nullif(concat_ws(', ', e.application_name,
                                                        'pid ' || e.pid), '') || ')')
                   ELSE '' END
           || format('; %s of %s usable', pg_size_pretty(e.usable_bytes),
                     pg_size_pretty(e.size_bytes))
           || coalesce(', full in ' || date_trunc('second', e.full_in), '')
           || coalesce('; held by ' || concat_ws(' ', e.holder, e.holder_name) || ': '
                       || pg_size_pretty(e.holder_bytes), '')
           || coalesce('; before ' || pg_size_pretty(e.before_bytes), '')
           || coalesce(', after ' || pg_size_pretty(e.after_bytes), '')
           || coalesce('; ' || e.detail, '')
      FROM opsmon.guard_events e WHERE e.at >= since AND e.at < until
    $$;

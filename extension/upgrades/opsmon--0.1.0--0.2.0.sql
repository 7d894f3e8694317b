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

-- A slot with a name of its own is no base backup's.
CREATE OR REPLACE FUNCTION opsmon.recognise_consumer(slot_name text, plugin text, application_name text)
    RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT k.recognised
      FROM opsmon.known_consumers k
      LEFT JOIN pg_catalog.pg_replication_slots s ON s.slot_name = $1
     WHERE $1 ~ k.slot_pattern OR $2 ~ k.plugin_pattern
        -- A slot with a name of its own outlives the base backup that is made through it: it is the
        -- new standby's.
        OR ($3 ~ k.application_pattern AND ($1 IS NULL OR NOT k.transient))
        -- A copy keeps its mark when its server is promoted, and is a copy no more.
        OR (to_jsonb(s) ->> k.slot_flag = 'true'
            AND (k.slot_flag <> 'synced' OR pg_is_in_recovery()))
        OR (k.session_pattern IS NOT NULL AND $1 = translate(lower($3), '-.', '__')
            AND EXISTS (SELECT FROM opsmon.live_activity() a
                         WHERE a.application_name ~ k.session_pattern))
     ORDER BY k.priority LIMIT 1;
    $$;

-- With plans that are kept.
CREATE OR REPLACE FUNCTION opsmon.judge_consumers(
    grace interval, may_miss bool, OUT fact opsmon.consumers_now, OUT noted opsmon.consumers,
    OUT next text, OUT at timestamptz)
    RETURNS SETOF record LANGUAGE plpgsql VOLATILE ROWS 10 SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT f, c,
           CASE WHEN f.lost THEN 'lost'
                WHEN f.connected THEN 'present'
                WHEN f.kind IS NOT NULL THEN
                    CASE WHEN c.state IS NULL OR c.state NOT IN ('present', 'missing', 'vanished')
                         THEN 'idle'
                         WHEN c.state = 'vanished' OR NOT l.can_miss THEN c.state
                         WHEN c.state = 'missing' AND l.at >= c.state_since + grace THEN 'vanished'
                         ELSE 'missing' END
                WHEN c.state IS NULL OR NOT l.can_miss THEN c.state
                WHEN c.kind = 'slot' THEN 'dropped'
                WHEN c.state = 'vanished' OR
                     (c.state = 'missing' AND l.at >= c.state_since + grace) THEN 'vanished'
                ELSE 'missing' END,
           l.at
      FROM opsmon.consumers_now f
      FULL JOIN opsmon.consumers c ON c.kind = f.kind AND c.name = f.name
      CROSS JOIN LATERAL (
          SELECT clock_timestamp() AS at,
                 may_miss AND coalesce(CASE coalesce(f.kind, c.kind)
                     WHEN 'slot' THEN
                         (SELECT p.slots_omitted = 0 FROM opsmon.live_wal_position() p) AND
                         (SELECT g.sampled_at > clock_timestamp() - interval '10 s'
                                                - 3 * g.tick_interval
                            FROM opsmon.live_workers() g WHERE g.worker = 'guard')
                     WHEN 'standby' THEN
                         (SELECT d.senders_omitted = 0 FROM opsmon.live_wal_directory() d)
                     ELSE true END, false) AS can_miss) l
     WHERE c.kind IS DISTINCT FROM 'slony_node';
END
$$;

CREATE OR REPLACE FUNCTION opsmon.consumer_changes(
    grace interval, may_miss bool, learned_at timestamptz)
    RETURNS SETOF opsmon.consumer_change
    LANGUAGE plpgsql VOLATILE ROWS 10 SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH changed AS MATERIALIZED (
        SELECT j.fact f, j.noted c, j.next, j.at,
               (j.noted).kind IS NULL AS is_new, coalesce((j.fact).connected, false) AS connected,
               (j.fact).kind IS NOT NULL AS is_here,
               (j.fact).connected AND
               ((j.fact).application_name, (j.fact).address, (j.fact).username) IS DISTINCT FROM
               ((j.noted).application_name, (j.noted).address, (j.noted).username) AS has_moved
          FROM opsmon.judge_consumers(grace, may_miss) j)
    SELECT coalesce((w.f).kind, (w.c).kind), coalesce((w.f).name, (w.c).name),
           (w.c).state, (w.c).state_since, w.next,
           CASE WHEN w.next IS NOT DISTINCT FROM (w.c).state OR
                     (w.next = 'vanished' AND (w.c).state = 'missing') -- away since it was missed
                THEN (w.c).state_since ELSE w.at END,
           w.is_new, w.is_here AND (w.c).first_seen IS NULL, k.recognised,
           coalesce(k.transient, false), (w.f).slot_type, (w.f).plugin, d.datname::text,
           CASE WHEN w.connected THEN (w.f).application_name ELSE (w.c).application_name END,
           CASE WHEN w.connected THEN (w.f).address ELSE (w.c).address END,
           CASE WHEN w.connected THEN (w.f).username ELSE (w.c).username END,
           CASE WHEN w.connected THEN (w.f).sampled_at
                WHEN (w.c).state = 'present'
                THEN greatest((w.c).last_seen, (w.f).last_seen, learned_at)
                ELSE (w.c).last_seen END,
           CASE WHEN w.is_here THEN coalesce((w.f).last_progress, (w.c).last_progress)
                WHEN (w.c).state = 'present' THEN greatest((w.c).last_progress, learned_at)
                ELSE (w.c).last_progress END,
           (w.f).held_bytes, greatest((w.c).held_bytes_max, (w.f).held_bytes),
           (w.c).owner, (w.c).expected
      FROM changed w
      LEFT JOIN pg_database d ON d.oid = (w.f).database_oid
      LEFT JOIN opsmon.known_consumers k ON k.recognised =
           CASE WHEN w.is_here AND (w.c).recognised IS NULL
                     AND (w.is_new OR w.has_moved OR (w.c).first_seen IS NULL)
                THEN opsmon.recognise_consumer((w.f).slot_name, (w.f).plugin,
                                               (w.f).application_name)
                ELSE (w.c).recognised END
     WHERE CASE WHEN w.is_new
           THEN (w.f).settled AND ((w.f).kind = 'slot' OR k.transient IS NOT TRUE) AND
                (SELECT count(*) < 1000 FROM opsmon.consumers l
                  WHERE l.updated_at IS NULL AND l.kind <> 'slony_node')
           ELSE w.next IS DISTINCT FROM (w.c).state OR (w.is_here AND (w.c).first_seen IS NULL)
                OR w.has_moved
                OR (w.f).held_bytes > greatest(16777216, coalesce((w.c).held_bytes_max * 3 / 2, 0))
                OR (w.connected AND date_trunc('hour', (w.f).sampled_at) IS DISTINCT FROM
                                    date_trunc('hour', (w.c).last_seen)) END;
END
$$;

-- Of another server nothing is noted before its guard has looked.
CREATE OR REPLACE FUNCTION opsmon.watch_consumers(OUT began_at timestamptz) RETURNS timestamptz
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    watched opsmon.consumer_watch;
    system int8 := (SELECT s.system_identifier FROM pg_control_system() s);
    -- Just promoted, and the guard has not looked since: its timeline is still the old one. NULL
    -- before its first look.
    line int8 := (SELECT p.timeline FROM opsmon.live_wal_position() p WHERE NOT p.in_recovery);
    guard_since timestamptz := (SELECT g.started_at FROM opsmon.live_workers() g
                                 WHERE g.worker = 'guard');
BEGIN
    SELECT * INTO watched FROM opsmon.consumer_watch;
    IF watched IS NULL THEN
        -- Rows that are there already are those of a dump, perhaps of another server.
        UPDATE opsmon.consumers c SET state = NULL, state_since = NULL
         WHERE c.state IS NOT NULL AND c.kind <> 'slony_node';
        INSERT INTO opsmon.consumer_watch (system_identifier, timeline, began_at)
        SELECT system, line, clock_timestamp() WHERE line IS NOT NULL
        RETURNING consumer_watch.* INTO watched;
    ELSIF line IS NOT NULL
          AND (watched.system_identifier <> system OR watched.timeline <> line) THEN
        UPDATE opsmon.consumer_watch w
           SET system_identifier = system, timeline = line, began_at = clock_timestamp()
        RETURNING w.* INTO watched;
    END IF;
    IF line IS NOT NULL THEN
        began_at := greatest(watched.began_at, guard_since);
    END IF;
END
$$;

COMMENT ON FUNCTION opsmon.fence(bool, text) IS
    'Stops writes until it is called with false, or the server restarts; a reason is needed to stop them, and stands in the ledger as one of lifting it does. Takes effect at once, not at commit.';

-- The learner: what opsmon.consumers must be told, and the telling. Called after each sample; most
-- find nothing to tell, and then nothing is written.

CREATE TYPE opsmon.consumer_change AS (
    kind text, name text, before text, before_since timestamptz, after text,
    after_since timestamptz, is_new bool, is_first bool, recognised text, transient bool,
    slot_type text, plugin text, database text, application_name text, address text, username text,
    last_seen timestamptz, last_progress timestamptz, held_bytes int8, held_bytes_max int8,
    owner text, expected bool);
COMMENT ON TYPE opsmon.consumer_change IS 'What opsmon.consumers does not say yet of one consumer';

-- What cannot be seen is not gone: `may_miss` is false for a while after a start or a promotion, the
-- guard may be behind, and there may be more of them than are watched. In plpgsql, as below, because
-- it keeps its plans: to plan this anew was most of what a look of the learner cost.
CREATE FUNCTION opsmon.judge_consumers(
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
COMMENT ON FUNCTION opsmon.judge_consumers(interval, bool) IS
    'Everybody who is here or was, what is noted of him, and the state he is in now';

CREATE FUNCTION opsmon.consumer_changes(
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
COMMENT ON FUNCTION opsmon.consumer_changes(interval, bool, timestamptz) IS
    'What opsmon.consumers does not say yet: new ones, those that come, go or move, and once an hour that they are still there';

-- Each statement is run only where it has something to do: one that changes policies, and be it of
-- no row, has the guard wait with evictions until they are read again.
CREATE FUNCTION opsmon.note_consumers(changes opsmon.consumer_change[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT FROM unnest(changes) n WHERE n.is_new) THEN
        INSERT INTO opsmon.consumers (kind, name, policy, updated_at, first_seen)
        SELECT n.kind, n.name, coalesce(k.policy, 'ask'), NULL, clock_timestamp()
          FROM unnest(changes) n LEFT JOIN opsmon.known_consumers k USING (recognised)
         WHERE n.is_new
            ON CONFLICT DO NOTHING;
    END IF;
    IF EXISTS (SELECT FROM unnest(changes) n WHERE n.transient AND n.after = 'dropped') THEN
        DELETE FROM opsmon.consumers c USING unnest(changes) n
         WHERE c.kind = n.kind AND c.name = n.name AND c.updated_at IS NULL
           AND n.transient AND n.after = 'dropped';
    END IF;
    UPDATE opsmon.consumers c
       SET recognised = n.recognised, slot_type = coalesce(n.slot_type, c.slot_type),
           plugin = coalesce(n.plugin, c.plugin), database = coalesce(n.database, c.database),
           application_name = n.application_name, address = n.address, username = n.username,
           state = n.after, state_since = n.after_since, last_seen = n.last_seen,
           first_seen = coalesce(c.first_seen, CASE WHEN n.is_first THEN clock_timestamp() END),
           last_progress = n.last_progress, held_bytes_max = n.held_bytes_max
      FROM unnest(changes) n WHERE c.kind = n.kind AND c.name = n.name;
    -- Whose application is recognised only when it connects.
    IF EXISTS (SELECT FROM unnest(changes) n JOIN opsmon.consumers c USING (kind, name)
                 JOIN opsmon.known_consumers k ON k.recognised = n.recognised
                WHERE c.updated_at IS NULL AND c.policy = 'ask') THEN
        UPDATE opsmon.consumers c SET policy = k.policy
          FROM unnest(changes) n JOIN opsmon.known_consumers k USING (recognised)
         WHERE c.kind = n.kind AND c.name = n.name AND c.updated_at IS NULL AND c.policy = 'ask';
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.note_consumers(opsmon.consumer_change[]) IS
    'Writes changes into opsmon.consumers; never what people said there';

CREATE FUNCTION opsmon.note_consumer_events(changes opsmon.consumer_change[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO opsmon.consumer_events
    SELECT clock_timestamp(), e.event, n.kind, n.name, n.recognised, n.owner, n.expected,
           n.application_name, n.address, n.username, n.held_bytes,
           CASE e.event
               WHEN 'appeared' THEN CASE WHEN n.kind = 'archiver' THEN 'archive_mode is on'
                   WHEN n.owner IS NULL AND n.recognised IS NULL
                   THEN 'nobody has said whose it is' ELSE concat_ws(', ',
                   'of ' || n.owner, 'recognised as ' || n.recognised) END
               WHEN 'returned' THEN format('was %s for %s', n.before,
                   date_trunc('second', clock_timestamp() - n.before_since))
               WHEN 'dropped' THEN format(CASE n.kind
                   WHEN 'slony_node' THEN 'it is no node of its cluster any more; it was %s'
                   ELSE 'its slot is gone; it was %s' END, n.before)
               WHEN 'lost' THEN CASE n.kind
                   WHEN 'slony_node' THEN 'it is no node of its cluster any more, and its slon is connected: it misses what was deleted meanwhile'
                   ELSE 'its slot has lost WAL it needs: it cannot go on' END
               ELSE concat(coalesce('last seen ' || date_trunc('second', n.last_seen),
                                    'never seen connected'), CASE n.kind
                   WHEN 'slot' THEN '; its slot goes on keeping WAL'
                   WHEN 'slony_node' THEN '; its cluster goes on keeping its log'
                   WHEN 'standby' THEN '; no slot keeps WAL for it' END) END
      FROM unnest(changes) n
     CROSS JOIN LATERAL (SELECT CASE
               WHEN n.is_first AND n.after <> 'lost' THEN 'appeared'
               WHEN n.after IS NOT DISTINCT FROM n.before THEN NULL
               WHEN n.after IN ('vanished', 'dropped', 'lost') THEN n.after
               WHEN n.before IN ('vanished', 'dropped', 'lost') THEN 'returned' END AS event) e
     WHERE e.event IS NOT NULL AND NOT n.transient;
    IF FOUND THEN
        DELETE FROM opsmon.consumer_events e
         WHERE e.at < clock_timestamp() - interval '90 days'
            OR e.at < (SELECT o.at FROM opsmon.consumer_events o ORDER BY o.at DESC
                       OFFSET 10000 LIMIT 1);
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.note_consumer_events(opsmon.consumer_change[]) IS
    'Writes those that came or went into opsmon.consumer_events, and deletes the oldest ones';

-- Only rows nobody has written in, of those that are gone (a slot whose consumer is away is there,
-- and what it was recognised as may be all that keeps the guard from it): after 90 days, and where
-- a thousand are learned, those first that were seen for the shortest time.
CREATE FUNCTION opsmon.forget_consumers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    gone text[] := ARRAY(
        SELECT g.name FROM (
            SELECT c.name, c.state_since, c.last_seen - c.first_seen AS lived,
                   (SELECT count(*) FROM opsmon.consumers l
                     WHERE l.updated_at IS NULL AND l.kind <> 'slony_node') AS learned
              FROM opsmon.consumers c
             WHERE c.updated_at IS NULL AND c.kind <> 'slony_node'
               AND (c.state = 'dropped' OR (c.state = 'vanished' AND c.kind <> 'slot'))) g
         WHERE g.state_since < clock_timestamp() - interval '90 days' OR g.learned >= 1000
         ORDER BY g.state_since >= clock_timestamp() - interval '90 days', g.lived NULLS FIRST
         LIMIT 100);
BEGIN
    IF gone <> '{}' THEN
        DELETE FROM opsmon.consumers c
         WHERE c.updated_at IS NULL AND c.name = ANY (gone) AND c.kind <> 'slony_node'
           AND (c.state = 'dropped' OR (c.state = 'vanished' AND c.kind <> 'slot'));
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.forget_consumers() IS
    'Deletes learned consumers that are gone, after 90 days or to make room';

CREATE FUNCTION opsmon.watch_consumers(OUT began_at timestamptz) RETURNS timestamptz
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
COMMENT ON FUNCTION opsmon.watch_consumers() IS
    'Since when the consumers of this server are watched without a break: its start, or a promotion; NULL: not yet';

CREATE FUNCTION opsmon.learn_consumers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    grace CONSTANT interval := current_setting('opsmon.consumer_grace');
    may_miss_from timestamptz;
    changes opsmon.consumer_change[];
BEGIN
    IF pg_is_in_recovery() THEN
        RETURN;
    END IF;
    may_miss_from := opsmon.watch_consumers() + 10 * grace;
    -- Who was not missed at the sample before was there, but for those while nobody may be missed.
    changes := ARRAY(
        SELECT n FROM opsmon.consumer_changes(
            grace, coalesce(clock_timestamp() > may_miss_from, false),
            (SELECT l.learned_at FROM opsmon.live_learner() l
              WHERE l.learned_at > may_miss_from)) n);
    -- What somebody is changing right now waits for the next sample, and holds up nothing else; a
    -- new row waits while people are adding some (consumers_edited).
    changes := ARRAY(
        SELECT n FROM unnest(changes) n
         WHERE CASE WHEN n.is_new
               THEN pg_try_advisory_xact_lock(hashtext('opsmon'), hashtext('consumers'))
               ELSE EXISTS (
                   SELECT FROM opsmon.consumers c WHERE c.kind = n.kind AND c.name = n.name
                      FOR NO KEY UPDATE SKIP LOCKED) END);
    IF changes <> '{}' THEN
        PERFORM opsmon.note_consumers(changes);
        PERFORM opsmon.note_consumer_events(changes);
        PERFORM opsmon.forget_consumers();
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.learn_consumers() IS
    'Brings opsmon.consumers up to date with who is here; called by the sampler after each sample';

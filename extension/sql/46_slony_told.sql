-- What the sidecar tells of Slony-I: how it is remembered, and what the inventory makes of it.

CREATE FUNCTION opsmon.note_slony_nodes(told opsmon.slony_nodes[], at timestamptz) RETURNS int4
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    left_out int4;
    written int4;
BEGIN
    -- Not before the inventory knows that it is gone: its row may be one somebody is changing.
    DELETE FROM opsmon.slony_nodes s
     WHERE EXISTS (SELECT FROM unnest(told) t
                    WHERE t.database = s.database AND t.cluster = s.cluster)
       AND NOT EXISTS (SELECT FROM unnest(told) t WHERE t.database = s.database
                          AND t.cluster = s.cluster AND t.node = s.node)
       AND NOT EXISTS (SELECT FROM opsmon.consumers c WHERE c.kind = 'slony_node'
                          AND c.name = s.name AND c.state <> 'dropped');
    UPDATE opsmon.slony_nodes s SET state = 'not told', state_since = at
     WHERE s.state <> 'not told'
       AND NOT EXISTS (SELECT FROM unnest(told) t
                        WHERE t.database = s.database AND t.cluster = s.cluster);
    GET DIAGNOSTICS left_out = ROW_COUNT;
    DELETE FROM opsmon.slony_nodes s
     WHERE s.state = 'not told'
       AND (s.state_since < at - interval '90 days'
            OR s.state_since < (SELECT o.state_since FROM opsmon.slony_nodes o
                                 WHERE o.state = 'not told' ORDER BY o.state_since DESC
                                OFFSET 1000 LIMIT 1));
    -- Looked for before anything is touched: ON CONFLICT would lock, and so write, every row.
    INSERT INTO opsmon.slony_nodes AS s
    SELECT t.* FROM unnest(told) t
      LEFT JOIN opsmon.slony_nodes o USING (database, cluster, node)
     WHERE o.node IS NULL
        OR (o.comment, o.version, o.state, o.local_node, o.is_origin, o.is_active,
            o.subscriptions, o.provides, o.never_confirmed, o.should_connect, o.failed_nodes,
            o.local_slon_up, o.slon_backends > 0, o.held_bytes IS NULL) IS DISTINCT FROM
           (t.comment, t.version, t.state, t.local_node, t.is_origin, t.is_active,
            t.subscriptions, t.provides, t.never_confirmed, t.should_connect, t.failed_nodes,
            t.local_slon_up, t.slon_backends > 0, t.held_bytes IS NULL)
        OR greatest(t.held_bytes, 16777216) * 2 > greatest(o.held_bytes, 16777216) * 3
        OR greatest(t.held_bytes, 16777216) * 3 < greatest(o.held_bytes, 16777216) * 2
        OR date_trunc('hour', o.told_at) <> date_trunc('hour', at)
        ON CONFLICT (database, cluster, node) DO UPDATE
       SET comment = EXCLUDED.comment, version = EXCLUDED.version, state = EXCLUDED.state,
           state_since = CASE WHEN s.state = EXCLUDED.state THEN s.state_since ELSE at END,
           local_node = EXCLUDED.local_node, is_local = EXCLUDED.is_local,
           is_origin = EXCLUDED.is_origin, is_active = EXCLUDED.is_active,
           subscriptions = EXCLUDED.subscriptions, provides = EXCLUDED.provides,
           lag_seconds = EXCLUDED.lag_seconds, lag_events = EXCLUDED.lag_events,
           never_confirmed = EXCLUDED.never_confirmed, heartbeat_at = EXCLUDED.heartbeat_at,
           should_connect = EXCLUDED.should_connect, slon_backends = EXCLUDED.slon_backends,
           local_slon_up = EXCLUDED.local_slon_up, failed_nodes = EXCLUDED.failed_nodes,
           backlog_bytes = EXCLUDED.backlog_bytes, held_bytes = EXCLUDED.held_bytes,
           log_bytes = EXCLUDED.log_bytes, told_at = at;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN left_out + written;
END
$$;
COMMENT ON FUNCTION opsmon.note_slony_nodes(opsmon.slony_nodes[], timestamptz) IS
    'Writes what is new of nodes of Slony-I into opsmon.slony_nodes; what changes all the time, at most once an hour';

CREATE FUNCTION opsmon.note_slony_deeds(told opsmon.slony_events[]) RETURNS int4
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    written int4;
BEGIN
    INSERT INTO opsmon.slony_events AS e
    SELECT DISTINCT ON (t.database, t.cluster, t.number, t.at) t.* FROM unnest(told) t
      LEFT JOIN opsmon.slony_events o USING (database, cluster, number, at)
     WHERE (o.node, o.action, o.outcome, o.reason, o.detail) IS DISTINCT FROM
           (t.node, t.action, t.outcome, t.reason, t.detail)
        ON CONFLICT (database, cluster, number, at) DO UPDATE
       SET node = EXCLUDED.node, action = EXCLUDED.action, outcome = EXCLUDED.outcome,
           reason = EXCLUDED.reason, detail = EXCLUDED.detail;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written > 0 THEN
        DELETE FROM opsmon.slony_events e
         WHERE e.at < (SELECT o.at FROM opsmon.slony_events o ORDER BY o.at DESC
                       OFFSET 10000 LIMIT 1);
    END IF;
    RETURN written;
END
$$;
COMMENT ON FUNCTION opsmon.note_slony_deeds(opsmon.slony_events[]) IS
    'Writes deeds that are not known yet, or whose outcome has changed, into opsmon.slony_events';

-- The slons of a cluster restart, all of them, for twenty seconds when its nodes change: that is no
-- absence. So the grace is four times that of a consumer of WAL.
CREATE FUNCTION opsmon.slony_changes(
    told opsmon.slony_nodes[], at timestamptz, told_before timestamptz)
    RETURNS SETOF opsmon.consumer_change
    LANGUAGE sql VOLATILE ROWS 10 SET search_path = pg_catalog, pg_temp
    AS $$
    WITH seen AS MATERIALIZED (
        SELECT t, c, c.state AS before,
               CASE WHEN t.node IS NULL OR t.state = 'dropped' THEN false
                    WHEN t.is_local THEN t.local_slon_up
                    WHEN t.slon_backends > 0 THEN true
                    WHEN t.should_connect THEN false
                    WHEN t.local_slon_up THEN t.state <> 'silent'
               END AS connected -- NULL: nobody can tell
          FROM unnest(told) t
          FULL JOIN (SELECT c.* FROM opsmon.consumers c WHERE c.kind = 'slony_node') c
            ON c.name = t.name
         WHERE t.node IS NOT NULL
            OR (c.state <> 'dropped' AND EXISTS ( -- it was of a cluster that was told
                SELECT FROM opsmon.slony_nodes s, unnest(told) o
                 WHERE s.name = c.name AND s.database = o.database AND s.cluster = o.cluster))),
    judged AS MATERIALIZED (
        SELECT s.*, CASE
                   WHEN (s.t).node IS NULL THEN 'dropped'
                   WHEN (s.t).state = 'dropped' THEN 'lost'
                   WHEN s.connected THEN 'present'
                   WHEN s.connected IS NULL THEN coalesce(s.before, 'idle')
                   WHEN (s.t).never_confirmed AND coalesce(s.before, 'idle') = 'idle' THEN 'idle'
                   WHEN s.before = 'vanished' OR (s.before = 'missing' AND at >= (s.c).state_since
                        + 4 * current_setting('opsmon.consumer_grace')::interval) THEN 'vanished'
                   ELSE 'missing' END AS next
          FROM seen s)
    SELECT 'slony_node', coalesce((j.t).name, (j.c).name), j.before, (j.c).state_since, j.next,
           CASE WHEN j.next IS NOT DISTINCT FROM j.before
                     OR (j.next = 'vanished' AND j.before = 'missing')
                THEN (j.c).state_since ELSE at END,
           (j.c).kind IS NULL, (j.t).node IS NOT NULL AND (j.c).first_seen IS NULL,
           (j.c).recognised, false, NULL, NULL, (j.t).database, (j.c).application_name,
           (j.c).address, (j.c).username,
           CASE WHEN j.connected THEN at
                ELSE greatest((j.c).last_seen, (j.t).heartbeat_at,
                              CASE WHEN j.before = 'present' THEN told_before END) END,
           coalesce(at - make_interval(secs => (j.t).lag_seconds), (j.c).last_progress),
           (j.t).held_bytes, greatest((j.c).held_bytes_max, (j.t).held_bytes),
           (j.c).owner, (j.c).expected
      FROM judged j
     WHERE CASE WHEN (j.c).kind IS NULL
           THEN (SELECT count(*) < 1000 FROM opsmon.consumers l
                  WHERE l.updated_at IS NULL AND l.kind = 'slony_node')
           ELSE j.next IS DISTINCT FROM j.before
                OR ((j.t).node IS NOT NULL AND (j.c).first_seen IS NULL)
                OR (j.t).held_bytes > greatest(16777216, coalesce((j.c).held_bytes_max * 3 / 2, 0))
                OR (j.connected AND date_trunc('hour', at) IS DISTINCT FROM
                                    date_trunc('hour', (j.c).last_seen)) END;
    $$;
COMMENT ON FUNCTION opsmon.slony_changes(opsmon.slony_nodes[], timestamptz, timestamptz) IS
    'What opsmon.consumers does not say yet of the nodes that were told';

CREATE FUNCTION opsmon.forget_slony_nodes(at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    gone text[] := ARRAY(
        SELECT c.name FROM opsmon.consumers c
         WHERE c.kind = 'slony_node' AND c.updated_at IS NULL
           AND NOT EXISTS (SELECT FROM opsmon.slony_nodes s WHERE s.name = c.name)
           AND (coalesce(c.state_since, c.first_seen) < at - interval '90 days'
                OR (SELECT count(*) >= 1000 FROM opsmon.consumers l
                     WHERE l.kind = 'slony_node' AND l.updated_at IS NULL))
         ORDER BY c.state_since NULLS FIRST LIMIT 100);
BEGIN
    IF gone <> '{}' THEN
        DELETE FROM opsmon.consumers c
         WHERE c.kind = 'slony_node' AND c.updated_at IS NULL AND c.name = ANY (gone);
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.forget_slony_nodes(timestamptz) IS
    'Deletes learned nodes that are no nodes any more, after 90 days or to make room';

-- With the rights of the extension's owner, so that the sidecar needs no right on a table. Triggers
-- for people do not fire, as for the learner. Somebody who holds a lock is not waited for long.
CREATE FUNCTION opsmon.learn_slony(
    nodes jsonb, deeds jsonb DEFAULT '[]', OUT nodes_written int4, OUT deeds_written int4)
    RETURNS record LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET session_replication_role = replica
    SET lock_timeout = '1s'
    AS $$
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
    told opsmon.slony_nodes[];
    done opsmon.slony_events[];
    changes opsmon.consumer_change[];
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'a standby remembers nothing of Slony-I'
            USING ERRCODE = 'read_only_sql_transaction', HINT = 'Tell its primary.';
    END IF;
    told := opsmon.told_slony_nodes(nodes, at);
    done := opsmon.told_slony_deeds(deeds);
    PERFORM pg_advisory_xact_lock(hashtext('opsmon'), hashtext('slony'));
    changes := ARRAY(SELECT n FROM opsmon.slony_changes(told, at, opsmon.live_slony_told()) n);
    -- What somebody is changing right now waits until it is told again.
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
    END IF;
    nodes_written := opsmon.note_slony_nodes(told, at);
    deeds_written := opsmon.note_slony_deeds(done);
    PERFORM opsmon.forget_slony_nodes(at);
    PERFORM opsmon.slony_was_told();
END
$$;
COMMENT ON FUNCTION opsmon.learn_slony(jsonb, jsonb) IS
    'Told by the sidecar: all nodes of all Slony-I clusters it can read, and deeds of its remedy. Returns how many rows were worth writing';

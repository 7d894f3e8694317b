-- The timeline: what happened between two moments, in one ordered list, in words. Each source it is
-- made of has a function of its own.

CREATE FUNCTION opsmon.timeline_of_server(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    WITH epoch AS (
        SELECT e.*, lag(e.timeline) OVER w AS old_timeline,
               lag(e.system_identifier) OVER w = e.system_identifier AS same_system,
               lag(e.server_started_at) OVER w IS DISTINCT FROM e.server_started_at AS started
          FROM opsmon.history_epochs e WINDOW w AS (ORDER BY e.key)
    )
    SELECT e.server_started_at, 'server',
           'started, or came back after a crash' ||
           CASE WHEN NOT e.same_system THEN '; it is another cluster than before' ELSE '' END
      FROM epoch e WHERE e.started AND e.server_started_at >= since AND e.server_started_at < until
    UNION ALL
    SELECT e.first_sampled_at, 'server',
           format('promoted: timeline %s -> %s', e.old_timeline, e.timeline)
      FROM epoch e WHERE e.timeline > e.old_timeline AND e.same_system
       AND e.first_sampled_at >= since AND e.first_sampled_at < until
    UNION ALL
    SELECT e.archiver_stats_reset, 'archiver', 'its statistics were reset'
      FROM epoch e WHERE NOT e.started
       AND e.archiver_stats_reset >= since AND e.archiver_stats_reset < until
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_server(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): starts, promotions, resets';

CREATE FUNCTION opsmon.timeline_of_guard(
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
COMMENT ON FUNCTION opsmon.timeline_of_guard(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): the ledger in words';

CREATE FUNCTION opsmon.timeline_of_consumers(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT e.at, 'consumer', concat_ws(' ', e.kind, e.name) || ': ' || e.event || '; ' || e.detail
                             || coalesce('; it held ' || pg_size_pretty(e.held_bytes), '')
      FROM opsmon.consumer_events e WHERE e.at >= since AND e.at < until
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_consumers(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): consumers that come and go';

CREATE FUNCTION opsmon.timeline_of_slony(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT e.at, 'slony', concat_ws(' ', e.cluster, 'in', e.database, 'node ' || e.node)
                          || concat_ws('; ', format(': %s %s', e.action, e.outcome), e.reason)
      FROM opsmon.slony_events e WHERE e.at >= since AND e.at < until
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_slony(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): what was done about nodes of Slony-I; those that come and go are among the consumers';

-- Slots and walsenders that come, go or change, from one sample to the next. Arrays are compared as
-- a whole first: in most samples nothing has changed.
CREATE FUNCTION opsmon.timeline_of_slots(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET jit = off
    AS $$
    WITH step AS (
        SELECT s.sampled_at, s.slots, s.slot_active, s.slot_wal_status,
               lag(s.slots) OVER w AS old_slots, lag(s.slot_active) OVER w AS old_active,
               lag(s.slot_wal_status) OVER w AS old_wal_status
          FROM opsmon.history_samples s WHERE s.sampled_at >= since AND s.sampled_at < until
        WINDOW w AS (ORDER BY s.sampled_at)
    ), change AS (
        SELECT s.sampled_at, c.*
          FROM step s,
               LATERAL (SELECT coalesce(o.key, n.key) AS key, o.key IS NULL AS came,
                               n.key IS NULL AS went, o.active AS old_active, n.active,
                               o.wal_status AS old_wal_status, n.wal_status
                          FROM unnest(s.old_slots, s.old_active, s.old_wal_status)
                               o(key, active, wal_status)
                          FULL JOIN unnest(s.slots, s.slot_active, s.slot_wal_status)
                               n(key, active, wal_status) ON n.key = o.key
                         WHERE o.key IS NULL OR n.key IS NULL
                            OR (o.active, o.wal_status)
                               IS DISTINCT FROM (n.active, n.wal_status)) c
         WHERE (s.slots, s.slot_active, s.slot_wal_status)
               IS DISTINCT FROM (s.old_slots, s.old_active, s.old_wal_status)
           AND s.slots IS NOT NULL AND s.old_slots IS NOT NULL
    )
    SELECT c.sampled_at, 'slot',
           format('%s ', n.name) || CASE
               WHEN c.went THEN 'is gone'
               WHEN c.came THEN concat_ws(', ', 'is there',
                                          CASE WHEN c.active THEN 'used' ELSE 'not used' END,
                                          nullif(w.name, ''))
               ELSE concat_ws(', ',
                       CASE WHEN c.active AND NOT c.old_active THEN 'is used again'
                            WHEN c.old_active AND NOT c.active THEN 'is not used any more' END,
                       CASE WHEN c.wal_status <> c.old_wal_status
                            THEN format('has its WAL %s, which was %s',
                                        coalesce(nullif(w.name, ''), 'not reserved'),
                                        coalesce(nullif(o.name, ''), 'not reserved')) END)
           END
      FROM change c
      LEFT JOIN opsmon.history_names n ON n.key = c.key
      LEFT JOIN opsmon.history_names w ON w.key = c.wal_status
      LEFT JOIN opsmon.history_names o ON o.key = c.old_wal_status
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_slots(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): slots that come, go, are used or not, and what becomes of their WAL';

CREATE FUNCTION opsmon.timeline_of_replication(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET jit = off
    AS $$
    WITH step AS (
        SELECT s.sampled_at, s.consumers, s.consumer_address, s.consumer_state,
               lag(s.consumers) OVER w AS old_consumers,
               lag(s.consumer_address) OVER w AS old_address,
               lag(s.consumer_state) OVER w AS old_state
          FROM opsmon.history_samples s WHERE s.sampled_at >= since AND s.sampled_at < until
        WINDOW w AS (ORDER BY s.sampled_at)
    ), change AS (
        SELECT s.sampled_at, c.*
          FROM step s,
               LATERAL (SELECT coalesce(o.key, n.key) AS key,
                               coalesce(o.address, n.address) AS address, o.key IS NULL AS came,
                               n.key IS NULL AS went, o.state AS old_state, n.state
                          FROM (SELECT u.key, u.address, min(u.state) AS state
                                  FROM unnest(s.old_consumers, s.old_address, s.old_state)
                                       u(key, address, state)
                                 GROUP BY 1, 2) o
                          FULL JOIN (SELECT u.key, u.address, min(u.state) AS state
                                       FROM unnest(s.consumers, s.consumer_address,
                                                   s.consumer_state) u(key, address, state)
                                      GROUP BY 1, 2) n
                            ON n.key = o.key AND n.address = o.address
                         WHERE o.key IS NULL OR n.key IS NULL OR o.state <> n.state) c
         WHERE s.old_consumers IS NOT NULL
           AND (s.consumers, s.consumer_address, s.consumer_state)
               IS DISTINCT FROM (s.old_consumers, s.old_address, s.old_state)
    )
    SELECT c.sampled_at, 'replication',
           coalesce(nullif(n.name, ''), 'somebody without a name')
           || coalesce(' (' || nullif(a.name, '') || ')', '')
           || CASE WHEN c.went THEN ' is not connected any more'
                   WHEN c.came THEN ' is connected: ' || s.name
                   ELSE format(': %s -> %s', o.name, s.name) END
      FROM change c
      LEFT JOIN opsmon.history_names n ON n.key = c.key
      LEFT JOIN opsmon.history_names a ON a.key = c.address
      LEFT JOIN opsmon.history_names s ON s.key = c.state
      LEFT JOIN opsmon.history_names o ON o.key = c.old_state
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_replication(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): walsenders that come, go or change their state';

-- An archiver that begins to fail or to work again, and stretches without samples.
CREATE FUNCTION opsmon.timeline_of_samples(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET jit = off
    AS $$
    WITH step AS (
        SELECT s.sampled_at, s.sampled_at - lag(s.sampled_at) OVER w AS pause,
               s.failed_count, lag(s.epoch) OVER w = s.epoch AS same_epoch,
               s.failed_count - lag(s.failed_count) OVER w AS failed,
               s.archived_count - lag(s.archived_count) OVER w AS archived
          FROM opsmon.history_samples s WHERE s.sampled_at >= since AND s.sampled_at < until
        WINDOW w AS (ORDER BY s.sampled_at)
    ), archiver AS (
        SELECT s.*, lag(s.failed > 0) OVER (ORDER BY s.sampled_at) AS was_failing
          FROM step s WHERE s.same_epoch AND (s.failed > 0 OR s.archived > 0)
    ), usual AS (
        SELECT greatest(interval '1 minute',
                        4 * percentile_disc(0.5) WITHIN GROUP (ORDER BY s.pause)) AS pause
          FROM step s
    )
    SELECT a.sampled_at, 'archiver',
           CASE WHEN a.failed > 0 THEN format('fails: %s failures so far', a.failed_count)
                ELSE 'works again' END
      FROM archiver a
     WHERE (a.failed > 0) <> coalesce(a.was_failing, false)
    UNION ALL
    SELECT s.sampled_at, 'history', 'no sample was written for ' || date_trunc('second', s.pause)
      FROM step s, usual u WHERE s.pause > u.pause
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_samples(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): the archiver, and stretches without samples';

-- From samples over three hours at most, from minutes over two days, else from hours; what is not
-- rolled up yet from the finer.
CREATE FUNCTION opsmon.timeline_of_extremes(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan SET jit = off
    AS $$
DECLARE
    minutes_from timestamptz := since;
    samples_from timestamptz := since;
BEGIN
    IF until - since > interval '2 days' THEN
        SELECT coalesce(max(h.at) + interval '1 hour', since) INTO minutes_from
          FROM opsmon.history_hours h WHERE h.at >= since AND h.at < until;
    END IF;
    IF until - since > interval '3 hours' THEN
        SELECT coalesce(max(m.at) + interval '1 minute', minutes_from) INTO samples_from
          FROM opsmon.history_minutes m WHERE m.at >= minutes_from AND m.at < until;
    END IF;
    RETURN QUERY
    WITH point AS (
        SELECT p.sampled_at AS at, p.measure, p.key, p.value AS lowest, p.value AS highest
          FROM opsmon.history_points p
         WHERE p.measure IN (3, 5, 6) AND p.sampled_at >= samples_from AND p.sampled_at < until
           AND p.value IS NOT NULL
        UNION ALL
        SELECT r.at, v.series % 16, v.series / 16, v.lowest, v.highest
          FROM (SELECT m.at, m.series, m.lowest, m.highest FROM opsmon.history_minutes m
                 WHERE m.at >= minutes_from AND m.at < samples_from
                UNION ALL
                SELECT h.at, h.series, h.lowest, h.highest FROM opsmon.history_hours h
                 WHERE h.at >= since AND h.at < minutes_from) r,
               unnest(r.series, r.lowest, r.highest) v(series, lowest, highest)
         WHERE v.series % 16 IN (3, 5, 6)
    ), fullest AS (
        SELECT DISTINCT ON (p.key) p.at, p.key, p.lowest FROM point p WHERE p.measure = 3
         ORDER BY p.key, p.lowest, p.at
    ), furthest AS (
        SELECT DISTINCT ON (p.measure, p.key) p.at, p.measure, p.key, p.highest
          FROM point p WHERE p.measure IN (5, 6) ORDER BY p.measure, p.key, p.highest DESC, p.at
    ), ranked AS (
        SELECT f.*, row_number() OVER (PARTITION BY f.measure ORDER BY f.highest DESC) AS place
          FROM furthest f WHERE f.highest > 0
    )
    SELECT f.at, 'volume', format('%s: least free, %s', n.name, pg_size_pretty(f.lowest))
      FROM fullest f LEFT JOIN opsmon.history_names n ON n.key = f.key
    UNION ALL
    SELECT r.at, CASE r.measure WHEN 5 THEN 'slot' ELSE 'replication' END,
           format(CASE r.measure WHEN 5 THEN '%s held the most: %s'
                                 ELSE '%s was furthest behind: %s' END,
                  n.name, pg_size_pretty(r.highest))
      FROM ranked r LEFT JOIN opsmon.history_names n ON n.key = r.key
     WHERE r.place <= 10;
END
$$;
COMMENT ON FUNCTION opsmon.timeline_of_extremes(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): when each volume was fullest, and ten slots and consumers at their worst';

CREATE FUNCTION opsmon.timeline(
    since timestamptz, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    rows_max int4 DEFAULT 1000, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    -- A little more than is said: `until` is a later clock than the now() `since` was made from, and
    -- where clocks are put back a month is an hour longer. Nothing is subtracted from infinity.
    IF (CASE WHEN isfinite(since) AND isfinite(until)
             THEN since < until AND until - since <= interval '31 days 2 hours' END) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'the timeline goes from a moment to a later one, at most 31 days after it'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'For example: SELECT * FROM opsmon.timeline(now() - interval ''1 day'').';
    END IF;
    IF rows_max IS NULL OR rows_max NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION 'rows_max must be from 1 to 100000, not %', rows_max
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    WITH line AS (
        SELECT l.*, row_number() OVER (ORDER BY l.at, l.what, l.detail) AS nth
          FROM (SELECT * FROM opsmon.timeline_of_server(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_guard(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_consumers(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_slony(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_slots(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_replication(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_samples(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_extremes(since, until)) l
    )
    SELECT t.at, t.what, t.detail
      FROM (SELECT l.* FROM line l WHERE l.nth <= rows_max
            UNION ALL
            SELECT max(l.at), 'timeline',
                   format('%s more lines up to then: ask for less time, or for more rows',
                          count(*)),
                   rows_max + 1
              FROM line l WHERE l.nth > rows_max HAVING count(*) > 0) t
     ORDER BY t.nth;
END
$$;
COMMENT ON FUNCTION opsmon.timeline(timestamptz, timestamptz, int4) IS
    'What happened between two moments, in order and in words: SELECT * FROM opsmon.timeline(now() - interval ''1 day'')';

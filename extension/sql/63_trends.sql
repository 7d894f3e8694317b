-- Trends: the history over any range, in at most about 200 buckets. Samples, minutes or hours are
-- read, whichever is fine enough, and what is not rolled up yet from the finer one.

CREATE FUNCTION opsmon.trend_width(range interval) RETURNS interval
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    width interval;
BEGIN
    IF range IS NULL OR range < interval '1 minute' OR range > interval '10 years' THEN
        RAISE EXCEPTION 'the range must be from one minute to ten years, not %',
            coalesce(range::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'For example: SELECT * FROM opsmon.wal_trend(''1 day'').';
    END IF;
    SELECT w INTO width
      FROM unnest(ARRAY['1s', '2s', '5s', '10s', '15s', '30s', '1min', '2min', '5min', '10min',
                        '15min', '30min', '1h', '2h', '3h', '6h', '12h', '1d', '2d', '7d', '14d',
                        '30d']::interval[]) w
     WHERE extract(epoch FROM range) / extract(epoch FROM w) <= 200 ORDER BY w LIMIT 1;
    RETURN width;
END
$$;
COMMENT ON FUNCTION opsmon.trend_width(interval) IS
    'Width of the buckets a trend over such a range has: 200 at most';

CREATE FUNCTION opsmon.history_key(kind text, name text) RETURNS int4
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    key int4;
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION 'which %? its name must not be NULL', kind
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT n.key INTO key FROM opsmon.history_names n WHERE n.name = history_key.name;
    IF key IS NULL THEN
        RAISE EXCEPTION 'there is no % "%" in the history', kind, name
            USING ERRCODE = 'undefined_object',
                  HINT = format('SELECT DISTINCT %s WHERE sampled_at > now() - interval ''1 day'';',
                                CASE kind WHEN 'slot' THEN 'slot_name FROM opsmon.history_slots'
                                          WHEN 'volume' THEN 'volume FROM opsmon.history_volumes'
                                          WHEN 'consumer'
                                          THEN 'consumer FROM opsmon.history_replication'
                                          ELSE 'state FROM opsmon.history_activity' END);
    END IF;
    RETURN key;
END
$$;
COMMENT ON FUNCTION opsmon.history_key(text, text) IS
    'Key of a name that occurs in the history; an error for one that does not';

-- The steps a trend is made of: from hours, minutes and samples, each where the coarser ends.
CREATE FUNCTION opsmon.history_steps(
    wanted_measure int4, wanted_key int4, width interval, since timestamptz, until timestamptz)
    RETURNS TABLE (at timestamptz, last_sampled_at timestamptz, samples int4, current_lsn pg_lsn,
                   archived_count int8, failed_count int8, epoch int4, lowest int8, mean float8,
                   highest int8)
    LANGUAGE plpgsql STABLE ROWS 1500 SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan SET jit = off
    AS $$
DECLARE
    wanted CONSTANT int4 := wanted_key * 16 + wanted_measure;
    reached timestamptz := since;
    first_sample timestamptz;
    first_minute timestamptz;
    from_minutes bool;
BEGIN
    IF until IS NULL OR NOT isfinite(until) THEN
        RAISE EXCEPTION 'the range must end at a moment, not at %', coalesce(until::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Where the finer rows are gone already, the coarser are all there is.
    SELECT coalesce(min(s.sampled_at), until) - interval '1 minute' INTO first_sample
      FROM opsmon.history_samples s WHERE s.sampled_at >= since AND s.sampled_at < until;
    SELECT coalesce(min(m.at), until) - interval '1 hour' INTO first_minute
      FROM opsmon.history_minutes m WHERE m.at >= since AND m.at < until;
    from_minutes := width >= interval '1 minute' OR EXISTS (
        SELECT FROM opsmon.history_minutes m WHERE m.at >= since AND m.at < first_sample);
    IF width >= interval '1 hour' OR EXISTS (
        SELECT FROM opsmon.history_hours h
         WHERE h.at >= since AND h.at < least(first_minute, first_sample)) THEN
        RETURN QUERY
        SELECT h.at, h.last_sampled_at, h.samples, h.current_lsn, h.archived_count, h.failed_count,
               h.epoch, h.lowest[p.i], h.mean[p.i], h.highest[p.i]
          FROM opsmon.history_hours h, LATERAL (SELECT array_position(h.series, wanted) AS i) p
         WHERE h.at >= since AND h.at < until;
        SELECT coalesce(max(h.at) + interval '1 hour', reached) INTO reached
          FROM opsmon.history_hours h WHERE h.at >= since AND h.at < until;
    END IF;
    IF from_minutes THEN
        RETURN QUERY
        SELECT m.at, m.last_sampled_at, m.samples, m.current_lsn, m.archived_count, m.failed_count,
               m.epoch, m.lowest[p.i], m.mean[p.i], m.highest[p.i]
          FROM opsmon.history_minutes m, LATERAL (SELECT array_position(m.series, wanted) AS i) p
         WHERE m.at >= reached AND m.at < until;
        SELECT coalesce(max(m.at) + interval '1 minute', reached) INTO reached
          FROM opsmon.history_minutes m WHERE m.at >= reached AND m.at < until;
    END IF;
    RETURN QUERY
    SELECT s.sampled_at, s.sampled_at, 1, s.current_lsn, s.archived_count, s.failed_count, s.epoch,
           p.lowest, p.mean, p.highest
      FROM opsmon.history_samples s
      LEFT JOIN (SELECT h.sampled_at, min(h.value) AS lowest, avg(h.value)::float8 AS mean,
                        max(h.value) AS highest
                   FROM opsmon.history_points h
                  WHERE h.measure = wanted_measure AND h.key = wanted_key
                    AND h.sampled_at >= reached AND h.sampled_at < until
                  GROUP BY 1) p ON p.sampled_at = s.sampled_at
     WHERE s.sampled_at >= reached AND s.sampled_at < until;
END
$$;
COMMENT ON FUNCTION opsmon.history_steps(int4, int4, interval, timestamptz, timestamptz) IS
    'One series of the history in hours, minutes and samples; what the trends are made of';

CREATE FUNCTION opsmon.series_trend(
    measure int4, key int4, range interval, until timestamptz,
    OUT at timestamptz, OUT samples int8, OUT lowest int8, OUT mean float8, OUT highest int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    WITH bucket AS MATERIALIZED (SELECT opsmon.trend_width(range) AS width)
    SELECT date_bin(b.width, s.at, '2000-01-01 00:00+00'), sum(s.samples),
           min(s.lowest), sum(s.mean * s.samples) / sum(s.samples), max(s.highest)
      FROM bucket b, opsmon.history_steps(measure, key, b.width, until - range, until) s
     WHERE s.lowest IS NOT NULL
     GROUP BY 1 ORDER BY 1
    $$;
COMMENT ON FUNCTION opsmon.series_trend(int4, int4, interval, timestamptz) IS
    'One number over a range, by its key in history_names and its number in history_measures';

-- Rates only where two steps are of one server and one timeline; counts only of one epoch.
CREATE FUNCTION opsmon.wal_trend(
    range interval, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT wal_bytes int8, OUT wal_bytes_per_second_min int8,
    OUT wal_bytes_per_second_avg int8, OUT wal_bytes_per_second_max int8,
    OUT directory_bytes_min int8, OUT directory_bytes_avg int8, OUT directory_bytes_max int8,
    OUT archived int8, OUT failed int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    WITH bucket AS MATERIALIZED (SELECT opsmon.trend_width(range) AS width), step AS (
        SELECT s.*, b.width, lag(s.last_sampled_at) OVER w AS before_at,
               lag(s.current_lsn) OVER w AS before_lsn,
               lag(s.archived_count) OVER w AS before_archived,
               lag(s.failed_count) OVER w AS before_failed,
               lag(s.epoch) OVER w = s.epoch AS same_epoch,
               lag(e.system_identifier) OVER w = e.system_identifier
               AND lag(e.timeline) OVER w = e.timeline AS same_wal
          FROM bucket b CROSS JOIN opsmon.history_steps(0, 0, b.width, until - range, until) s
          LEFT JOIN opsmon.history_epochs e ON e.key = s.epoch
        WINDOW w AS (ORDER BY s.last_sampled_at)
    ), moved AS (
        SELECT s.*, extract(epoch FROM s.last_sampled_at - s.before_at)::float8 AS seconds,
               CASE WHEN s.same_wal AND s.current_lsn >= s.before_lsn
                    THEN (s.current_lsn - s.before_lsn)::int8 END AS bytes,
               CASE WHEN s.same_epoch THEN s.archived_count - s.before_archived END AS archived,
               CASE WHEN s.same_epoch THEN s.failed_count - s.before_failed END AS failed
          FROM step s
    )
    SELECT date_bin(m.width, m.at, '2000-01-01 00:00+00'), sum(m.samples),
           sum(m.bytes)::int8, min(m.bytes / nullif(m.seconds, 0))::int8,
           (sum(m.bytes) / nullif(sum(m.seconds) FILTER (WHERE m.bytes IS NOT NULL), 0))::int8,
           max(m.bytes / nullif(m.seconds, 0))::int8, min(m.lowest),
           (sum(m.mean * m.samples) / sum(m.samples) FILTER (WHERE m.mean IS NOT NULL))::int8,
           max(m.highest), sum(m.archived)::int8, sum(m.failed)::int8
      FROM moved m GROUP BY 1 ORDER BY 1
    $$;
COMMENT ON FUNCTION opsmon.wal_trend(interval, timestamptz) IS
    'WAL written, size of pg_wal and the archiver over a range: SELECT * FROM opsmon.wal_trend(''1 day'')';

CREATE FUNCTION opsmon.volume_trend(
    range interval, volume text DEFAULT 'wal', until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT free_bytes_min int8, OUT free_bytes_avg int8,
    OUT free_bytes_max int8, OUT size_bytes int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT f.at, f.samples, f.lowest, f.mean::int8, f.highest, s.highest
      FROM opsmon.series_trend(3, opsmon.history_key('volume', volume), range, until) f
      LEFT JOIN opsmon.series_trend(2, opsmon.history_key('volume', volume), range, until) s
             ON s.at = f.at
     ORDER BY 1
    $$;
COMMENT ON FUNCTION opsmon.volume_trend(interval, text, timestamptz) IS
    'Room on a volume over a range: SELECT * FROM opsmon.volume_trend(''7 days'', ''data'')';

CREATE FUNCTION opsmon.slot_trend(
    slot_name text, range interval, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT retained_bytes_min int8, OUT retained_bytes_avg int8,
    OUT retained_bytes_max int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT t.at, t.samples, t.lowest, t.mean::int8, t.highest
      FROM opsmon.series_trend(5, opsmon.history_key('slot', slot_name), range, until) t
    $$;
COMMENT ON FUNCTION opsmon.slot_trend(text, interval, timestamptz) IS
    'WAL a slot held back over a range; no row where it held none';

CREATE FUNCTION opsmon.replication_trend(
    consumer text, range interval, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT lag_bytes_min int8, OUT lag_bytes_avg int8,
    OUT lag_bytes_max int8, OUT unsent_bytes_max int8, OUT replay_lag_avg interval,
    OUT replay_lag_max interval)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT u.at, u.samples, l.lowest, l.mean::int8, l.highest, u.highest,
           r.mean * interval '1 microsecond', r.highest * interval '1 microsecond'
      FROM opsmon.series_trend(7, opsmon.history_key('consumer', consumer), range, until) u
      LEFT JOIN opsmon.series_trend(6, opsmon.history_key('consumer', consumer), range, until) l
             ON l.at = u.at
      LEFT JOIN opsmon.series_trend(8, opsmon.history_key('consumer', consumer), range, until) r
             ON r.at = u.at
     ORDER BY 1
    $$;
COMMENT ON FUNCTION opsmon.replication_trend(text, interval, timestamptz) IS
    'How far a consumer was behind over a range, while it was connected; NULL where it did not say';

CREATE FUNCTION opsmon.activity_trend(
    range interval, state text DEFAULT NULL, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT sessions_min int8, OUT sessions_avg float8,
    OUT sessions_max int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT t.at, t.samples, t.lowest, t.mean, t.highest
      FROM opsmon.series_trend(9, CASE WHEN state IS NULL THEN 0
                                       ELSE opsmon.history_key('state', state) END, range, until) t
    $$;
COMMENT ON FUNCTION opsmon.activity_trend(interval, text, timestamptz) IS
    'Number of backends over a range, of one state or of all';

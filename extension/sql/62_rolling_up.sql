-- Samples become minutes, minutes become hours, and what is too old goes. Called by the sampler
-- once a minute, after everything in memory is written.

CREATE FUNCTION opsmon.roll_up_minutes(since timestamptz, until timestamptz) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    WITH minute AS (
        SELECT date_bin('1 minute', s.sampled_at, '2000-01-01 00:00+00') AS at,
               max(s.sampled_at) AS last_sampled_at, count(*)::int4 AS samples
          FROM opsmon.history_samples s
         WHERE s.sampled_at >= since AND s.sampled_at < until GROUP BY 1
    ), value AS (
        SELECT date_bin('1 minute', p.sampled_at, '2000-01-01 00:00+00') AS at,
               p.key * 16 + p.measure AS series, min(p.value) AS lowest,
               avg(p.value)::float8 AS mean, max(p.value) AS highest,
               (array_agg(p.value ORDER BY p.sampled_at DESC))[1] AS latest
          FROM opsmon.history_points p
         WHERE p.sampled_at >= since AND p.sampled_at < until AND p.value IS NOT NULL
         GROUP BY 1, 2
    ), packed AS (
        SELECT v.at, array_agg(v.series ORDER BY v.series) AS series,
               array_agg(v.lowest ORDER BY v.series) AS lowest,
               array_agg(v.mean ORDER BY v.series) AS mean,
               array_agg(v.highest ORDER BY v.series) AS highest,
               array_agg(v.latest ORDER BY v.series) AS latest
          FROM value v GROUP BY v.at
    )
    INSERT INTO opsmon.history_minutes
        (at, last_sampled_at, current_lsn, archived_count, failed_count, epoch, samples, series,
         lowest, mean, highest, latest)
    SELECT m.at, m.last_sampled_at, s.current_lsn, s.archived_count, s.failed_count, s.epoch,
           m.samples, coalesce(p.series, '{}'), coalesce(p.lowest, '{}'), coalesce(p.mean, '{}'),
           coalesce(p.highest, '{}'), coalesce(p.latest, '{}')
      FROM minute m JOIN opsmon.history_samples s ON s.sampled_at = m.last_sampled_at
      LEFT JOIN packed p ON p.at = m.at
     WHERE NOT EXISTS (SELECT FROM opsmon.history_minutes h WHERE h.at = m.at)
    $$;
COMMENT ON FUNCTION opsmon.roll_up_minutes(timestamptz, timestamptz) IS
    'Rolls the samples of whole minutes up, but for minutes that are there already';

CREATE FUNCTION opsmon.roll_up_hours(since timestamptz, until timestamptz) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    WITH hour AS (
        SELECT date_bin('1 hour', m.at, '2000-01-01 00:00+00') AS at, max(m.at) AS last_at,
               sum(m.samples)::int4 AS samples
          FROM opsmon.history_minutes m WHERE m.at >= since AND m.at < until GROUP BY 1
    ), value AS (
        SELECT date_bin('1 hour', m.at, '2000-01-01 00:00+00') AS at, v.series,
               min(v.lowest) AS lowest, sum(v.mean * m.samples) / sum(m.samples) AS mean,
               max(v.highest) AS highest, (array_agg(v.latest ORDER BY m.at DESC))[1] AS latest
          FROM opsmon.history_minutes m,
               unnest(m.series, m.lowest, m.mean, m.highest, m.latest)
               v(series, lowest, mean, highest, latest)
         WHERE m.at >= since AND m.at < until GROUP BY 1, 2
    ), packed AS (
        SELECT v.at, array_agg(v.series ORDER BY v.series) AS series,
               array_agg(v.lowest ORDER BY v.series) AS lowest,
               array_agg(v.mean ORDER BY v.series) AS mean,
               array_agg(v.highest ORDER BY v.series) AS highest,
               array_agg(v.latest ORDER BY v.series) AS latest
          FROM value v GROUP BY v.at
    )
    INSERT INTO opsmon.history_hours
        (at, last_sampled_at, current_lsn, archived_count, failed_count, epoch, samples, series,
         lowest, mean, highest, latest)
    SELECT h.at, m.last_sampled_at, m.current_lsn, m.archived_count, m.failed_count, m.epoch,
           h.samples, coalesce(p.series, '{}'), coalesce(p.lowest, '{}'), coalesce(p.mean, '{}'),
           coalesce(p.highest, '{}'), coalesce(p.latest, '{}')
      FROM hour h JOIN opsmon.history_minutes m ON m.at = h.last_at
      LEFT JOIN packed p ON p.at = h.at
     WHERE NOT EXISTS (SELECT FROM opsmon.history_hours o WHERE o.at = h.at)
    $$;
COMMENT ON FUNCTION opsmon.roll_up_hours(timestamptz, timestamptz) IS
    'Rolls the minutes of whole hours up, but for hours that are there already';

-- Whatever was not rolled up yet, at most two hours of it a call: every minute before the one of
-- the newest sample is complete. True when nothing is left.
CREATE FUNCTION opsmon.roll_up_history() RETURNS bool
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    origin CONSTANT timestamptz := '2000-01-01 00:00+00';
    wall CONSTANT timestamptz := clock_timestamp();
    newest timestamptz;
    since timestamptz;
    until timestamptz;
    day date;
BEGIN
    SELECT max(sampled_at) INTO newest FROM opsmon.history_samples WHERE sampled_at <= wall;
    newest := date_bin('1 minute', newest, origin);
    SELECT max(at) + interval '1 minute' INTO since FROM opsmon.history_minutes WHERE at <= wall;
    SELECT date_bin('1 minute', min(sampled_at), origin) INTO since
      FROM opsmon.history_samples
     WHERE sampled_at >= coalesce(since, '-infinity') AND sampled_at < newest;
    IF since IS NULL THEN
        RETURN true;
    END IF;
    until := least(newest, since + interval '2 hours');
    FOR day IN SELECT DISTINCT d FROM unnest(ARRAY[(since AT TIME ZONE 'UTC')::date,
                            ((until - interval '1 minute') AT TIME ZONE 'UTC')::date]) d LOOP
        PERFORM opsmon.make_history_day('history_minutes', day);
    END LOOP;
    PERFORM opsmon.roll_up_minutes(since, until);
    SELECT max(at) + interval '1 hour' INTO since FROM opsmon.history_hours WHERE at <= wall;
    SELECT date_bin('1 hour', min(at), origin) INTO since
      FROM opsmon.history_minutes WHERE at >= coalesce(since, '-infinity');
    IF since < date_bin('1 hour', until, origin) THEN
        PERFORM opsmon.roll_up_hours(since, date_bin('1 hour', until, origin));
    END IF;
    RETURN until = newest;
END
$$;
COMMENT ON FUNCTION opsmon.roll_up_history() IS
    'Rolls up what is not yet; true when nothing is left. Called by the sampler';

-- By what is there, not by the clock: names go when all history is younger than they are.
CREATE FUNCTION opsmon.forget_history_names() RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    oldest date;
BEGIN
    SELECT least((SELECT min(day) FROM opsmon.history_days('history_samples')),
                 (SELECT min(day) FROM opsmon.history_days('history_minutes')),
                 (SELECT (min(at) AT TIME ZONE 'UTC')::date FROM opsmon.history_hours)) INTO oldest;
    DELETE FROM opsmon.history_names WHERE seen_on < oldest - 1;
    DELETE FROM opsmon.history_epochs e
     WHERE EXISTS (SELECT FROM opsmon.history_epochs n
                    WHERE n.key > e.key
                      AND (n.first_sampled_at AT TIME ZONE 'UTC')::date < oldest - 1);
END
$$;
COMMENT ON FUNCTION opsmon.forget_history_names() IS
    'Forgets names and epochs that are older than all history; called by the sampler';

CREATE FUNCTION opsmon.tidy_history(retention_minutes int4) RETURNS bool
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wall CONSTANT timestamptz := clock_timestamp();
    keep_days CONSTANT int4 := (retention_minutes + 1439) / 1440;
    complete CONSTANT bool := opsmon.roll_up_history();
BEGIN
    BEGIN
        PERFORM opsmon.make_history_day(parent, (wall AT TIME ZONE 'UTC')::date + 1)
           FROM unnest(ARRAY['history_samples', 'history_minutes']) parent;
    EXCEPTION WHEN lock_not_available THEN
        NULL; -- there is a day left for it
    END;
    IF opsmon.drop_old_history_day('history_samples', least(keep_days, 30)) THEN
        RETURN false; -- one a call: there may be more
    END IF;
    IF opsmon.drop_old_history_day('history_minutes', least(keep_days, 180)) THEN
        RETURN false;
    END IF;
    DELETE FROM opsmon.history_hours
     WHERE at < wall - make_interval(days => keep_days)
       AND at < (SELECT h.at FROM opsmon.history_hours h WHERE h.at <= wall
                  ORDER BY h.at DESC OFFSET keep_days * 24 LIMIT 1);
    PERFORM opsmon.forget_history_names();
    RETURN complete;
END
$$;
COMMENT ON FUNCTION opsmon.tidy_history(int4) IS
    'Rolls the history up, makes tomorrow''s partitions and drops one that is too old; false when there is more. Called by the sampler';

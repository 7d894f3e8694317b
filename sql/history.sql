-- The history: written by the sampler, rolled up, dropped by the day, read as trends and as a
-- timeline. (What happens over days and restarts is tests/tap's.)
\set SHOW_CONTEXT never
DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT count(*) > 1 FROM opsmon.history_wal)
              AND (SELECT recorder = 'recording' FROM opsmon.status);
        COMMIT; -- a transaction does not see a day that is made after it has looked
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
SELECT recorder, recorder_failures, recorder_last_error FROM opsmon.status;
SELECT count(*) > 1 AS wal, count(*) = count(DISTINCT sampled_at) AS no_sample_twice,
       bool_and(directory_bytes > 0) AS bytes FROM opsmon.history_wal;
SELECT volume, bool_and(free_bytes > 0) AS free FROM opsmon.history_volumes GROUP BY 1 ORDER BY 1;
SELECT count(*) > 0 AS activity, bool_and(sessions > 0) AS sessions FROM opsmon.history_activity;

-- the same in memory
SELECT count(*) > 1 AS wal, bool_and(current_lsn IS NOT NULL) AS lsn FROM opsmon.recent_wal;
SELECT volume, bool_and(free_bytes > 0) AS free FROM opsmon.recent_volumes GROUP BY 1 ORDER BY 1;
SELECT count(*) > 0 AS activity, bool_and(sessions > 0) AS sessions FROM opsmon.recent_activity;
SELECT count(*) AS memory_and_tables_differ
  FROM opsmon.recent_wal r JOIN opsmon.history_wal h USING (sampled_at)
 WHERE (r.*) IS DISTINCT FROM (h.*);
SELECT * FROM opsmon.live_samples(-1);
SELECT * FROM opsmon.live_samples(0, 0);

-- a made-up day long ago: a slot that grows, loses its WAL and is dropped, an archiver that fails
BEGIN;
SELECT opsmon.make_history_day('history_samples', '2020-02-29');
SELECT opsmon.make_history_day('history_samples', '2020-02-29');
SELECT count(*) AS of_the_extension FROM pg_depend
 WHERE objid = 'opsmon.history_samples_20200229'::regclass AND deptype = 'e';
SELECT has_table_privilege('pg_monitor', 'opsmon.history_samples_20200229', 'SELECT') AS pg_monitor,
       obj_description('opsmon.history_samples_20200229'::regclass);
INSERT INTO opsmon.history_samples
SELECT '2020-02-29 10:00+00'::timestamptz + i * interval '10 seconds', '0/1000000'::pg_lsn + i * 1000,
       16777216 + i, 0, i / 60, CASE WHEN i BETWEEN 600 AND 700 THEN i - 600 WHEN i > 700 THEN 100 ELSE 0 END,
       opsmon.history_epoch('2020-02-29 10:00+00', 1, CASE WHEN i < 1000 THEN 1 ELSE 2 END, '2020-02-29 09:59+00', NULL),
       opsmon.history_keys('{wal,data}'), '{1000000,2000000}', ARRAY[900000 - i * 10, 1500000], '{NULL,NULL}',
       CASE WHEN i < 800 THEN opsmon.history_keys('{made_up}') ELSE '{}' END,
       CASE WHEN i < 800 THEN ARRAY[i < 300] ELSE '{}' END,
       CASE WHEN i < 500 THEN opsmon.history_keys('{reserved}') WHEN i < 800 THEN opsmon.history_keys('{lost}') ELSE '{}' END,
       CASE WHEN i < 500 THEN ARRAY[i * 1000] WHEN i < 800 THEN '{NULL}' ELSE '{}' END,
       CASE WHEN i < 300 THEN opsmon.history_keys('{made_up}') ELSE '{}' END,
       CASE WHEN i < 300 THEN opsmon.history_keys('{10.0.0.1}') ELSE '{}' END,
       CASE WHEN i < 300 THEN opsmon.history_keys('{streaming}') ELSE '{}' END,
       CASE WHEN i < 300 THEN ARRAY[i] ELSE '{}' END,
       CASE WHEN i < 300 THEN ARRAY[i / 2] ELSE '{}' END,
       CASE WHEN i < 300 THEN '{1500}'::int8[] ELSE '{}' END,
       opsmon.history_keys('{active,NULL}'), ARRAY[i % 5, 6]
  FROM generate_series(0, 1439) i WHERE i NOT BETWEEN 1100 AND 1200;
SELECT sampled_at, timeline, current_lsn, archived_count FROM opsmon.history_wal
 WHERE sampled_at < '2020-02-29 10:00:20+00' ORDER BY 1;
SELECT * FROM opsmon.history_volumes WHERE sampled_at = '2020-02-29 10:00+00' ORDER BY 2;
SELECT * FROM opsmon.history_slots WHERE sampled_at = '2020-02-29 12:00+00';
SELECT * FROM opsmon.history_replication WHERE sampled_at = '2020-02-29 10:10+00';
SELECT * FROM opsmon.history_activity WHERE sampled_at = '2020-02-29 10:10+00' ORDER BY 3;

-- what is said of consumers elsewhere
DO $$
BEGIN
    IF to_regclass('opsmon.consumer_events') IS NULL THEN
        CREATE TABLE opsmon.consumer_events (at timestamptz, event text, kind text, name text, detail text, held_bytes int8);
    END IF;
END
$$;
INSERT INTO opsmon.consumer_events (at, event, kind, name, detail, held_bytes)
VALUES ('2020-02-29 10:55+00', 'vanished', 'slot', 'made_up', 'last seen long ago', 12345678);

-- rolled up
SELECT opsmon.make_history_day('history_minutes', '2020-02-29');
SELECT opsmon.roll_up_minutes('2020-02-29 10:00+00', '2020-02-29 14:00+00');
SELECT opsmon.roll_up_minutes('2020-02-29 10:00+00', '2020-02-29 14:00+00');
SELECT opsmon.roll_up_hours('2020-02-29 10:00+00', '2020-02-29 14:00+00');
SELECT opsmon.roll_up_hours('2020-02-29 10:00+00', '2020-02-29 14:00+00');
SELECT count(*), min(at), max(at), sum(samples) FROM opsmon.history_minutes WHERE at < '2020-03-01';
SELECT h.at, h.samples, coalesce(n.name, 'the whole server') AS name, m.name AS measure, v.lowest, round(v.mean) AS mean, v.highest, v.latest
  FROM opsmon.history_hours h, unnest(h.series, h.lowest, h.mean, h.highest, h.latest) v(series, lowest, mean, highest, latest)
  JOIN opsmon.history_measures m ON m.measure = v.series % 16
  LEFT JOIN opsmon.history_names n ON n.key = v.series / 16
 WHERE h.at IN ('2020-02-29 11:00+00', '2020-02-29 13:00+00') ORDER BY 1, m.measure, n.name NULLS FIRST;

-- trends, from samples, from minutes and from hours
SELECT * FROM opsmon.wal_trend('5 minutes', '2020-02-29 10:05+00') LIMIT 3;
SELECT * FROM opsmon.wal_trend('4 hours', '2020-02-29 14:00+00') LIMIT 3;
SELECT at, wal_bytes_per_second_avg, failed FROM opsmon.wal_trend('10 days', '2020-02-29 14:00+00');
SELECT * FROM opsmon.volume_trend('4 hours', until => '2020-02-29 14:00+00') LIMIT 2;
SELECT count(*), max(size_bytes) FROM opsmon.volume_trend('4 hours', 'data', '2020-02-29 14:00+00');
SELECT * FROM opsmon.slot_trend('made_up', '10 days', '2020-02-29 14:00+00');
SELECT * FROM opsmon.replication_trend('made_up', '10 days', '2020-02-29 14:00+00');
SELECT * FROM opsmon.activity_trend('10 days', 'active', '2020-02-29 14:00+00') LIMIT 1;
SELECT * FROM opsmon.activity_trend('10 days', until => '2020-02-29 14:00+00') LIMIT 1;
-- the same as a story
SELECT at AT TIME ZONE 'UTC' AS at, what, detail FROM opsmon.timeline('2020-02-29 09:00+00', '2020-02-29 14:00+00');
SELECT at AT TIME ZONE 'UTC' AS at, what, detail FROM opsmon.timeline('2020-02-29 09:00+00', '2020-02-29 11:00+00');
SELECT at AT TIME ZONE 'UTC' AS at, what, detail FROM opsmon.timeline('2020-02-29 09:00+00', '2020-02-29 14:00+00', 2);
-- when the samples are gone, minutes are what a short range has; when those are gone, hours
DELETE FROM opsmon.history_samples WHERE sampled_at < '2020-03-01';
SELECT * FROM opsmon.slot_trend('made_up', '5 minutes', '2020-02-29 10:05+00');
DELETE FROM opsmon.history_minutes WHERE at < '2020-03-01';
SELECT * FROM opsmon.slot_trend('made_up', '2 hours', '2020-02-29 12:00+00');
ROLLBACK;

-- at most 200 buckets, whatever the range
SELECT r AS range, opsmon.trend_width(r::interval) AS width
  FROM unnest(ARRAY['1 minute', '200 seconds', '1 hour', '200 minutes', '201 minutes', '1 day', '7 days', '30 days', '1 year', '10 years']) r;
SELECT opsmon.trend_width('0');
SELECT * FROM opsmon.wal_trend('11 years');
SELECT * FROM opsmon.wal_trend(NULL);
SELECT * FROM opsmon.wal_trend('1 day', NULL);
SELECT * FROM opsmon.activity_trend('1 day', until => 'infinity');
SELECT * FROM opsmon.slot_trend('nobody', '1 day');
SELECT * FROM opsmon.slot_trend(NULL, '1 day');
SELECT * FROM opsmon.volume_trend('1 day', 'tape');
SELECT * FROM opsmon.timeline(now(), now());
SELECT * FROM opsmon.timeline(now() - interval '32 days');
SELECT * FROM opsmon.timeline('-infinity');
SELECT * FROM opsmon.timeline(now(), 'infinity');
SELECT * FROM opsmon.timeline(NULL);
SELECT count(*) >= 0 AS a_month_up_to_now FROM opsmon.timeline(now() - interval '31 days');
SELECT * FROM opsmon.timeline(now() - interval '1 day', rows_max => 0);

-- pg_monitor reads all of it
SET ROLE pg_monitor;
SELECT count(*) > 0 AS wal FROM opsmon.wal_trend('1 hour');
SELECT count(*) > 0 AS volume FROM opsmon.volume_trend('1 hour');
SELECT count(*) > 0 AS activity FROM opsmon.activity_trend('1 hour');
SELECT count(*) > 0 AS recent FROM opsmon.recent_volumes;
SELECT count(*) > 0 AS timeline FROM opsmon.timeline(now() - interval '1 hour');
SELECT opsmon.tidy_history(1);
SELECT opsmon.make_history_day('history_samples', '2020-01-01');
RESET ROLE;

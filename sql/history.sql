-- The history tables: written by the sampler, pruned by age, at most so many rows at a time.
DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT count(*) > 1 FROM opsmon.history_wal)
              AND (SELECT recorder = 'recording' FROM opsmon.status);
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
SELECT recorder, recorder_failures, recorder_last_error FROM opsmon.status;
SELECT count(*) > 1 AS wal, count(*) = count(DISTINCT sampled_at) AS no_sample_twice,
       bool_and(directory_bytes > 0) AS bytes FROM opsmon.history_wal;
SELECT volume, bool_and(free_bytes > 0) AS free FROM opsmon.history_volumes GROUP BY 1 ORDER BY 1;
SELECT count(*) > 0 AS activity, bool_and(sessions > 0) AS sessions FROM opsmon.history_activity;

INSERT INTO opsmon.history_slots (sampled_at, slot_name)
SELECT now() - interval '40 days' + make_interval(secs => i), 'old' FROM generate_series(1, 25) i;
SELECT opsmon.prune_history('30 days', 10);
SELECT count(*) FROM opsmon.history_slots WHERE slot_name = 'old';
SELECT opsmon.prune_history('30 days');
SELECT count(*) FROM opsmon.history_slots WHERE slot_name = 'old';

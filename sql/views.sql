-- The live views on a primary. Values that differ from run to run are compared, not printed.
-- wait for both workers' first look
DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT guard_ticks > 0 AND sampler_ticks > 0 FROM opsmon.status);
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;

\d opsmon.status
\d opsmon.slots
\d opsmon.replication
\d opsmon.wal
\d opsmon.volumes
\d opsmon.activity

SELECT library_version = (SELECT extversion FROM pg_extension WHERE extname = 'opsmon') AS version,
       in_recovery, timeline, current_lsn <= pg_current_wal_lsn() AS lsn,
       guard_pid <> sampler_pid AS two_workers, guard_interval, sample_interval,
       guard_age < '1 minute' AND guard_age >= '0' AS guard_fresh,
       sampler_age < '1 minute' AND sampler_age >= '0' AS sampler_fresh,
       guard_failures, sampler_failures, guard_last_error, sampler_last_error,
       slots_omitted, senders_omitted, activity_groups_omitted
  FROM opsmon.status;

SELECT in_recovery, segment_bytes = pg_size_bytes(current_setting('wal_segment_size')) AS segment,
       insert_lsn >= flush_lsn AS insert, redo_lsn <= current_lsn AS redo,
       receive_lsn, replay_lsn, directory_bytes > 0 AS bytes, directory_files > 0 AS files,
       oldest_segment ~ '^[0-9A-F]{24}$' AS oldest, archived_count, failed_count,
       last_archived_at, last_failed_at
  FROM opsmon.wal;

SELECT volume, path LIKE '%/instance/data%' AS path, free_bytes BETWEEN 0 AND size_bytes AS free,
       read_only, error, age < '1 minute' AS fresh
  FROM opsmon.volumes;

SELECT count(DISTINCT device) FROM opsmon.volumes;

SELECT backend_type, state, sessions FROM opsmon.activity WHERE backend_type = 'checkpointer';
SELECT count(*) FROM opsmon.activity WHERE application_name = 'opsmon sampler';

SELECT * FROM opsmon.replication;

-- slots: one that holds WAL, one that never reserved any
SELECT slot_name FROM pg_create_physical_replication_slot('holds', true);
SELECT slot_name FROM pg_create_physical_replication_slot('empty', false);
SELECT pg_switch_wal() IS NOT NULL AS switched FROM pg_logical_emit_message(false, 'opsmon', 'x');
DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT count(*) = 2 FROM opsmon.slots)
              AND (SELECT retained_bytes > 0 FROM opsmon.slots WHERE slot_name = 'holds');
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
SELECT s.slot_name, s.slot_type, s.plugin, s.database, s.temporary, s.active, s.active_pid,
       s.wal_status IS NOT DISTINCT FROM p.wal_status AS wal_status, s.wal_status AS status,
       s.restart_lsn IS NOT DISTINCT FROM p.restart_lsn AS restart_lsn,
       s.safe_wal_size, s.invalidation_reason, s.retained_bytes > 0 AS retained,
       s.inactive_since IS NOT NULL AS inactive, s.last_progress_at IS NOT NULL AS progress
  FROM opsmon.slots s JOIN pg_replication_slots p USING (slot_name) ORDER BY 1;
SELECT largest_holder, largest_holder_bytes > 0 AS held, wal_volume_free_bytes > 0 AS free
  FROM opsmon.status;
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots ORDER BY slot_name;

-- ages go on in a transaction, where now() stands still
BEGIN;
CREATE TEMP TABLE seen AS SELECT guard_age, guard_sampled_at FROM opsmon.status;
SELECT pg_sleep(0.01);
SELECT s.guard_age + (s.guard_sampled_at - seen.guard_sampled_at) > seen.guard_age AS older
  FROM opsmon.status s, seen;
ROLLBACK;

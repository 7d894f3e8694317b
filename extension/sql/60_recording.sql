-- What the sampler writes down, and when it is deleted. See docs/decisions/0006.

CREATE FUNCTION opsmon.prune_history(keep interval, rows_max int4 DEFAULT 5000) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    DELETE FROM opsmon.history_wal WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM opsmon.history_wal WHERE sampled_at < clock_timestamp() - keep
         ORDER BY sampled_at LIMIT rows_max));
    DELETE FROM opsmon.history_volumes WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM opsmon.history_volumes WHERE sampled_at < clock_timestamp() - keep
         ORDER BY sampled_at LIMIT rows_max));
    DELETE FROM opsmon.history_slots WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM opsmon.history_slots WHERE sampled_at < clock_timestamp() - keep
         ORDER BY sampled_at LIMIT rows_max));
    DELETE FROM opsmon.history_replication WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM opsmon.history_replication WHERE sampled_at < clock_timestamp() - keep
         ORDER BY sampled_at LIMIT rows_max));
    DELETE FROM opsmon.history_activity WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM opsmon.history_activity WHERE sampled_at < clock_timestamp() - keep
         ORDER BY sampled_at LIMIT rows_max));
    $$;
COMMENT ON FUNCTION opsmon.prune_history(interval, int4) IS
    'Deletes history rows older than the interval, at most rows_max from each table a call';

CREATE FUNCTION opsmon.record_events() RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO opsmon.guard_events
    SELECT e.* FROM opsmon.live_guard_events() e ON CONFLICT DO NOTHING;
    $$;
COMMENT ON FUNCTION opsmon.record_events() IS
    'Copies the guard''s newest decisions into the ledger; called by the sampler, also without history';

CREATE FUNCTION opsmon.record_sample(retention_minutes int4) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO opsmon.history_wal
    SELECT w.directory_sampled_at, w.timeline, w.current_lsn, w.directory_bytes, w.recycled_bytes,
           w.archived_count, w.failed_count
      FROM opsmon.wal w WHERE w.directory_sampled_at IS NOT NULL;
    -- What the guard shows is left out when it is old: history must not repeat a frozen value.
    INSERT INTO opsmon.history_volumes
    SELECT v.sampled_at, v.volume, v.size_bytes, v.free_bytes, v.free_inodes
      FROM opsmon.volumes v WHERE v.age < interval '2 minutes';
    INSERT INTO opsmon.history_slots
    SELECT s.sampled_at, s.slot_name, s.active, s.wal_status, s.retained_bytes
      FROM opsmon.slots s WHERE s.age < interval '2 minutes';
    INSERT INTO opsmon.history_replication
    SELECT r.sampled_at, r.consumer, host(r.client_addr), r.state, r.lag_bytes, r.unsent_bytes,
           r.replay_lag
      FROM opsmon.replication r;
    INSERT INTO opsmon.history_activity
    SELECT c.sampled_at, c.state, c.sessions FROM opsmon.connections c;
    SELECT opsmon.prune_history(make_interval(mins => retention_minutes), 5000);
    $$;
COMMENT ON FUNCTION opsmon.record_sample(int4) IS
    'Writes the newest samples into the history tables and prunes them; called by the sampler';

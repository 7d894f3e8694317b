-- History: written by the sampler on a primary, kept for opsmon.history_retention. Telemetry, so
-- pg_dump leaves the rows out.

CREATE TABLE opsmon.history_wal (
    sampled_at timestamptz NOT NULL, timeline int8, current_lsn pg_lsn, directory_bytes int8,
    recycled_bytes int8, archived_count int8, failed_count int8);
COMMENT ON TABLE opsmon.history_wal IS 'One row a sample: WAL position, size of pg_wal, archiver counts';
CREATE INDEX ON opsmon.history_wal (sampled_at);

CREATE TABLE opsmon.history_volumes (
    sampled_at timestamptz NOT NULL, volume text NOT NULL, size_bytes int8, free_bytes int8,
    free_inodes int8);
COMMENT ON TABLE opsmon.history_volumes IS 'One row a sample and volume';
CREATE INDEX ON opsmon.history_volumes (sampled_at);

CREATE TABLE opsmon.history_slots (
    sampled_at timestamptz NOT NULL, slot_name text NOT NULL, active bool, wal_status text,
    retained_bytes int8);
COMMENT ON TABLE opsmon.history_slots IS 'One row a sample and slot';
CREATE INDEX ON opsmon.history_slots (sampled_at);

CREATE TABLE opsmon.history_replication (
    sampled_at timestamptz NOT NULL, consumer text, client_addr text, state text, lag_bytes int8,
    unsent_bytes int8, replay_lag interval);
COMMENT ON TABLE opsmon.history_replication IS 'One row a sample and walsender';
CREATE INDEX ON opsmon.history_replication (sampled_at);

CREATE TABLE opsmon.history_activity (
    sampled_at timestamptz NOT NULL, state text, sessions int4 NOT NULL);
COMMENT ON TABLE opsmon.history_activity IS
    'One row a sample and state: number of backends; NULL for those without a state';
CREATE INDEX ON opsmon.history_activity (sampled_at);

-- History as people read it: one row a sample and thing. `history_` is what stands in the tables,
-- `recent_` the last hour from shared memory, also on a standby. Both have the same columns.

CREATE FUNCTION opsmon.live_samples(
    after int8 DEFAULT 0, rows_max int4 DEFAULT 2147483647, OUT "position" int8,
    OUT sampled_at timestamptz, OUT system_identifier int8, OUT timeline int8,
    OUT server_started_at timestamptz, OUT in_recovery bool, OUT current_lsn pg_lsn,
    OUT directory_bytes int8, OUT recycled_bytes int8, OUT archived_count int8,
    OUT failed_count int8, OUT archiver_stats_reset timestamptz,
    OUT volumes text[], OUT volume_size_bytes int8[], OUT volume_free_bytes int8[],
    OUT volume_free_inodes int8[],
    OUT slots text[], OUT slot_active bool[], OUT slot_wal_status text[],
    OUT slot_retained_bytes int8[],
    OUT consumers text[], OUT consumer_address text[], OUT consumer_state text[],
    OUT consumer_lag_bytes int8[], OUT consumer_unsent_bytes int8[],
    OUT consumer_replay_lag_us int8[],
    OUT session_state text[], OUT sessions int4[])
    RETURNS SETOF record LANGUAGE c STRICT VOLATILE ROWS 360 AS 'MODULE_PATHNAME', 'opsmon_live_samples';
COMMENT ON FUNCTION opsmon.live_samples(int8, int4) IS
    'The newest samples in shared memory, oldest first, as many as fit into 2 MB; those after a position';

CREATE VIEW opsmon.recent_wal AS
SELECT s.sampled_at, s.timeline, s.current_lsn, s.directory_bytes, s.recycled_bytes,
       s.archived_count, s.failed_count, s.server_started_at, s.archiver_stats_reset
  FROM opsmon.live_samples() s;
COMMENT ON VIEW opsmon.recent_wal IS
    'The last hour from memory, one row a sample: WAL position, size of pg_wal, archiver counts';

CREATE VIEW opsmon.history_wal AS
SELECT s.sampled_at, e.timeline, s.current_lsn, s.directory_bytes, s.recycled_bytes,
       s.archived_count, s.failed_count, e.server_started_at, e.archiver_stats_reset
  FROM opsmon.history_samples s LEFT JOIN opsmon.history_epochs e ON e.key = s.epoch;
COMMENT ON VIEW opsmon.history_wal IS
    'One row a sample: WAL position, size of pg_wal, archiver counts';
COMMENT ON COLUMN opsmon.history_wal.server_started_at IS
    'When the server started, or came back after a crash';

CREATE VIEW opsmon.recent_volumes AS
SELECT s.sampled_at, v.volume, v.size_bytes, v.free_bytes, v.free_inodes
  FROM opsmon.live_samples() s,
       unnest(s.volumes, s.volume_size_bytes, s.volume_free_bytes, s.volume_free_inodes)
       v(volume, size_bytes, free_bytes, free_inodes);
COMMENT ON VIEW opsmon.recent_volumes IS 'The last hour from memory, one row a sample and volume';

CREATE VIEW opsmon.history_volumes AS
SELECT s.sampled_at, n.name AS volume, v.size_bytes, v.free_bytes, v.free_inodes
  FROM opsmon.history_samples s,
       unnest(s.volumes, s.volume_size_bytes, s.volume_free_bytes, s.volume_free_inodes)
       v(key, size_bytes, free_bytes, free_inodes)
  LEFT JOIN opsmon.history_names n ON n.key = v.key;
COMMENT ON VIEW opsmon.history_volumes IS 'One row a sample and volume';

CREATE VIEW opsmon.recent_slots AS
SELECT s.sampled_at, l.slot_name, l.active, l.wal_status, l.retained_bytes
  FROM opsmon.live_samples() s,
       unnest(s.slots, s.slot_active, s.slot_wal_status, s.slot_retained_bytes)
       l(slot_name, active, wal_status, retained_bytes);
COMMENT ON VIEW opsmon.recent_slots IS 'The last hour from memory, one row a sample and slot';

CREATE VIEW opsmon.history_slots AS
SELECT s.sampled_at, n.name AS slot_name, l.active, nullif(w.name, '') AS wal_status,
       l.retained_bytes
  FROM opsmon.history_samples s,
       unnest(s.slots, s.slot_active, s.slot_wal_status, s.slot_retained_bytes)
       l(key, active, wal_status, retained_bytes)
  LEFT JOIN opsmon.history_names n ON n.key = l.key
  LEFT JOIN opsmon.history_names w ON w.key = l.wal_status;
COMMENT ON VIEW opsmon.history_slots IS 'One row a sample and slot';

CREATE VIEW opsmon.recent_replication AS
SELECT s.sampled_at, r.consumer, r.client_addr, r.state, r.lag_bytes, r.unsent_bytes,
       r.replay_lag_us * interval '1 microsecond' AS replay_lag
  FROM opsmon.live_samples() s,
       unnest(s.consumers, s.consumer_address, s.consumer_state, s.consumer_lag_bytes,
              s.consumer_unsent_bytes, s.consumer_replay_lag_us)
       r(consumer, client_addr, state, lag_bytes, unsent_bytes, replay_lag_us);
COMMENT ON VIEW opsmon.recent_replication IS
    'The last hour from memory, one row a sample and walsender';

CREATE VIEW opsmon.history_replication AS
SELECT s.sampled_at, nullif(n.name, '') AS consumer, nullif(a.name, '') AS client_addr,
       nullif(t.name, '') AS state, r.lag_bytes, r.unsent_bytes,
       r.replay_lag_us * interval '1 microsecond' AS replay_lag
  FROM opsmon.history_samples s,
       unnest(s.consumers, s.consumer_address, s.consumer_state, s.consumer_lag_bytes,
              s.consumer_unsent_bytes, s.consumer_replay_lag_us)
       r(key, client_addr, state, lag_bytes, unsent_bytes, replay_lag_us)
  LEFT JOIN opsmon.history_names n ON n.key = r.key
  LEFT JOIN opsmon.history_names a ON a.key = r.client_addr
  LEFT JOIN opsmon.history_names t ON t.key = r.state;
COMMENT ON VIEW opsmon.history_replication IS 'One row a sample and walsender';

CREATE VIEW opsmon.recent_activity AS
SELECT s.sampled_at, c.state, c.sessions
  FROM opsmon.live_samples() s, unnest(s.session_state, s.sessions) c(state, sessions);
COMMENT ON VIEW opsmon.recent_activity IS
    'The last hour from memory, one row a sample and state; NULL for backends without one';

CREATE VIEW opsmon.history_activity AS
SELECT s.sampled_at, nullif(n.name, '') AS state, c.sessions
  FROM opsmon.history_samples s, unnest(s.session_state, s.sessions) c(key, sessions)
  LEFT JOIN opsmon.history_names n ON n.key = c.key;
COMMENT ON VIEW opsmon.history_activity IS
    'One row a sample and state: number of backends; NULL for those without a state';

-- Each branch has one measure, so that a query that asks for one reads one.
CREATE VIEW opsmon.history_points AS
SELECT sampled_at, 0 AS measure, 0 AS key, directory_bytes AS value FROM opsmon.history_samples
UNION ALL SELECT sampled_at, 1, 0, recycled_bytes FROM opsmon.history_samples
UNION ALL SELECT sampled_at, 2, v.key, v.value
  FROM opsmon.history_samples, unnest(volumes, volume_size_bytes) v(key, value)
UNION ALL SELECT sampled_at, 3, v.key, v.value
  FROM opsmon.history_samples, unnest(volumes, volume_free_bytes) v(key, value)
UNION ALL SELECT sampled_at, 4, v.key, v.value
  FROM opsmon.history_samples, unnest(volumes, volume_free_inodes) v(key, value)
UNION ALL SELECT sampled_at, 5, v.key, v.value
  FROM opsmon.history_samples, unnest(slots, slot_retained_bytes) v(key, value)
UNION ALL SELECT sampled_at, 6, v.key, v.value
  FROM opsmon.history_samples, unnest(consumers, consumer_lag_bytes) v(key, value)
UNION ALL SELECT sampled_at, 7, v.key, v.value
  FROM opsmon.history_samples, unnest(consumers, consumer_unsent_bytes) v(key, value)
UNION ALL SELECT sampled_at, 8, v.key, v.value
  FROM opsmon.history_samples, unnest(consumers, consumer_replay_lag_us) v(key, value)
UNION ALL SELECT sampled_at, 9, v.key, v.value
  FROM opsmon.history_samples, unnest(session_state, sessions) v(key, value)
UNION ALL SELECT sampled_at, 9, 0, (SELECT sum(n) FROM unnest(sessions) n)
  FROM opsmon.history_samples;
COMMENT ON VIEW opsmon.history_points IS
    'Every number of every sample: what minutes are made of. Key 0 is the whole server.';

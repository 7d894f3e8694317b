-- How things stand, in one row: the verdict first.

CREATE VIEW opsmon.status AS
SELECT opsmon.library_version() AS library_version,
       p.in_recovery, p.timeline, p.current_lsn,
       g.pid AS guard_pid, g.tick_interval AS guard_interval, g.sampled_at AS guard_sampled_at,
       pg_catalog.clock_timestamp() - g.sampled_at AS guard_age, g.ticks AS guard_ticks,
       g.failures AS guard_failures, g.last_error AS guard_last_error,
       s.pid AS sampler_pid, s.tick_interval AS sample_interval,
       s.sampled_at AS sampler_sampled_at,
       pg_catalog.clock_timestamp() - s.sampled_at AS sampler_age, s.ticks AS sampler_ticks,
       s.failures AS sampler_failures, s.last_error AS sampler_last_error,
       r.state AS recorder, r.failures AS recorder_failures, r.last_error AS recorder_last_error,
       r.last_recorded_at, p.slots_omitted, d.senders_omitted, d.activity_groups_omitted,
       h.slot_name AS largest_holder, h.retained_bytes AS largest_holder_bytes,
       w.free_bytes AS wal_volume_free_bytes
  FROM (SELECT) one
  LEFT JOIN opsmon.live_workers() g ON g.worker = 'guard'
  LEFT JOIN opsmon.live_workers() s ON s.worker = 'sampler'
  LEFT JOIN opsmon.live_recorder() r ON true
  LEFT JOIN opsmon.live_wal_position() p ON true
  LEFT JOIN opsmon.live_wal_directory() d ON true
  LEFT JOIN LATERAL (SELECT l.slot_name, l.retained_bytes FROM opsmon.live_slots() l
                      WHERE l.retained_bytes IS NOT NULL
                      ORDER BY l.retained_bytes DESC, l.slot_name LIMIT 1) h ON true
  LEFT JOIN opsmon.live_volumes() w ON w.volume = 'wal';
COMMENT ON VIEW opsmon.status IS
    'One row: is opsmon itself well, how old is what it shows, and who holds back the most WAL';
COMMENT ON COLUMN opsmon.status.guard_age IS 'Age of what slots, volumes and wal show';
COMMENT ON COLUMN opsmon.status.sampler_age IS
    'Age of what replication, activity and the files in wal show';
COMMENT ON COLUMN opsmon.status.recorder IS
    'Whether history is written: recording, standby, no extension, off, fenced, failing or starting';
COMMENT ON COLUMN opsmon.status.slots_omitted IS 'Slots beyond the 1024 that are watched';

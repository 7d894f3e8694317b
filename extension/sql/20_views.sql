-- Live views. `age` says how old a row is: clock_timestamp(), because now() stands still in a
-- transaction. Every size is in bytes.

CREATE VIEW opsmon.slots AS
SELECT s.slot_name, s.slot_type, s.plugin, d.datname::text AS database, s.temporary, s.two_phase,
       s.active, s.active_pid, s.xmin, s.catalog_xmin, s.restart_lsn, s.confirmed_flush_lsn,
       s.wal_status, s.safe_wal_size, s.invalidation_reason, s.retained_bytes, s.unconfirmed_bytes,
       s.last_active_at, s.inactive_since, s.last_progress_at, s.wal_since_progress_bytes, s.sampled_at,
       pg_catalog.clock_timestamp() - s.sampled_at AS age
  FROM opsmon.live_slots() s
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.database_oid;
COMMENT ON VIEW opsmon.slots IS
    'Replication slots: what each holds back, and since when nobody takes it; works on a standby';
COMMENT ON COLUMN opsmon.slots.wal_status IS
    'reserved, extended, unreserved or lost; NULL when the slot never reserved any WAL';
COMMENT ON COLUMN opsmon.slots.retained_bytes IS
    'WAL kept for this slot: current position minus restart_lsn; NULL when it holds none or has lost it';
COMMENT ON COLUMN opsmon.slots.unconfirmed_bytes IS
    'WAL a logical consumer has not confirmed; may be far less than what is retained';
COMMENT ON COLUMN opsmon.slots.last_active_at IS
    'When a process was last seen using the slot, by opsmon''s own observation; NULL: never since the start';
COMMENT ON COLUMN opsmon.slots.inactive_since IS
    'Since when, at the latest, no process uses the slot, by opsmon''s own observation; NULL while one does';
COMMENT ON COLUMN opsmon.slots.last_progress_at IS
    'When the slot''s position moved last, by opsmon''s own observation (at the earliest its first look)';
COMMENT ON COLUMN opsmon.slots.wal_since_progress_bytes IS
    'WAL written since the slot''s position moved last: what tells a dead consumer from an idle server';

CREATE VIEW opsmon.replication AS
SELECT r.pid, r.consumer, r.application_name, r.usename, r.client_addr::inet AS client_addr,
       r.client_port, r.slot_name, r.state, r.sync_state, r.sync_priority, r.sent_lsn, r.write_lsn,
       r.flush_lsn, r.replay_lsn, r.lag_bytes, r.unsent_bytes, r.write_lag, r.flush_lag,
       r.replay_lag, r.reply_time, pg_catalog.clock_timestamp() - r.reply_time AS reply_age,
       r.backend_start, r.sampled_at, pg_catalog.clock_timestamp() - r.sampled_at AS age
  FROM opsmon.live_replication() r;
COMMENT ON VIEW opsmon.replication IS 'Who takes WAL from this server right now, and how far each is behind';
COMMENT ON COLUMN opsmon.replication.consumer IS
    'Who it is, over reconnects: the slot''s name, else the application name';
COMMENT ON COLUMN opsmon.replication.lag_bytes IS
    'Current position minus replay_lsn, so WAL not even sent counts; NULL when the position is unknown';
COMMENT ON COLUMN opsmon.replication.unsent_bytes IS 'Current position minus sent_lsn';
COMMENT ON COLUMN opsmon.replication.reply_age IS
    'Time since the consumer was last heard of; the three lags mean nothing when this is large';

CREATE VIEW opsmon.wal AS
SELECT p.in_recovery, p.timeline, p.current_lsn, p.insert_lsn, p.flush_lsn, p.receive_lsn,
       p.replay_lsn, p.redo_lsn, p.segment_bytes, p.sampled_at,
       pg_catalog.clock_timestamp() - p.sampled_at AS age,
       d.directory_bytes, d.directory_files, d.recycled_bytes, d.recycled_files, d.oldest_segment,
       d.archived_count, d.last_archived_wal, d.last_archived_at, d.failed_count,
       d.last_failed_wal, d.last_failed_at, d.archiver_stats_reset,
       d.sampled_at AS directory_sampled_at,
       pg_catalog.clock_timestamp() - d.sampled_at AS directory_age
  FROM (SELECT) one
  LEFT JOIN opsmon.live_wal_position() p ON true
  LEFT JOIN opsmon.live_wal_directory() d ON true;
COMMENT ON VIEW opsmon.wal IS
    'One row: WAL positions (guard), files in pg_wal and the archiver''s account (sampler)';
COMMENT ON COLUMN opsmon.wal.current_lsn IS
    'The newest WAL there is: written, or on a standby the later of received and replayed';
COMMENT ON COLUMN opsmon.wal.redo_lsn IS 'Where crash recovery would begin';
COMMENT ON COLUMN opsmon.wal.recycled_bytes IS
    'Segments past the current one, kept to be written again: taken on the disk, held back by nobody';

CREATE VIEW opsmon.volumes AS
SELECT v.volume, v.path, v.device, v.size_bytes, v.free_bytes, v.total_inodes, v.free_inodes,
       v.read_only, v.error, v.sampled_at, pg_catalog.clock_timestamp() - v.sampled_at AS age
  FROM opsmon.live_volumes() v;
COMMENT ON VIEW opsmon.volumes IS
    'File systems under the server: equal numbers in device are one and the same volume';
COMMENT ON COLUMN opsmon.volumes.free_bytes IS
    'Free for PostgreSQL: without what the file system reserves for root; NULL when unknown, see error';
COMMENT ON COLUMN opsmon.volumes.path IS 'Where it is, symbolic links resolved';

CREATE VIEW opsmon.activity AS
SELECT a.database, a.username, a.application_name, a.backend_type, a.state, a.wait_event_type,
       a.wait_event, a.sessions, pg_catalog.clock_timestamp() - a.oldest_xact_start AS oldest_xact_age,
       a.sampled_at, pg_catalog.clock_timestamp() - a.sampled_at AS age
  FROM opsmon.live_activity() a;
COMMENT ON VIEW opsmon.activity IS
    'All backends, grouped; those without a state (walsenders, workers) have NULL there and do count';
COMMENT ON COLUMN opsmon.activity.sessions IS 'Number of backends in the group';

CREATE VIEW opsmon.connections AS
SELECT c.state, c.sessions, c.sampled_at, pg_catalog.clock_timestamp() - c.sampled_at AS age
  FROM opsmon.live_connections() c;
COMMENT ON VIEW opsmon.connections IS
    'All backends by state; NULL for those without one (walsenders, workers)';

CREATE VIEW opsmon.guard AS
SELECT g.mode, g.volume, g.rung, g.rung_number, g.does, g.since, g.usable_bytes, g.size_bytes,
       g.reusable_bytes, g.wal_bytes_per_second, g.wal_bytes_per_second_trend, g.full_in,
       g.full_in_trend, g.watch_free_bytes, g.relieve_free_bytes, g.evict_free_bytes,
       g.fence_free_bytes, g.rescue_free_bytes, g.thresholds_refused, g.sampled_at,
       pg_catalog.clock_timestamp() - g.sampled_at AS age
  FROM opsmon.live_guard() g;
COMMENT ON VIEW opsmon.guard IS 'How alarmed the guard is about each volume, and why';
COMMENT ON COLUMN opsmon.guard.volume IS
    'wal, data, or tablespace:oid for a tablespace on a volume of its own; data follows wal where both are one volume';
COMMENT ON COLUMN opsmon.guard.does IS 'What this rung is for';
COMMENT ON COLUMN opsmon.guard.since IS 'When the rung was entered; NULL: at the start';
COMMENT ON COLUMN opsmon.guard.usable_bytes IS
    'Free space, and on the WAL volume also the segments that exist and will be written again';
COMMENT ON COLUMN opsmon.guard.wal_bytes_per_second IS 'WAL written over the last ten seconds';
COMMENT ON COLUMN opsmon.guard.wal_bytes_per_second_trend IS 'WAL written over the last five minutes';
COMMENT ON COLUMN opsmon.guard.full_in IS
    'Until only what the fence needs is left, at the rate of the last ten seconds; NULL: not within a year';
COMMENT ON COLUMN opsmon.guard.full_in_trend IS 'The same at the rate of the last five minutes';
COMMENT ON COLUMN opsmon.guard.thresholds_refused IS
    'The settings'' order is impossible (each rung must lie above the next): the defaults are in force';

CREATE VIEW opsmon.guard_ladder AS
SELECT l.rung_number, l.rung, l.default_free_percent, l.full_in, l.forecast, l.leaves_after,
       l.volumes, l.does
  FROM opsmon.ladder() l;
COMMENT ON VIEW opsmon.guard_ladder IS
    'The ladder: a rung is entered when less is free, or the volume is full sooner; left with half as much again';
COMMENT ON COLUMN opsmon.guard_ladder.default_free_percent IS
    'Share of the volume below which the rung is entered; on small volumes more, so that every rung has room';

CREATE VIEW opsmon.guard_state AS
SELECT g.mode, g.suspended_until, g.fence, g.fence_by_hand, g.fence_reason, g.fence_since,
       g.fence_volume, g.refused_statements, g.cancelled_statements, g.held_commits,
       g.policies_loaded_at, g.policies, g.policies_omitted, g.ballast_wal_bytes,
       g.ballast_data_bytes, g.reclaimer_pid, g.reclaimer_last_tick_at, g.archiver_stuck,
       g.reports_lost
  FROM opsmon.live_guard_state() g;
COMMENT ON VIEW opsmon.guard_state IS
    'One row: what the guard may do and what it has in hand: mode, fence, policies, ballast';
COMMENT ON COLUMN opsmon.guard_state.suspended_until IS
    'Until then the guard decides and tells only, by opsmon.guard_suspend(); NULL: it is not suspended';
COMMENT ON COLUMN opsmon.guard_state.fence IS
    'down; writers: statements that write are stopped; everything: all that is not exempt';
COMMENT ON COLUMN opsmon.guard_state.refused_statements IS
    'Statements that failed at the fence since the start of the server';
COMMENT ON COLUMN opsmon.guard_state.cancelled_statements IS
    'Signals sent to backends that were writing when the fence went up, or wrote on';
COMMENT ON COLUMN opsmon.guard_state.held_commits IS
    'Commits of logical replication and autovacuum workers that were held up, and went on later';
COMMENT ON COLUMN opsmon.guard_state.policies_loaded_at IS
    'When opsmon.consumers was read last; without it, or with one older than 30 seconds, nothing is evicted';
COMMENT ON COLUMN opsmon.guard_state.policies_omitted IS
    'Rows beyond the 1024 that fit: slots without a row then count as protected';
COMMENT ON COLUMN opsmon.guard_state.archiver_stuck IS
    'Nothing was archived for opsmon.stall_time while WAL was written';
COMMENT ON COLUMN opsmon.guard_state.reports_lost IS
    'Entries for the ledger that found no room in shared memory; they are in the server''s log';

CREATE VIEW opsmon.guard_plan AS
SELECT p.step, p.rung, p.action, p.target, p.frees_bytes, p.due, p.acts, p.why
  FROM opsmon.live_guard_plan() p;
COMMENT ON VIEW opsmon.guard_plan IS
    'What the guard would do to the WAL volume, in order: whom it would take, whom it keeps, and why';
COMMENT ON COLUMN opsmon.guard_plan.frees_bytes IS
    'WAL this step would free after those before it; NULL where the step frees none';
COMMENT ON COLUMN opsmon.guard_plan.due IS 'The rung is reached: in enforce this happens now';
COMMENT ON COLUMN opsmon.guard_plan.acts IS
    'opsmon.guard and opsmon.guard_rungs let this step happen; otherwise it is told only';

CREATE VIEW opsmon.guard_event_counts AS
SELECT c.action, c.outcome, c.events FROM opsmon.live_guard_counts() c;
COMMENT ON VIEW opsmon.guard_event_counts IS
    'Number of guard events by action and outcome since the start of the server';

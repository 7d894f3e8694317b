-- opsmon 0.1.0
\echo Use "CREATE EXTENSION opsmon" to load this file. \quit

-- Fails where the schema exists already, and must: the sampler, a superuser, calls functions and
-- writes tables here, and another owner of the schema could put his own in their place.
CREATE SCHEMA opsmon;
COMMENT ON SCHEMA opsmon IS 'opsmon: replication, WAL, volumes and activity of this server, live and over time';

-- ---------------------------------------------------------------------------------------------------
-- What the workers publish. The functions read shared memory only: no table, no lock.
-- ---------------------------------------------------------------------------------------------------

CREATE FUNCTION opsmon.library_version() RETURNS text
    LANGUAGE c STRICT STABLE AS 'MODULE_PATHNAME', 'opsmon_library_version';
COMMENT ON FUNCTION opsmon.library_version() IS
    'Version of the library the running server has loaded; the SQL objects'' version stands in pg_extension';

CREATE FUNCTION opsmon.live_workers(
    OUT worker text, OUT pid int4, OUT tick_interval interval, OUT ticks int8, OUT failures int8,
    OUT last_error text, OUT started_at timestamptz, OUT last_tick_at timestamptz,
    OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 3 AS 'MODULE_PATHNAME', 'opsmon_live_workers';
COMMENT ON FUNCTION opsmon.live_workers() IS
    'Account of the background workers, one row each; no row for one that has not started yet';

CREATE FUNCTION opsmon.live_recorder(
    OUT state text, OUT failures int8, OUT last_error text, OUT last_recorded_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 1 AS 'MODULE_PATHNAME', 'opsmon_live_recorder';
COMMENT ON FUNCTION opsmon.live_recorder() IS
    'Account of the writing of history tables: starting, recording, standby, no extension, off, fenced or failing';

CREATE FUNCTION opsmon.live_wal_position(
    OUT in_recovery bool, OUT timeline int8, OUT current_lsn pg_lsn, OUT insert_lsn pg_lsn,
    OUT flush_lsn pg_lsn, OUT receive_lsn pg_lsn, OUT replay_lsn pg_lsn, OUT redo_lsn pg_lsn,
    OUT segment_bytes int8, OUT slots_omitted int4, OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 1 AS 'MODULE_PATHNAME', 'opsmon_live_wal_position';
COMMENT ON FUNCTION opsmon.live_wal_position() IS 'WAL positions as the guard saw them last, at most one row';

CREATE FUNCTION opsmon.live_wal_directory(
    OUT directory_bytes int8, OUT directory_files int4, OUT recycled_bytes int8,
    OUT recycled_files int4, OUT oldest_segment text, OUT archived_count int8,
    OUT last_archived_wal text, OUT last_archived_at timestamptz, OUT failed_count int8,
    OUT last_failed_wal text, OUT last_failed_at timestamptz, OUT archiver_stats_reset timestamptz,
    OUT senders_omitted int4, OUT activity_groups_omitted int4, OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 1 AS 'MODULE_PATHNAME', 'opsmon_live_wal_directory';
COMMENT ON FUNCTION opsmon.live_wal_directory() IS
    'Files in pg_wal and the archiver''s account as the sampler saw them last, at most one row';

CREATE FUNCTION opsmon.live_volumes(
    OUT volume text, OUT path text, OUT device int8, OUT size_bytes int8, OUT free_bytes int8,
    OUT total_inodes int8, OUT free_inodes int8, OUT read_only bool, OUT error text,
    OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 3 AS 'MODULE_PATHNAME', 'opsmon_live_volumes';
COMMENT ON FUNCTION opsmon.live_volumes() IS 'Volumes as the guard saw them last, one row each';

CREATE FUNCTION opsmon.live_slots(
    OUT slot_name text, OUT slot_type text, OUT plugin text, OUT database_oid oid,
    OUT temporary bool, OUT two_phase bool, OUT active bool, OUT active_pid int4, OUT xmin xid,
    OUT catalog_xmin xid, OUT restart_lsn pg_lsn, OUT confirmed_flush_lsn pg_lsn,
    OUT wal_status text, OUT safe_wal_size int8, OUT invalidation_reason text,
    OUT retained_bytes int8, OUT unconfirmed_bytes int8, OUT last_active_at timestamptz,
    OUT inactive_since timestamptz, OUT last_progress_at timestamptz, OUT wal_since_progress_bytes int8,
    OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 10 AS 'MODULE_PATHNAME', 'opsmon_live_slots';
COMMENT ON FUNCTION opsmon.live_slots() IS
    'Replication slots as the guard saw them last, one row each, at most 1024';

CREATE FUNCTION opsmon.live_replication(
    OUT pid int4, OUT consumer text, OUT application_name text, OUT usename text,
    OUT client_addr text, OUT client_port int4, OUT slot_name text, OUT state text,
    OUT sync_state text, OUT sync_priority int4, OUT sent_lsn pg_lsn, OUT write_lsn pg_lsn,
    OUT flush_lsn pg_lsn, OUT replay_lsn pg_lsn, OUT lag_bytes int8, OUT unsent_bytes int8,
    OUT write_lag interval, OUT flush_lag interval, OUT replay_lag interval,
    OUT reply_time timestamptz, OUT backend_start timestamptz, OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 5 AS 'MODULE_PATHNAME', 'opsmon_live_replication';
COMMENT ON FUNCTION opsmon.live_replication() IS
    'Walsenders as the sampler saw them last, one row each, at most 256';

CREATE FUNCTION opsmon.live_activity(
    OUT database text, OUT username text, OUT application_name text, OUT backend_type text,
    OUT state text, OUT wait_event_type text, OUT wait_event text, OUT sessions int4,
    OUT oldest_xact_start timestamptz, OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 50 AS 'MODULE_PATHNAME', 'opsmon_live_activity';
COMMENT ON FUNCTION opsmon.live_activity() IS
    'Backends grouped by what they have in common as the sampler saw them last, at most 256 groups';

CREATE FUNCTION opsmon.live_guard(
    OUT mode text, OUT volume text, OUT rung text, OUT rung_number int4, OUT does text,
    OUT since timestamptz, OUT usable_bytes int8, OUT size_bytes int8, OUT reusable_bytes int8,
    OUT wal_bytes_per_second int8, OUT wal_bytes_per_second_trend int8, OUT full_in interval,
    OUT full_in_trend interval, OUT watch_free_bytes int8, OUT relieve_free_bytes int8,
    OUT evict_free_bytes int8, OUT fence_free_bytes int8, OUT rescue_free_bytes int8,
    OUT thresholds_refused bool, OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 2 AS 'MODULE_PATHNAME', 'opsmon_live_guard';
COMMENT ON FUNCTION opsmon.live_guard() IS 'The guard''s verdict on each volume, one row each';

CREATE FUNCTION opsmon.live_wal_holders(
    OUT holder text, OUT name text, OUT oldest_lsn pg_lsn, OUT held_bytes int8,
    OUT marginal_bytes int8, OUT last_progress_at timestamptz, OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 10 AS 'MODULE_PATHNAME', 'opsmon_live_wal_holders';
COMMENT ON FUNCTION opsmon.live_wal_holders() IS 'Everything that keeps WAL from being removed, one row each';

CREATE FUNCTION opsmon.live_guard_events(
    OUT began_at timestamptz, OUT number int8, OUT at timestamptz, OUT mode text, OUT who text,
    OUT volume text, OUT action text, OUT outcome text, OUT target text, OUT from_rung text,
    OUT to_rung text, OUT reason text, OUT usable_bytes int8, OUT size_bytes int8,
    OUT full_in interval, OUT holder text, OUT holder_name text, OUT holder_bytes int8,
    OUT before_bytes int8, OUT after_bytes int8, OUT detail text)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 10 AS 'MODULE_PATHNAME', 'opsmon_live_guard_events';
COMMENT ON FUNCTION opsmon.live_guard_events() IS
    'The newest decisions of the guard, at most 128, from shared memory: also those no table could take yet';

CREATE FUNCTION opsmon.live_guard_state(
    OUT mode text, OUT suspended_until timestamptz, OUT fence text, OUT fence_by_hand bool,
    OUT fence_reason text, OUT fence_since timestamptz, OUT fence_volume text,
    OUT refused_statements int8, OUT cancelled_statements int8, OUT held_commits int8,
    OUT policies_loaded_at timestamptz, OUT policies int4, OUT policies_omitted int4,
    OUT ballast_wal_bytes int8, OUT ballast_data_bytes int8, OUT reclaimer_pid int4,
    OUT reclaimer_last_tick_at timestamptz, OUT archiver_stuck bool, OUT reports_lost int8)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 1 AS 'MODULE_PATHNAME', 'opsmon_live_guard_state';
COMMENT ON FUNCTION opsmon.live_guard_state() IS
    'What the guard may do and what it has in hand: mode, fence, policies, ballast; one row';

CREATE FUNCTION opsmon.live_guard_counts(OUT action text, OUT outcome text, OUT events int8)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 40 AS 'MODULE_PATHNAME', 'opsmon_live_guard_counts';
COMMENT ON FUNCTION opsmon.live_guard_counts() IS
    'Number of events by action and outcome since the start of the server, also those that are none yet';

CREATE FUNCTION opsmon.live_guard_plan(
    OUT step int4, OUT rung text, OUT action text, OUT target text, OUT frees_bytes int8,
    OUT due bool, OUT acts bool, OUT why text)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 10 AS 'MODULE_PATHNAME', 'opsmon_live_guard_plan';
COMMENT ON FUNCTION opsmon.live_guard_plan() IS
    'What the guard would do to the WAL volume, in order, by the facts and policies of this moment';

CREATE FUNCTION opsmon.ladder(
    OUT rung_number int4, OUT rung text, OUT default_free_percent int4, OUT full_in interval,
    OUT forecast text, OUT leaves_after interval, OUT volumes text, OUT does text)
    RETURNS SETOF record LANGUAGE c IMMUTABLE ROWS 6 AS 'MODULE_PATHNAME', 'opsmon_guard_ladder';
COMMENT ON FUNCTION opsmon.ladder() IS 'The table the guard goes by, as it stands in the library';

CREATE FUNCTION opsmon.live_connections(
    OUT state text, OUT sessions int4, OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 8 AS 'MODULE_PATHNAME', 'opsmon_live_connections';
COMMENT ON FUNCTION opsmon.live_connections() IS
    'All backends by state as the sampler counted them last, also those whose group did not fit';

-- ---------------------------------------------------------------------------------------------------
-- Live views. `age` says how old a row is: clock_timestamp(), because now() stands still in a
-- transaction. Every size is in bytes.
-- ---------------------------------------------------------------------------------------------------

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

CREATE VIEW opsmon.wal_retention AS
SELECT h.holder, h.name, h.oldest_lsn, h.held_bytes, h.marginal_bytes, h.last_progress_at,
       h.sampled_at, pg_catalog.clock_timestamp() - h.sampled_at AS age
  FROM opsmon.live_wal_holders() h;
COMMENT ON VIEW opsmon.wal_retention IS 'Who keeps WAL from being removed, and what it would free if gone';
COMMENT ON COLUMN opsmon.wal_retention.held_bytes IS 'Current position minus the oldest it needs';
COMMENT ON COLUMN opsmon.wal_retention.marginal_bytes IS
    'Freed if this one alone were gone: the oldest frees only down to the second oldest, others nothing';

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

-- ---------------------------------------------------------------------------------------------------
-- History: written by the sampler on a primary, kept for opsmon.history_retention. Telemetry, so
-- pg_dump leaves the rows out.
-- ---------------------------------------------------------------------------------------------------

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

CREATE TABLE opsmon.guard_events (
    began_at timestamptz NOT NULL, number int8 NOT NULL, at timestamptz NOT NULL,
    mode text NOT NULL, who text NOT NULL, volume text NOT NULL, action text NOT NULL,
    outcome text NOT NULL, target text, from_rung text NOT NULL, to_rung text NOT NULL,
    reason text, usable_bytes int8 NOT NULL, size_bytes int8 NOT NULL, full_in interval,
    holder text, holder_name text, holder_bytes int8, before_bytes int8, after_bytes int8,
    detail text, PRIMARY KEY (began_at, number));
COMMENT ON TABLE opsmon.guard_events IS
    'The ledger: every decision of the guard and what came of it, with reason and numbers; never pruned';
COMMENT ON COLUMN opsmon.guard_events.began_at IS
    'When the numbering began: at each start of the server. A gap in the numbers: more than 128 came at once.';
COMMENT ON COLUMN opsmon.guard_events.mode IS 'What opsmon.guard was at that moment';
COMMENT ON COLUMN opsmon.guard_events.who IS 'guard, or the role that asked for it by hand';
COMMENT ON COLUMN opsmon.guard_events.outcome IS
    'decided, ordered, done, failed or refused; would: the mode did not let it happen';
COMMENT ON COLUMN opsmon.guard_events.target IS 'The slot it was about';
COMMENT ON COLUMN opsmon.guard_events.holder IS 'Who held the most WAL at that moment';
COMMENT ON COLUMN opsmon.guard_events.before_bytes IS
    'WAL that was kept before and after an eviction or checkpoint; of a ballast its size';

-- ---------------------------------------------------------------------------------------------------
-- Consumers: what people say about those that take WAL. Read by the sampler, never written by it.
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE opsmon.consumers (
    kind text NOT NULL DEFAULT 'slot' CHECK (kind IN ('slot')),
    name text NOT NULL CHECK (name <> '' AND octet_length(name) < 64),
    policy text NOT NULL DEFAULT 'ask' CHECK (policy IN ('protect', 'last', 'expendable', 'ask')),
    max_retained int8 CHECK (max_retained >= 0),
    owner text, note text, updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, name));
SELECT pg_catalog.pg_extension_config_dump('opsmon.consumers', '');
CREATE FUNCTION opsmon.consumers_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'opsmon_consumers_changed';
COMMENT ON FUNCTION opsmon.consumers_changed() IS
    'Has the guard read opsmon.consumers again before it evicts anybody';
CREATE TRIGGER consumers_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON opsmon.consumers
    FOR EACH STATEMENT EXECUTE FUNCTION opsmon.consumers_changed();
ALTER TABLE opsmon.consumers ENABLE ALWAYS TRIGGER consumers_changed;
COMMENT ON TRIGGER consumers_changed ON opsmon.consumers IS
    'From the commit on, nobody is evicted by what was said before';
COMMENT ON TABLE opsmon.consumers IS
    'What may be done to those that take WAL, said by people; a slot without a row has the policy ask';
COMMENT ON COLUMN opsmon.consumers.name IS 'The slot''s name; it need not exist yet';
COMMENT ON COLUMN opsmon.consumers.policy IS
    'protect: never evicted; expendable: first; last: only when writes would be stopped otherwise; ask: only when stalled or unused';
COMMENT ON COLUMN opsmon.consumers.max_retained IS
    'Bytes of WAL the consumer may hold before ask lets it be evicted; NULL: any';
COMMENT ON COLUMN opsmon.consumers.owner IS 'Whom to ask';

-- ---------------------------------------------------------------------------------------------------
-- By hand. Superusers, and those they grant; each call is in the ledger with who it was.
-- ---------------------------------------------------------------------------------------------------

CREATE FUNCTION opsmon.fence(enable bool, reason text DEFAULT NULL) RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'opsmon_fence';
COMMENT ON FUNCTION opsmon.fence(bool, text) IS
    'Stops writes until it is called with false, or the server restarts; a reason is needed to stop them. Takes effect at once, not at commit.';

CREATE FUNCTION opsmon.guard_suspend(duration interval) RETURNS timestamptz
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'opsmon_guard_suspend';
COMMENT ON FUNCTION opsmon.guard_suspend(interval) IS
    'Lets the guard decide and tell only for a while, at most 24 hours; 0 ends that. Returns until when. A fence of the guard comes down.';

CREATE FUNCTION opsmon.evict(
    consumer text, OUT outcome text, OUT freed_bytes int8, OUT detail text)
    RETURNS record LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'opsmon_evict';
COMMENT ON FUNCTION opsmon.evict(text) IS
    'Ends the process that uses a slot, drops the slot and waits until its WAL is freed; not undone by ROLLBACK. A protected slot is refused.';

CREATE FUNCTION opsmon.note_drill(outcome text, detail text) RETURNS void
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'opsmon_note_drill';
COMMENT ON FUNCTION opsmon.note_drill(text, text) IS
    'Enters a drill into the ledger, done or failed; called by opsmon.drill()';

CREATE FUNCTION opsmon.drill(OUT step int4, OUT what text, OUT passed bool, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    slot CONSTANT name := 'opsmon_drill_' || pg_backend_pid();
    began CONSTANT timestamptz := clock_timestamp();
    failed bool := false;
BEGIN
    step := 1;
    what := 'guard and reclaimer run';
    SELECT count(*) = 2, string_agg(w.worker || ' ticked ' || w.last_tick_at, ', ')
      INTO passed, detail
      FROM opsmon.live_workers() w
     WHERE w.worker IN ('guard', 'reclaimer')
       AND w.last_tick_at > clock_timestamp() - interval '5 s' - 3 * w.tick_interval;
    failed := failed OR NOT passed;
    RETURN NEXT;

    -- A temporary one: gone with an error or with the session, whatever happens here.
    step := 2;
    what := 'a scratch slot is made';
    PERFORM pg_create_physical_replication_slot(slot, true, true);
    passed := true;
    detail := slot;
    RETURN NEXT;

    step := 3;
    what := 'the guard sees that it holds WAL';
    LOOP
        SELECT h.sampled_at - began INTO detail
          FROM opsmon.live_wal_holders() h WHERE h.name = slot::text;
        passed := FOUND;
        EXIT WHEN passed OR clock_timestamp() > began + interval '30 s';
        PERFORM pg_sleep(0.02);
    END LOOP;
    detail := CASE WHEN passed THEN 'after ' || detail ELSE 'not within 30 s' END;
    failed := failed OR NOT passed;
    RETURN NEXT;

    step := 4;
    what := 'the plan says what would be done about it';
    SELECT true, p.action || ': ' || p.why INTO passed, detail
      FROM opsmon.live_guard_plan() p WHERE p.target = slot::text;
    passed := FOUND;
    failed := failed OR NOT passed;
    RETURN NEXT;

    step := 5;
    what := 'the scratch slot is removed';
    PERFORM pg_drop_replication_slot(slot);
    SELECT count(*) = 0 INTO passed FROM pg_replication_slots s WHERE s.slot_name = slot;
    detail := NULL;
    failed := failed OR NOT passed;
    RETURN NEXT;

    step := 6;
    what := 'the ledger takes an entry; the alert OpsmonDrill follows from it';
    PERFORM opsmon.note_drill(CASE WHEN failed THEN 'failed' ELSE 'done' END,
                              'slot ' || slot);
    LOOP
        SELECT 'event ' || e.number INTO detail
          FROM opsmon.live_guard_events() e WHERE e.action = 'drill' AND e.at >= began
         ORDER BY e.number DESC LIMIT 1;
        passed := FOUND;
        EXIT WHEN passed OR clock_timestamp() > began + interval '60 s';
        PERFORM pg_sleep(0.02);
    END LOOP;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION opsmon.drill() IS
    'Makes a scratch slot, follows it through the guard up to the ledger, whose entry sets off the alert OpsmonDrill, and removes it';

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

-- ---------------------------------------------------------------------------------------------------
-- Privileges: pg_monitor reads, nobody else; only superusers (and those they grant) change anything.
-- ---------------------------------------------------------------------------------------------------

-- Whatever ALTER DEFAULT PRIVILEGES may have given away is taken back first: the sampler is a
-- superuser, and writes here.
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT format('SCHEMA %s', n.oid::regnamespace) AS object, a.grantee
          FROM pg_namespace n, aclexplode(n.nspacl) a
         WHERE n.nspname = 'opsmon' AND a.grantee NOT IN (0, n.nspowner)
        UNION
        SELECT format('TABLE %s', c.oid::regclass), a.grantee
          FROM pg_class c, aclexplode(c.relacl) a
         WHERE c.relnamespace = 'opsmon'::regnamespace AND a.grantee NOT IN (0, c.relowner)
        UNION
        SELECT format('FUNCTION %s', p.oid::regprocedure), a.grantee
          FROM pg_proc p, aclexplode(p.proacl) a
         WHERE p.pronamespace = 'opsmon'::regnamespace AND a.grantee NOT IN (0, p.proowner)
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s CASCADE', given.object, given.grantee::regrole);
    END LOOP;
END
$$;
REVOKE ALL ON SCHEMA opsmon FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA opsmon FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA opsmon FROM PUBLIC;
GRANT USAGE ON SCHEMA opsmon TO pg_monitor;
GRANT SELECT ON ALL TABLES IN SCHEMA opsmon TO pg_monitor;
GRANT EXECUTE ON FUNCTION
    opsmon.library_version(), opsmon.live_workers(), opsmon.live_recorder(),
    opsmon.live_wal_position(), opsmon.live_wal_directory(), opsmon.live_volumes(),
    opsmon.live_slots(), opsmon.live_replication(), opsmon.live_activity(),
    opsmon.live_connections(), opsmon.live_guard(), opsmon.live_guard_state(),
    opsmon.live_guard_counts(), opsmon.live_guard_plan(),
    opsmon.live_wal_holders(), opsmon.live_guard_events(), opsmon.ladder()
    TO pg_monitor;

-- opsmon
\echo Use "CREATE EXTENSION opsmon" to load this file. \quit

-- Fails where the schema exists already, and must: the sampler, a superuser, calls functions and
-- writes tables here, and another owner of the schema could put his own in their place.
CREATE SCHEMA opsmon;
COMMENT ON SCHEMA opsmon IS 'opsmon: replication, WAL, volumes and activity of this server, live and over time';

-- What the workers publish. The functions read shared memory only: no table, no lock.

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
    'Account of the writing of history tables: starting, recording, standby, no extension, off, volume short, fenced or failing';

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

-- Names and texts of other databases can be anything: the views show them so that no client fails.

CREATE FUNCTION opsmon.readable(value text) RETURNS text
    LANGUAGE c STRICT IMMUTABLE AS 'MODULE_PATHNAME', 'opsmon_readable';
COMMENT ON FUNCTION opsmon.readable(text) IS
    'The text itself when it is valid in this database''s encoding, else with question marks for what is not ASCII';

CREATE FUNCTION opsmon.quoted_name(name text) RETURNS text
    LANGUAGE sql STRICT IMMUTABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
    AS $$ SELECT quote_ident(name) $$;
COMMENT ON FUNCTION opsmon.quoted_name(text) IS
    'As an SQL identifier, in quotes only when it needs them: the same whatever quote_all_identifiers says';

CREATE FUNCTION opsmon.shows_query_text() RETURNS bool
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'opsmon_shows_query_text';
COMMENT ON FUNCTION opsmon.shows_query_text() IS
    'The setting opsmon.slow_query_text: whether the views show texts of statements';

CREATE FUNCTION opsmon.shown_query(query text) RETURNS text
    LANGUAGE c STRICT STABLE AS 'MODULE_PATHNAME', 'opsmon_shown_query';
COMMENT ON FUNCTION opsmon.shown_query(text) IS
    'The text of a statement as the views show it: readable, at most 1023 bytes, NULL while opsmon.slow_query_text is off';

-- What is typed to end somebody, in every view the same. NULL where no statement would: a wrong one
-- is worse than none.

CREATE FUNCTION opsmon.to_end_session(
    pid int4, backend_type text, state text, wait_event_type text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE
        WHEN backend_type IN ('startup', 'checkpointer', 'background writer', 'walwriter') THEN NULL
        -- Who waits for his client takes no cancel, and of whom nothing is told it is not known.
        WHEN backend_type = 'walsender' OR state LIKE 'idle%' OR state = 'disabled'
             OR wait_event_type = 'Client'
        THEN format('SELECT pg_terminate_backend(%s);', pid)
        WHEN backend_type IS NOT NULL THEN format('SELECT pg_cancel_backend(%s);', pid)
    END
    $$;
COMMENT ON FUNCTION opsmon.to_end_session(int4, text, text, text) IS
    'The statement that ends what a session does: its statement, or the session itself when it runs none or waits for its client; NULL: not to be ended by hand';

-- A name is typed in the database of the transaction: its bytes are the same there only if the two
-- databases have the same encoding. Control characters are lost on the way.
CREATE FUNCTION opsmon.to_end_prepared(gid text, database name) RETURNS text
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE
        WHEN opsmon.readable(gid) <> gid THEN NULL
        WHEN gid ~ '[[:cntrl:]\x01-\x1f\x7f]' THEN NULL
        WHEN gid ~ '[^\x01-\x7f]' THEN (
            SELECT format('ROLLBACK PREPARED %L;', gid)
              FROM pg_database d JOIN pg_database here ON here.encoding = d.encoding
             WHERE d.datname = database AND here.datname = current_database())
        ELSE format('ROLLBACK PREPARED %L;', gid)
    END
    $$;
COMMENT ON FUNCTION opsmon.to_end_prepared(text, name) IS
    'The statement that rolls a prepared transaction back, to be typed in its database; NULL where its name cannot be typed as it is';

-- Who blocks whom. Nothing is asked of the lock manager while nobody waits for a lock, and then
-- only about those who have waited longest.

CREATE FUNCTION opsmon.live_blocking(
    waiting_max int4 DEFAULT 100, OUT depth int4, OUT pid int4, OUT prepared text,
    OUT path text, OUT blocked_by int4[], OUT blocks int8, OUT wait_time interval,
    OUT lock text, OUT lock_mode text, OUT database text, OUT username text,
    OUT application_name text, OUT client_addr inet, OUT backend_type text, OUT state text,
    OUT xact_age interval, OUT query text, OUT to_end_it text, OUT waiting_sessions int8)
    RETURNS SETOF record LANGUAGE plpgsql VOLATILE ROWS 20 SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
    AS $$
DECLARE
    waiting_in_all CONSTANT int8 := (
        SELECT count(*) FROM pg_stat_activity a WHERE a.wait_event_type = 'Lock');
BEGIN
    IF waiting_in_all = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH RECURSIVE activity AS MATERIALIZED (
        SELECT * FROM pg_stat_activity),
    -- A limit before the function is called: it stops the lock manager for a moment each time.
    waiting AS MATERIALIZED (
        SELECT w.pid, pg_blocking_pids(w.pid) AS blocked_by
          FROM (SELECT a.pid FROM activity a WHERE a.wait_event_type = 'Lock'
                 ORDER BY a.query_start, a.pid LIMIT waiting_max) w),
    locks AS MATERIALIZED (
        SELECT l.*, ROW(l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid,
                        l.transactionid, l.classid, l.objid, l.objsubid)::text AS object
          FROM pg_locks l WHERE NOT l.granted OR l.pid IS NULL),
    awaited AS MATERIALIZED (
        SELECT DISTINCT ON (l.pid) l.*
          FROM locks l JOIN waiting w ON w.pid = l.pid
         WHERE NOT l.granted ORDER BY l.pid, l.waitstart),
    conflicts (wanted, held) AS (VALUES
        ('AccessShareLock', '{AccessExclusiveLock}'::text[]),
        ('RowShareLock', '{ExclusiveLock,AccessExclusiveLock}'),
        ('RowExclusiveLock',
         '{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('ShareUpdateExclusiveLock',
         '{ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('ShareLock',
         '{RowExclusiveLock,ShareUpdateExclusiveLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('ShareRowExclusiveLock',
         '{RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('ExclusiveLock',
         '{RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('AccessExclusiveLock',
         '{AccessShareLock,RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}')),
    -- A node is a process id, or the negative transaction id of a prepared transaction, which
    -- pg_blocking_pids() calls 0.
    -- Its locks are found by the one it has on its own id.
    prepared_transactions AS MATERIALIZED (
        SELECT -(p.transaction::text::int8) AS node, k.virtualtransaction, p.*
          FROM pg_prepared_xacts p
          LEFT JOIN locks k ON k.pid IS NULL AND k.locktype = 'transactionid' AND k.granted
                           AND k.transactionid = p.transaction AND k.mode = 'ExclusiveLock'),
    edges AS MATERIALIZED (
        SELECT DISTINCT w.pid::int8 AS node, b.pid::int8 AS blocker
          FROM waiting w, unnest(w.blocked_by) b (pid) WHERE b.pid > 0
        UNION
        SELECT a.pid, p.node
          FROM waiting w JOIN awaited a ON a.pid = w.pid
          JOIN conflicts c ON c.wanted = a.mode
          JOIN locks h ON h.object = a.object AND h.pid IS NULL AND h.granted
                      AND h.mode = ANY (c.held)
          JOIN prepared_transactions p ON p.virtualtransaction = h.virtualtransaction
         WHERE 0 = ANY (w.blocked_by)),
    -- Of several blockers, the one nearest to a root: so that the tree has each session once.
    parents AS MATERIALIZED (
        SELECT DISTINCT ON (e.node) e.node, e.blocker
          FROM edges e
          LEFT JOIN (SELECT x.node, count(*) AS blockers FROM edges x GROUP BY x.node) n
                 ON n.node = e.blocker
         ORDER BY e.node, coalesce(n.blockers, 0), e.blocker),
    tree AS (
        SELECT DISTINCT p.blocker AS node, 0 AS depth, p.blocker AS root, ARRAY[p.blocker] AS path
          FROM parents p WHERE p.blocker NOT IN (SELECT x.node FROM parents x)
        UNION ALL
        SELECT p.node, t.depth + 1, t.root, t.path || p.node
          FROM tree t JOIN parents p ON p.blocker = t.node),
    -- And those who wait for each other in a circle, until the server ends one of them.
    nodes AS MATERIALIZED (
        SELECT t.node, t.depth, t.root, t.path FROM tree t
        UNION ALL
        SELECT p.node, 0, p.node, ARRAY[p.node] FROM parents p
         WHERE p.node NOT IN (SELECT t.node FROM tree t))
    SELECT n.depth, s.pid, opsmon.readable(x.gid),
           (SELECT string_agg(CASE WHEN i.node > 0 THEN i.node::text
                                   ELSE 'prepared ' || -i.node END, ' > ' ORDER BY i.place)
              FROM unnest(n.path) WITH ORDINALITY i (node, place)),
           w.blocked_by,
           (SELECT count(*) - 1 FROM nodes o WHERE n.node = ANY (o.path)),
           clock_timestamp() - a.waitstart,
           CASE
               WHEN a.relation IS NOT NULL THEN
                   concat(CASE a.locktype WHEN 'relation' THEN '' WHEN 'tuple' THEN
                              format('row (%s,%s) of ', a.page, a.tuple)
                          ELSE a.locktype || ' of ' END,
                          CASE WHEN r.relname IS NULL THEN 'relation ' || a.relation
                               ELSE opsmon.readable(format('%I.%I', r.nspname, r.relname)) END)
               WHEN a.locktype = 'transactionid' THEN 'transaction ' || a.transactionid
               WHEN a.locktype = 'virtualxid' THEN 'transaction ' || a.virtualxid
               WHEN a.locktype = 'advisory' THEN format('advisory %s, %s', a.classid, a.objid)
               ELSE a.locktype
           END,
           a.mode, opsmon.readable(coalesce(s.datname, x.database)::text),
           opsmon.readable(coalesce(s.usename, x.owner)::text), s.application_name,
           s.client_addr, s.backend_type,
           CASE WHEN x.gid IS NULL THEN s.state ELSE 'prepared' END,
           clock_timestamp() - coalesce(s.xact_start, x.prepared), opsmon.shown_query(s.query),
           CASE
               WHEN n.root < 0 THEN
                   (SELECT opsmon.to_end_prepared(p.gid, p.database)
                      FROM prepared_transactions p WHERE p.node = n.root)
               ELSE (SELECT opsmon.to_end_session(v.pid, v.backend_type, v.state,
                                                  v.wait_event_type)
                       FROM activity v WHERE v.pid = n.root)
           END, waiting_in_all
      FROM nodes n
      LEFT JOIN activity s ON s.pid = n.node
      LEFT JOIN prepared_transactions x ON x.node = n.node
      LEFT JOIN waiting w ON w.pid = n.node
      LEFT JOIN awaited a ON a.pid = n.node
      LEFT JOIN LATERAL (
          SELECT k.nspname, c.relname FROM pg_class c JOIN pg_namespace k ON k.oid = c.relnamespace
           WHERE c.oid = a.relation
             AND a.database IN (0, (SELECT d.oid FROM pg_database d
                                     WHERE d.datname = current_database()))) r ON true
     ORDER BY (SELECT count(*) FROM nodes o WHERE o.root = n.root) DESC, n.root, n.path;
END
$$;
COMMENT ON FUNCTION opsmon.live_blocking(int4) IS
    'The tree behind opsmon.blocking, from the waiting_max sessions that have waited longest';

CREATE VIEW opsmon.blocking AS
SELECT b.depth, b.pid, b.prepared, b.path, b.blocked_by, b.blocks, b.wait_time, b.lock,
       b.lock_mode, b.database, b.username, b.application_name, b.client_addr, b.backend_type,
       b.state, b.xact_age, b.query, b.to_end_it, b.waiting_sessions
  FROM opsmon.live_blocking(100) b;
COMMENT ON VIEW opsmon.blocking IS
    'Who blocks whom, as a tree: depth 0 blocks others and waits for nobody; no row while nobody waits for a lock';
COMMENT ON COLUMN opsmon.blocking.prepared IS 'Name of a prepared transaction, which has no process';
COMMENT ON COLUMN opsmon.blocking.path IS 'From the root down to this session, by process ids';
COMMENT ON COLUMN opsmon.blocking.blocked_by IS
    'All it waits for, also those further up the queue; 0 is a prepared transaction. The tree shows one of them';
COMMENT ON COLUMN opsmon.blocking.blocks IS 'Number of sessions below it in the tree';
COMMENT ON COLUMN opsmon.blocking.wait_time IS 'How long it has waited for the lock; NULL for a root';
COMMENT ON COLUMN opsmon.blocking.lock IS 'What it waits for; a number where the relation is in another database';
COMMENT ON COLUMN opsmon.blocking.query IS
    'What it runs, or ran last when it is idle; NULL while opsmon.slow_query_text is off';
COMMENT ON COLUMN opsmon.blocking.to_end_it IS
    'The statement that ends the root above it; ROLLBACK PREPARED in the database shown. NULL: not to be ended by hand';
COMMENT ON COLUMN opsmon.blocking.waiting_sessions IS
    'Sessions that wait for a lock in all: the tree is made from the 100 that have waited longest';

-- What keeps dead rows from being removed and transaction ids from being reused, and how near the
-- end of them is.

CREATE VIEW opsmon.xmin_horizon AS
WITH holders AS MATERIALIZED (
    SELECT 'session' AS kind, a.pid,
           CASE WHEN a.backend_type = 'walsender' THEN a.application_name END AS name,
           a.datname::text AS database,
           a.usename::text AS username, a.backend_xmin AS xmin, a.backend_xid AS xid,
           a.xact_start AS since, a.state,
           opsmon.to_end_session(a.pid, a.backend_type, a.state, a.wait_event_type) AS to_end_it,
           CASE WHEN a.backend_type = 'walsender'
                THEN 'a walsender that reads tables, as for the initial copy of a subscription: ended, the copy begins anew'
                ELSE 'its transaction is open' END AS why
      FROM pg_catalog.pg_stat_activity a
      LEFT JOIN pg_catalog.pg_stat_get_progress_info('VACUUM') v ON v.pid = a.pid
     WHERE (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
       -- With a database it has a snapshot of its own, as any session; without, its standby's.
       AND (a.backend_type <> 'walsender' OR a.datid IS NOT NULL) AND v.pid IS NULL
       AND a.pid <> pg_catalog.pg_backend_pid()
    UNION ALL
    SELECT 'prepared transaction', NULL, p.gid, p.database::text, p.owner::text, p.transaction,
           p.transaction, p.prepared, NULL, opsmon.to_end_prepared(p.gid, p.database),
           'to be committed or rolled back by whoever prepared it'
      FROM pg_catalog.pg_prepared_xacts p
    UNION ALL
    -- One that has lost its WAL is not asked any more, though it still names what it wanted.
    SELECT x.kind, s.active_pid, s.slot_name::text, s.database::text, NULL, x.xmin, NULL, NULL,
           CASE WHEN s.active THEN 'active' ELSE 'inactive' END,
           CASE WHEN NOT s.active AND NOT c.copies
                THEN pg_catalog.format('SELECT pg_drop_replication_slot(%L);', s.slot_name) END,
           CASE WHEN c.copies
                THEN 'the initial copy of a table of a subscription, which uses it only when the table is copied; its subscriber drops it'
                ELSE x.why END
      FROM pg_catalog.pg_replication_slots s
     CROSS JOIN LATERAL (SELECT s.slot_name ~ '^pg_[0-9]+_sync_[0-9]+_[0-9]+$' AS copies) c
     CROSS JOIN LATERAL (VALUES
           ('slot', s.xmin,
            'what its consumer still needs; drop it only when the consumer is gone for good'),
           ('slot (catalogs only)', s.catalog_xmin,
            'what its subscriber still needs of the catalogs; drop it only when that is gone for good')
           ) x (kind, xmin, why)
     WHERE x.xmin IS NOT NULL AND s.wal_status IS DISTINCT FROM 'lost'
    UNION ALL
    SELECT 'standby', r.pid, r.application_name, NULL, r.usename::text, r.backend_xmin, NULL, NULL,
           r.state, NULL, 'a query on the standby, by hot_standby_feedback: end it there'
      FROM pg_catalog.pg_stat_replication r
      JOIN pg_catalog.pg_stat_activity a ON a.pid = r.pid AND a.datid IS NULL
     WHERE r.backend_xmin IS NOT NULL)
SELECT h.kind, h.pid, opsmon.readable(h.name) AS name, opsmon.readable(h.database) AS database,
       opsmon.readable(h.username) AS username, a.xmin_age,
       a.xmin_age = CASE h.kind
           WHEN 'slot (catalogs only)' THEN pg_catalog.max(a.xmin_age) OVER ()
           ELSE pg_catalog.max(a.xmin_age) FILTER (WHERE h.kind <> 'slot (catalogs only)') OVER ()
       END AS is_oldest,
       pg_catalog.age(h.xid) AS xid_age, pg_catalog.clock_timestamp() - h.since AS open_for,
       h.state, h.why, h.to_end_it
  FROM holders h
 CROSS JOIN LATERAL (SELECT GREATEST(pg_catalog.age(h.xmin),
                                     pg_catalog.age(h.xid)) AS xmin_age) a
 ORDER BY a.xmin_age DESC NULLS LAST;
COMMENT ON VIEW opsmon.xmin_horizon IS
    'Who keeps dead rows from being removed by vacuum, the oldest first, and what ends it';
COMMENT ON COLUMN opsmon.xmin_horizon.kind IS
    'session (also a walsender that reads tables), prepared transaction, slot, slot (catalogs only), standby (by hot_standby_feedback, without a slot)';
COMMENT ON COLUMN opsmon.xmin_horizon.xmin_age IS 'Transactions since the oldest it can still see';
COMMENT ON COLUMN opsmon.xmin_horizon.is_oldest IS 'Nobody holds more (of catalogs: in the row of a slot): ending the others alone gains nothing';
COMMENT ON COLUMN opsmon.xmin_horizon.xid_age IS
    'Transactions since its own began to write; NULL: it has written nothing';
COMMENT ON COLUMN opsmon.xmin_horizon.to_end_it IS
    'The statement to type; ROLLBACK PREPARED in the database shown. NULL: not to be ended here';

-- The limits are the server's own: it stops giving out ids three million before the end.
CREATE VIEW opsmon.wraparound AS
SELECT opsmon.readable(d.datname::text) AS database, d.datallowconn AS connectable,
       a.xid_age, pg_catalog.round(100.0 * a.xid_age / s.freeze_max, 1) AS percent_of_freeze_max,
       pg_catalog.round(100.0 * a.xid_age / 2144483647, 1) AS percent_of_stop,
       GREATEST(2144483647 - a.xid_age, 0) AS xids_left,
       a.mxid_age,
       pg_catalog.round(100.0 * a.mxid_age / s.mxid_freeze_max, 1) AS percent_of_mxid_freeze_max,
       pg_catalog.round(100.0 * a.mxid_age / 2144483647, 1) AS percent_of_mxid_stop,
       CASE
           WHEN GREATEST(a.xid_age, a.mxid_age) > 1500000000 THEN 'critical'
           WHEN a.xid_age > 2 * s.freeze_max OR a.mxid_age > 2 * s.mxid_freeze_max THEN 'warning'
           ELSE 'ok'
       END AS severity,
       CASE
           WHEN GREATEST(a.xid_age, a.mxid_age) > 1500000000
                OR a.xid_age > 2 * s.freeze_max OR a.mxid_age > 2 * s.mxid_freeze_max
           THEN 'in that database: VACUUM (FREEZE); if it frees nothing, end who is oldest in opsmon.xmin_horizon'
       END AS what_to_do
  FROM pg_catalog.pg_database d
 CROSS JOIN LATERAL (SELECT pg_catalog.age(d.datfrozenxid)::int8 AS xid_age,
                            pg_catalog.mxid_age(d.datminmxid)::int8 AS mxid_age) a
 CROSS JOIN (SELECT pg_catalog.current_setting('autovacuum_freeze_max_age')::int8 AS freeze_max,
                    pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::int8
                        AS mxid_freeze_max) s
 ORDER BY GREATEST(a.xid_age, a.mxid_age) DESC, d.datname;
COMMENT ON VIEW opsmon.wraparound IS
    'How far each database is from running out of transaction ids, and of multixacts; the nearest first';
COMMENT ON COLUMN opsmon.wraparound.xid_age IS 'Transactions since the oldest id that is not frozen yet';
COMMENT ON COLUMN opsmon.wraparound.percent_of_freeze_max IS
    'Of autovacuum_freeze_max_age: at 100 autovacuum begins to freeze by force, which is normal';
COMMENT ON COLUMN opsmon.wraparound.percent_of_stop IS
    'Of the age at which the server refuses every statement that needs a new transaction id';
COMMENT ON COLUMN opsmon.wraparound.percent_of_mxid_stop IS
    'The same of multixacts, by their number; the room of their members is not counted';
COMMENT ON COLUMN opsmon.wraparound.severity IS
    'ok; warning: over twice the age at which autovacuum freezes by force; critical: over 1.5 billion';

-- Sessions that have a transaction open and do nothing in it.

CREATE VIEW opsmon.idle_in_transaction AS
SELECT a.pid, opsmon.readable(a.datname::text) AS database,
       opsmon.readable(a.usename::text) AS username, a.application_name, a.client_addr, a.state,
       pg_catalog.clock_timestamp() - a.state_change AS idle_for,
       pg_catalog.clock_timestamp() - a.xact_start AS open_for,
       a.backend_xid IS NOT NULL AS has_written,
       GREATEST(pg_catalog.age(a.backend_xmin), pg_catalog.age(a.backend_xid)) AS xmin_age,
       opsmon.shown_query(a.query) AS last_query,
       pg_catalog.format('SELECT pg_terminate_backend(%s);', a.pid) AS to_end_it
  FROM pg_catalog.pg_stat_activity a
 WHERE a.state IN ('idle in transaction', 'idle in transaction (aborted)')
 ORDER BY a.state_change;
COMMENT ON VIEW opsmon.idle_in_transaction IS
    'Sessions that have a transaction open and do nothing in it, the longest idle first';
COMMENT ON COLUMN opsmon.idle_in_transaction.idle_for IS 'Since its last statement ended';
COMMENT ON COLUMN opsmon.idle_in_transaction.open_for IS 'Since its transaction began';
COMMENT ON COLUMN opsmon.idle_in_transaction.has_written IS
    'It has a transaction id: what it wrote is lost when it is ended';
COMMENT ON COLUMN opsmon.idle_in_transaction.xmin_age IS
    'Transactions since the oldest it keeps from vacuum; NULL: it keeps none';
COMMENT ON COLUMN opsmon.idle_in_transaction.last_query IS
    'Its last statement, at most 1023 bytes; NULL while opsmon.slow_query_text is off';
COMMENT ON COLUMN opsmon.idle_in_transaction.to_end_it IS 'The statement to type';

-- Statements that run long: now, as the server says, and the longest of the last hours, as the
-- sampler has seen them.

CREATE FUNCTION opsmon.live_slow_queries(
    OUT pid int4, OUT query_start timestamptz, OUT seen_at timestamptz, OUT duration interval,
    OUT database text, OUT username text, OUT application_name text, OUT client_addr text,
    OUT wait_event_type text, OUT wait_event text, OUT query_id int8, OUT query text)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 20 AS 'MODULE_PATHNAME', 'opsmon_live_slow_queries';
COMMENT ON FUNCTION opsmon.live_slow_queries() IS
    'The longest statements the sampler has seen in the last six hours, at most 64';

CREATE FUNCTION opsmon.slow_query_threshold() RETURNS interval
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'opsmon_slow_query_threshold';
COMMENT ON FUNCTION opsmon.slow_query_threshold() IS
    'The setting opsmon.slow_query_threshold; NULL when it is -1 and no statement is slow';

CREATE VIEW opsmon.slow_queries AS
WITH running AS MATERIALIZED (
    SELECT a.pid, a.query_start, pg_catalog.clock_timestamp() AS seen_at, a.datname, a.usename,
           a.application_name, a.client_addr, a.wait_event_type, a.wait_event, a.query_id, a.query,
           opsmon.to_end_session(a.pid, a.backend_type, a.state, a.wait_event_type) AS to_end_it
      FROM pg_catalog.pg_stat_activity a
     WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid()
       AND a.state IN ('active', 'fastpath function call')
       AND a.query_start <= pg_catalog.clock_timestamp() - opsmon.slow_query_threshold())
SELECT true AS running, r.seen_at - r.query_start AS duration, r.pid, opsmon.readable(r.datname::text) AS database,
       opsmon.readable(r.usename::text) AS username, r.application_name, r.client_addr, r.query_start, r.seen_at,
       r.wait_event_type, r.wait_event, r.query_id,
       opsmon.shown_query(r.query) AS query,
       r.to_end_it
  FROM running r
UNION ALL
SELECT false, l.duration, l.pid, l.database, l.username, l.application_name, l.client_addr::inet,
       l.query_start, l.seen_at, l.wait_event_type, l.wait_event, l.query_id, l.query, NULL
  FROM opsmon.live_slow_queries() l
 WHERE NOT EXISTS (SELECT FROM running r WHERE r.pid = l.pid AND r.query_start = l.query_start)
 ORDER BY 1 DESC, 2 DESC;
COMMENT ON VIEW opsmon.slow_queries IS
    'Statements of clients over opsmon.slow_query_threshold: those that run now, then the longest of the last six hours';
COMMENT ON COLUMN opsmon.slow_queries.running IS
    'It runs at this moment; false: it has ended, or is being ended';
COMMENT ON COLUMN opsmon.slow_queries.duration IS
    'Until now, or until the sampler saw it last: a statement that has ended took at least as long';
COMMENT ON COLUMN opsmon.slow_queries.wait_event IS 'What it waits for, or waited for when it was seen last';
COMMENT ON COLUMN opsmon.slow_queries.query IS
    'At most 1023 bytes; NULL while opsmon.slow_query_text is off';
COMMENT ON COLUMN opsmon.slow_queries.to_end_it IS
    'The statement to type: it cancels, or terminates the session while that waits for its client';

-- What pg_stat_statements has, where it is. It may lie in any schema: only what belongs to the
-- extension is called.

CREATE FUNCTION opsmon.live_statements(
    rows_max int4 DEFAULT 50, OUT query_id int8, OUT database text, OUT username text,
    OUT calls int8, OUT total_time interval, OUT mean_time interval, OUT max_time interval,
    OUT rows int8, OUT blocks_read int8, OUT temp_blocks_written int8, OUT wal_bytes numeric,
    OUT query text)
    RETURNS SETOF record LANGUAGE plpgsql VOLATILE ROWS 50 SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    source text;
BEGIN
    SELECT p.oid::regproc INTO source
      FROM pg_extension e
      JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                      AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
      JOIN pg_proc p ON p.oid = d.objid
     WHERE e.extname = 'pg_stat_statements' AND p.proname = 'pg_stat_statements'
       AND has_schema_privilege(p.pronamespace, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
       AND p.proargnames @> ARRAY['showtext', 'total_exec_time', 'wal_bytes'];
    IF source IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT s.queryid, opsmon.readable(d.datname::text),'
        ' opsmon.readable(pg_get_userbyid(s.userid)::text), s.calls,'
        ' make_interval(secs => s.total_exec_time / 1000),'
        ' make_interval(secs => s.mean_exec_time / 1000),'
        ' make_interval(secs => s.max_exec_time / 1000),'
        ' s.rows, s.shared_blks_read, s.temp_blks_written, s.wal_bytes, opsmon.shown_query(s.query)'
        ' FROM %s($1) s LEFT JOIN pg_database d ON d.oid = s.dbid'
        ' ORDER BY s.total_exec_time DESC LIMIT $2', source)
        USING opsmon.shows_query_text(), rows_max;
EXCEPTION
    -- It is not in shared_preload_libraries.
    WHEN object_not_in_prerequisite_state THEN RETURN;
END
$$;
COMMENT ON FUNCTION opsmon.live_statements(int4) IS
    'The statements of pg_stat_statements that took the most time in all; no row where it is not installed in this database, not preloaded, or in a schema the caller may not use';

CREATE VIEW opsmon.statements AS
SELECT s.query_id, s.database, s.username, s.calls, s.total_time, s.mean_time, s.max_time, s.rows,
       s.blocks_read, s.temp_blocks_written, s.wal_bytes, s.query
  FROM opsmon.live_statements(50) s;
COMMENT ON VIEW opsmon.statements IS
    'The 50 statements that took the most time in all, from pg_stat_statements where this database has it; no row without it';
COMMENT ON COLUMN opsmon.statements.total_time IS 'Since the statistics were reset last; planning not counted';
COMMENT ON COLUMN opsmon.statements.blocks_read IS 'Blocks of tables and indexes that were not in shared buffers';
COMMENT ON COLUMN opsmon.statements.wal_bytes IS 'WAL written by it, in bytes';
COMMENT ON COLUMN opsmon.statements.query IS
    'At most 1023 bytes; NULL while opsmon.slow_query_text is off';

-- What takes room in pg_wal: everybody that holds WAL back, and the two parts nobody holds.

CREATE FUNCTION opsmon.live_unheld_wal(
    OUT reusable_bytes int8, OUT unneeded_bytes int8, OUT sampled_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 1 AS 'MODULE_PATHNAME', 'opsmon_live_unheld_wal';
COMMENT ON FUNCTION opsmon.live_unheld_wal() IS
    'WAL that nobody holds, at most one row: segments to be written again, and what the next checkpoint takes away';

CREATE VIEW opsmon.wal_retention AS
SELECT h.holder, h.name, h.oldest_lsn, h.held_bytes, h.marginal_bytes, h.last_progress_at,
       h.sampled_at, pg_catalog.clock_timestamp() - h.sampled_at AS age,
       CASE h.holder
           WHEN 'crash recovery' THEN 'since the last checkpoint; the next one moves it on'
           WHEN 'wal_keep_size' THEN 'by the setting wal_keep_size, whoever needs it'
           WHEN 'slot' THEN 'until its consumer has taken it; see opsmon.slots'
           WHEN 'archiver' THEN 'until it is archived; see archived_count and failed_count in opsmon.wal'
           WHEN 'summarizer' THEN 'until it is summarized (summarize_wal)'
       END AS why
  FROM opsmon.live_wal_holders() h
UNION ALL
SELECT 'next checkpoint', NULL, NULL, u.unneeded_bytes, u.unneeded_bytes, NULL, u.sampled_at,
       pg_catalog.clock_timestamp() - u.sampled_at,
       'needed by nobody; the next checkpoint removes or recycles it'
  FROM opsmon.live_unheld_wal() u WHERE u.unneeded_bytes > 0
UNION ALL
SELECT 'recycled', NULL, NULL, r.bytes, r.bytes, NULL, r.sampled_at,
       pg_catalog.clock_timestamp() - r.sampled_at,
       'held back by nobody; kept to be written again, as min_wal_size and max_wal_size decide'
  FROM (SELECT COALESCE(d.recycled_bytes, u.reusable_bytes) AS bytes,
               CASE WHEN d.recycled_bytes IS NULL THEN u.sampled_at ELSE d.sampled_at
               END AS sampled_at
          FROM (SELECT) one
          LEFT JOIN opsmon.live_wal_directory() d ON true
          LEFT JOIN opsmon.live_unheld_wal() u ON true) r
 WHERE r.sampled_at IS NOT NULL;
COMMENT ON VIEW opsmon.wal_retention IS
    'What keeps WAL from being removed, what it would free if gone, and what nobody holds';
COMMENT ON COLUMN opsmon.wal_retention.holder IS
    'crash recovery, wal_keep_size, slot, archiver, summarizer; and, held by nobody: next checkpoint, recycled';
COMMENT ON COLUMN opsmon.wal_retention.held_bytes IS
    'Current position minus the oldest it needs; what several hold counts for each of them';
COMMENT ON COLUMN opsmon.wal_retention.marginal_bytes IS
    'Freed if this one alone were gone: the oldest frees only down to the second oldest, others nothing';

-- The receiving side of a standby. A lag is shown only while something arrives: with a broken stream
-- the standby does not know how far it is behind, and what it has received is all replayed.

CREATE VIEW opsmon.receiver AS
WITH facts AS MATERIALIZED (
    SELECT pg_catalog.pg_last_wal_receive_lsn() AS received,
           pg_catalog.pg_last_wal_replay_lsn() AS replayed,
           pg_catalog.pg_last_xact_replay_timestamp() AS replayed_at,
           CASE WHEN pg_catalog.pg_is_in_recovery()
                THEN pg_catalog.pg_get_wal_replay_pause_state() END AS pause,
           pg_catalog.current_setting('primary_conninfo') <> '' AS wants_stream,
           pg_catalog.current_setting('restore_command') <> '' AS has_archive,
           pg_catalog.extract('epoch', pg_catalog.current_setting('wal_receiver_timeout')::interval)
               AS timeout_s,
           r.pid, r.status, r.sender_host, r.sender_port, r.slot_name, r.received_tli,
           r.last_msg_receipt_time, r.latest_end_lsn, r.latest_end_time,
           pg_catalog.clock_timestamp() - r.last_msg_receipt_time AS message_age,
           (SELECT a.wait_event_type = 'Lock' OR a.wait_event LIKE 'RecoveryConflict%'
              FROM pg_catalog.pg_stat_activity a WHERE a.backend_type = 'startup' LIMIT 1)
               AS in_conflict
      FROM (SELECT) one LEFT JOIN pg_catalog.pg_stat_wal_receiver r ON true
     WHERE pg_catalog.pg_is_in_recovery()),
judged AS (
    SELECT f.*,
           CASE
               WHEN f.pid IS NULL AND f.wants_stream THEN 'broken stream'
               WHEN f.pid IS NULL THEN 'no stream'
               WHEN f.status IS DISTINCT FROM 'streaming' THEN f.status
               WHEN f.message_age > pg_catalog.make_interval(
                        secs => CASE WHEN f.timeout_s > 0 THEN f.timeout_s / 2 + 5 ELSE 60 END)
               THEN 'silent stream'
               ELSE 'streaming'
           END AS stream,
           f.pause IN ('paused', 'pause requested') AS is_paused
      FROM facts f)
SELECT CASE WHEN j.is_paused AND j.stream = 'streaming' THEN 'replay paused'
            WHEN j.is_paused THEN j.stream || ', replay paused'
            WHEN j.in_conflict AND j.stream = 'streaming' THEN 'replay waits for a query'
            ELSE j.stream END AS state,
       CASE
           WHEN j.stream = 'broken stream' AND j.has_archive
           THEN 'no WAL receiver runs: nothing streams, what arrives comes from the archive, and how far the primary is nobody here knows'
           WHEN j.stream = 'broken stream'
           THEN 'no WAL receiver runs: nothing arrives, and how far the primary is nobody here knows; see the server''s log'
           WHEN j.stream = 'no stream'
           THEN 'primary_conninfo is empty: WAL comes from the archive only, and how far the primary is nobody here knows'
           WHEN j.stream = 'silent stream'
           THEN pg_catalog.format('nothing was heard of the primary for %s s', pg_catalog.round(
                    pg_catalog.extract('epoch', j.message_age)))
                || CASE WHEN j.timeout_s = 0 THEN ', and with wal_receiver_timeout = 0 nobody asks' ELSE '' END
           WHEN j.stream <> 'streaming'
           THEN 'the WAL receiver does not stream yet'
           WHEN j.is_paused THEN 'WAL arrives and is not replayed: SELECT pg_wal_replay_resume();'
           WHEN j.in_conflict
           THEN 'a query on this standby still needs what replay would take away; see max_standby_streaming_delay'
       END AS reason,
       CASE WHEN j.stream = 'streaming' AND j.latest_end_lsn IS NOT NULL
            THEN GREATEST(j.latest_end_lsn - j.replayed, 0)::int8 END AS lag_bytes,
       CASE WHEN j.stream <> 'streaming' THEN NULL
            WHEN j.replayed >= GREATEST(j.latest_end_lsn, j.received) THEN interval '0'
            ELSE pg_catalog.clock_timestamp() - j.replayed_at END AS lag,
       GREATEST(j.received - j.replayed, 0)::int8 AS not_replayed_bytes,
       j.received AS receive_lsn, j.replayed AS replay_lsn, j.replayed_at AS last_replayed_xact_at,
       j.latest_end_lsn, j.latest_end_time, j.last_msg_receipt_time, j.message_age, j.is_paused AS replay_paused,
       j.status, j.pid, j.slot_name, j.sender_host, j.sender_port, j.received_tli AS timeline
  FROM judged j;
COMMENT ON VIEW opsmon.receiver IS
    'How this standby gets its WAL: one row on a standby, none on a primary';
COMMENT ON COLUMN opsmon.receiver.state IS
    'streaming; replay paused; replay waits for a query; silent stream; broken stream; no stream; or what the WAL receiver says of itself';
COMMENT ON COLUMN opsmon.receiver.reason IS 'Why it is not simply streaming, and why there is no lag then';
COMMENT ON COLUMN opsmon.receiver.lag_bytes IS
    'The primary''s position, as last heard of, minus what is replayed; NULL unless it is heard of: unknown, not 0';
COMMENT ON COLUMN opsmon.receiver.lag IS
    'Age of the last transaction replayed, 0 when all is replayed; NULL while the stream is broken';
COMMENT ON COLUMN opsmon.receiver.not_replayed_bytes IS
    'Received and not replayed yet: says nothing of what was never received';
COMMENT ON COLUMN opsmon.receiver.message_age IS 'Since anything was heard of the primary';

-- Settings that cannot work with the volume they have, or with what is there: each with the numbers
-- that say why and the statement that changes it. What is only unusual is not mentioned.

CREATE FUNCTION opsmon.advice_set(setting text, value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
    AS $$ SELECT format('ALTER SYSTEM SET %s = %L; SELECT pg_reload_conf();', setting, value) $$;
COMMENT ON FUNCTION opsmon.advice_set(text, text) IS 'The statement by which a setting is changed, for opsmon.advice';

CREATE VIEW opsmon.advice AS
WITH settings AS MATERIALIZED (
    SELECT pg_catalog.jsonb_object_agg(s.name, s.setting) AS of
      FROM pg_catalog.pg_settings s
     WHERE s.name IN ('max_slot_wal_keep_size', 'max_wal_size', 'wal_keep_size', 'wal_segment_size',
           'archive_mode', 'archive_command', 'archive_library', 'archive_timeout', 'wal_sender_timeout',
           'synchronous_standby_names', 'synchronous_commit', 'synchronized_standby_slots',
           'track_activities', 'opsmon.guard',
           'opsmon.guard_rungs', 'opsmon.ballast_size', 'opsmon.stall_bytes', 'opsmon.stall_time')),
facts AS MATERIALIZED (
    SELECT 1048576 * (s.of ->> 'max_slot_wal_keep_size')::int8 AS slot_cap,
           1048576 * (s.of ->> 'max_wal_size')::int8 AS max_wal,
           1048576 * (s.of ->> 'wal_keep_size')::int8 AS wal_keep,
           s.of ->> 'archive_mode' AS archive_mode,
           COALESCE(s.of ->> 'archive_command', '') IN ('', '(disabled)')
               AND COALESCE(s.of ->> 'archive_library', '') = '' AS archives_nowhere,
           (s.of ->> 'archive_timeout')::int8 AS archive_timeout_s,
           (s.of ->> 'wal_sender_timeout')::int8 AS sender_timeout_ms,
           s.of ->> 'synchronous_standby_names' AS sync_names,
           s.of ->> 'synchronous_commit' AS sync_commit,
           s.of ->> 'synchronized_standby_slots' AS failover_waits_for,
           s.of ->> 'track_activities' AS track_activities,
           s.of ->> 'opsmon.guard' AS guard, s.of ->> 'opsmon.guard_rungs' AS guard_rungs,
           1048576 * (s.of ->> 'opsmon.ballast_size')::int8 AS ballast,
           1048576 * (s.of ->> 'opsmon.stall_bytes')::int8 AS stall_bytes,
           pg_catalog.make_interval(secs => (s.of ->> 'opsmon.stall_time')::float8) AS stall_time,
           pg_catalog.pg_is_in_recovery() AS in_recovery,
           v.size_bytes AS volume, v.free_bytes AS free,
           -- What pg_wal could take if nothing else grew.
           v.free_bytes + d.directory_bytes AS room,
           g.ballast_wal_bytes, g.policies_loaded_at, w.usable_bytes AS usable,
           w.watch_free_bytes * 3 / 2 AS stays_free,
           w.wal_bytes_per_second_trend AS rate,
           (SELECT pg_catalog.count(*) FROM opsmon.live_slots() l WHERE NOT l.temporary) AS slots,
           COALESCE((SELECT pg_catalog.max(l.retained_bytes) FROM opsmon.live_slots() l), 0) AS held,
           (s.of ->> 'wal_segment_size')::int8 AS segment,
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_get_wal_senders()) AS senders,
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_get_wal_senders() w
             WHERE w.sync_state IN ('sync', 'quorum')) AS sync_senders
      FROM settings s
      LEFT JOIN opsmon.live_volumes() v ON v.volume = 'wal'
      LEFT JOIN opsmon.live_wal_directory() d ON true
      LEFT JOIN opsmon.live_guard_state() g ON true
      LEFT JOIN opsmon.live_guard() w ON w.volume = 'wal'),
-- What goes together: each value fits the others that are advised, not those that are wrong today.
-- A slot that holds more than the cap is lost at the next checkpoint: the cap lies halfway between
-- what they hold now and the most there is room for.
planned AS MATERIALIZED (
    SELECT f.*, n.next_max_wal,
           CASE WHEN c.fits THEN opsmon.advice_set('max_slot_wal_keep_size',
                (f.held + f.room - n.next_max_wal) / 2 / 1048576 || 'MB') END AS set_slot_cap,
           CASE WHEN NOT c.fits
                THEN pg_catalog.format('. No cap that helps can be set now: a slot holds %s and would be lost at the next checkpoint; let its consumer catch up first, or give it up (opsmon.slots)',
                         pg_catalog.pg_size_pretty(f.held))
                WHEN f.held > 0
                THEN pg_catalog.format('; a slot holds %s now, and with a cap below that it would be lost at the next checkpoint',
                         pg_catalog.pg_size_pretty(f.held))
           END AS held_now
      FROM facts f
     CROSS JOIN LATERAL (
         SELECT CASE WHEN f.max_wal > f.room * 4 / 5
                     THEN GREATEST(f.room / 3, 2 * f.segment, 67108864)
                     ELSE f.max_wal END AS next_max_wal) n
     CROSS JOIN LATERAL (
         SELECT f.room - n.next_max_wal - f.held >= GREATEST(134217728, 4 * f.segment) AS fits) c),
advice (severity, setting, value, reason, statement) AS (
    SELECT 'warning', 'max_slot_wal_keep_size', pg_catalog.pg_size_pretty(f.slot_cap),
           pg_catalog.format('a slot may hold %s and up to max_wal_size (%s) is written before the cap is looked at, but all the volume can give pg_wal is %s: it is full before the cap helps%s',
               pg_catalog.pg_size_pretty(f.slot_cap), pg_catalog.pg_size_pretty(f.max_wal),
               pg_catalog.pg_size_pretty(f.room), f.held_now),
           f.set_slot_cap
      FROM planned f WHERE f.slots > 0 AND f.slot_cap >= 0 AND f.slot_cap + f.max_wal > f.room
    UNION ALL
    SELECT 'warning', 'max_slot_wal_keep_size', '-1',
           pg_catalog.format('nothing limits what a slot holds (slots: %s), all the volume can give pg_wal is %s, %s/s are written, and with opsmon.guard = %s nobody is evicted before it is full%s',
               f.slots, pg_catalog.pg_size_pretty(f.room),
               pg_catalog.pg_size_pretty(COALESCE(f.rate, 0)), f.guard, f.held_now),
           f.set_slot_cap
      FROM planned f
     WHERE f.slots > 0 AND f.slot_cap < 0
       -- Small: for what the server writes between checkpoints, or in a day.
       AND (f.room < 16 * f.max_wal OR f.room < 86400 * f.rate)
       AND (f.guard <> 'enforce' OR f.guard_rungs !~ '\mevict\M')
    UNION ALL
    SELECT CASE WHEN f.max_wal > f.room THEN 'critical' ELSE 'warning' END, 'max_wal_size',
           pg_catalog.pg_size_pretty(f.max_wal),
           pg_catalog.format('checkpoints let pg_wal grow to %s and beyond while they run, and all the volume can give it is %s',
               pg_catalog.pg_size_pretty(f.max_wal), pg_catalog.pg_size_pretty(f.room)),
           opsmon.advice_set('max_wal_size', f.next_max_wal / 1048576 || 'MB')
      FROM planned f WHERE f.max_wal > f.room * 4 / 5
    UNION ALL
    SELECT CASE WHEN f.wal_keep > f.room THEN 'critical' ELSE 'warning' END, 'wal_keep_size',
           pg_catalog.pg_size_pretty(f.wal_keep),
           pg_catalog.format('%s are always kept, max_wal_size (%s) comes on top, and all the volume can give pg_wal is %s',
               pg_catalog.pg_size_pretty(f.wal_keep), pg_catalog.pg_size_pretty(f.max_wal),
               pg_catalog.pg_size_pretty(f.room)),
           opsmon.advice_set('wal_keep_size',
               GREATEST((f.room - f.next_max_wal) / 4 / 1048576, 0) || 'MB')
      FROM planned f WHERE f.wal_keep > 0 AND f.wal_keep + f.max_wal > f.room
    UNION ALL
    SELECT 'warning', 'opsmon.ballast_size', pg_catalog.pg_size_pretty(f.ballast),
           pg_catalog.format('the WAL volume has room for %s, and half as much again as opsmon.watch_free (%s) must be left: a ballast of that size is not built, and there is none to give up',
               pg_catalog.pg_size_pretty(f.usable), pg_catalog.pg_size_pretty(f.stays_free)),
           opsmon.advice_set('opsmon.ballast_size', '-1')
      FROM facts f
     WHERE f.ballast + f.stays_free > f.usable AND f.ballast > 0 AND f.guard = 'enforce' AND f.guard_rungs ~ '\mrescue\M'
       AND COALESCE(f.ballast_wal_bytes, 0) = 0
    UNION ALL
    SELECT 'critical', 'archive_command', '',
           pg_catalog.format('archive_mode is %s and nothing says how to archive: WAL is kept and never removed; the volume has %s free. Set archive_command or archive_library; or archive_mode = off, which takes a restart',
               f.archive_mode, pg_catalog.pg_size_pretty(f.free)),
           NULL
      FROM facts f
     WHERE f.archives_nowhere
       AND (f.archive_mode = 'always' OR f.archive_mode = 'on' AND NOT f.in_recovery)
    UNION ALL
    SELECT 'notice', 'archive_timeout', '0',
           pg_catalog.format('a segment of %s is archived when it is full, however long that takes: if this machine is lost, so is what was written since',
               pg_catalog.current_setting('wal_segment_size')),
           opsmon.advice_set('archive_timeout', '5min')
      FROM facts f
     WHERE f.archive_timeout_s = 0 AND NOT f.archives_nowhere AND f.senders = 0
       AND f.archive_mode IN ('on', 'always') AND NOT f.in_recovery
    UNION ALL
    SELECT 'warning', 'wal_sender_timeout', '0',
           pg_catalog.format('a consumer that hangs or is cut off is never noticed, and its slot stays active (slots: %s, connections: %s)',
               f.slots, f.senders),
           opsmon.advice_set('wal_sender_timeout', '1min')
      FROM facts f WHERE f.sender_timeout_ms = 0 AND f.slots + f.senders > 0
    UNION ALL
    SELECT 'critical', 'synchronous_standby_names', f.sync_names,
           pg_catalog.format('commits wait for %s of those standbys and %s are connected: they wait until more come',
               n.needed, f.sync_senders),
           opsmon.advice_set('synchronous_standby_names', '')
      FROM facts f
     CROSS JOIN LATERAL (SELECT COALESCE((pg_catalog.regexp_match(f.sync_names,
                '^\s*(?:(?:first|any)\s+)?(\d+)\s*\(', 'i'))[1]::int8, 1) AS needed) n
     WHERE f.sync_names <> '' AND f.sync_commit NOT IN ('off', 'local') AND NOT f.in_recovery
       AND f.sync_senders < n.needed
    UNION ALL
    -- From 17 on. The evicted slot of a standby that is gone is the usual case.
    SELECT 'critical', 'synchronized_standby_slots', f.failover_waits_for,
           pg_catalog.format('logical consumers with failover (slots: %s) get nothing that the slot %s has not confirmed, and %s: they wait, and hold WAL',
               n.waiting, w.slot_name, CASE WHEN l.slot_name IS NULL THEN 'there is no such slot'
                   ELSE 'it has lost its WAL' END),
           opsmon.advice_set('synchronized_standby_slots', w.others)
      FROM facts f
     CROSS JOIN LATERAL (SELECT pg_catalog.count(*) AS waiting FROM pg_catalog.pg_replication_slots p
          WHERE (pg_catalog.to_jsonb(p) ->> 'failover')::bool) n
     CROSS JOIN LATERAL (
         SELECT name.of_slot AS slot_name,
                COALESCE(pg_catalog.string_agg(name.of_slot, ', ') OVER (
                    ORDER BY name.nth ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    EXCLUDE CURRENT ROW), '') AS others
           FROM pg_catalog.unnest(pg_catalog.regexp_split_to_array(f.failover_waits_for,
                    '[\s",]+')) WITH ORDINALITY name (of_slot, nth)
          WHERE name.of_slot <> '') w
      LEFT JOIN opsmon.live_slots() l ON l.slot_name = w.slot_name
     WHERE n.waiting > 0 AND NOT f.in_recovery
       AND (l.slot_name IS NULL OR l.wal_status = 'lost')
    UNION ALL
    SELECT 'notice', 'track_activities', 'off',
           'the server does not say what its sessions do: slow statements and who blocks whom are not seen',
           opsmon.advice_set('track_activities', 'on')
      FROM facts f WHERE f.track_activities = 'off'
    UNION ALL
    SELECT 'warning', 'opsmon.guard', f.guard,
           pg_catalog.format('slot %s%s has had no consumer for %s and %s of WAL were written since it moved last; with opsmon.guard = %s nobody will take it before the volume is full (%s free)',
               l.slot_name,
               CASE WHEN l.orphans > 1
                    THEN pg_catalog.format(' (and %s more)', l.orphans - 1) ELSE '' END,
               pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - l.inactive_since),
               pg_catalog.pg_size_pretty(l.wal_since_progress_bytes), f.guard,
               pg_catalog.pg_size_pretty(f.free)),
           opsmon.advice_set('opsmon.guard', 'enforce')
      FROM facts f
     -- One row, however many there are: of the one that has waited longest.
     CROSS JOIN LATERAL (
         SELECT o.*, pg_catalog.count(*) OVER () AS orphans
           FROM opsmon.live_slots() o
          WHERE NOT o.active AND o.retained_bytes > 0
            AND o.wal_since_progress_bytes >= f.stall_bytes
            AND o.inactive_since < pg_catalog.clock_timestamp() - f.stall_time
          ORDER BY o.inactive_since, o.slot_name LIMIT 1) l
     WHERE f.guard <> 'enforce'
    UNION ALL
    SELECT 'warning', 'opsmon.guard', f.guard,
           'opsmon.consumers was never read, so nobody is evicted: CREATE EXTENSION opsmon is needed in the database of opsmon.database ('
               || pg_catalog.current_setting('opsmon.database') || ')',
           NULL -- it is typed there, not here
      FROM facts f
     WHERE f.guard = 'enforce' AND f.policies_loaded_at IS NULL
       AND EXISTS (SELECT FROM opsmon.live_recorder() r WHERE r.state = 'no extension')
    UNION ALL
    SELECT 'warning', 'opsmon.*_free', NULL,
           'their order is impossible (each rung must lie above the next): the defaults are in force; see opsmon.guard_ladder. The statement says so and lets them be changed anew',
           'ALTER SYSTEM SET opsmon.watch_free = 0; ALTER SYSTEM SET opsmon.relieve_free = 0; ALTER SYSTEM SET opsmon.evict_free = 0; ALTER SYSTEM SET opsmon.fence_free = 0; ALTER SYSTEM SET opsmon.rescue_free = 0; SELECT pg_reload_conf();'
     WHERE EXISTS (SELECT FROM opsmon.live_guard() g WHERE g.thresholds_refused)
    UNION ALL
    SELECT 'warning', 'opsmon.database', pg_catalog.current_database()::text COLLATE "default",
           pg_catalog.format('publication %s is FOR ALL TABLES, and so publishes those of opsmon too, a new one each day: a subscriber that has no such table stops, and its slot keeps WAL. Give opsmon a database of its own: CREATE DATABASE, name it in opsmon.database (a restart), CREATE EXTENSION opsmon there and DROP EXTENSION opsmon here',
               opsmon.readable(opsmon.quoted_name(p.pubname))) COLLATE "default",
           NULL
      FROM pg_catalog.pg_publication p WHERE p.puballtables)
SELECT a.severity, a.setting, a.value, a.reason, a.statement
  FROM advice a
 ORDER BY pg_catalog.array_position('{critical,warning,notice}'::text[], a.severity), a.setting;
COMMENT ON VIEW opsmon.advice IS
    'Settings that cannot work with the volume they have, or with what is connected; no row when all is well';
COMMENT ON COLUMN opsmon.advice.severity IS
    'critical: it stops or will stop the server''s work; warning: it fails when it is needed; notice';
COMMENT ON COLUMN opsmon.advice.reason IS 'Why, with the numbers of this moment';
COMMENT ON COLUMN opsmon.advice.statement IS
    'What to type, as it stands; the value is a start, not a law. NULL: what to do is no statement, and stands in reason';

-- History: written by the sampler on a primary. One row a sample, names replaced by keys, because
-- what costs is WAL: see docs/decisions/0028. Read it through the views and functions. Telemetry,
-- so pg_dump leaves the rows out.

CREATE TABLE opsmon.history_names (
    key int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE,
    seen_on date NOT NULL DEFAULT (pg_catalog.now() AT TIME ZONE 'UTC'));
COMMENT ON SEQUENCE opsmon.history_names_key_seq IS 'Keys of opsmon.history_names';
COMMENT ON TABLE opsmon.history_names IS
    'Names and other words that occur in samples, each once; empty for an absent one';
COMMENT ON COLUMN opsmon.history_names.seen_on IS
    'Day (UTC) on which it occurred last; forgotten when nothing that old is kept';

CREATE TABLE opsmon.history_epochs (
    key int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, first_sampled_at timestamptz NOT NULL,
    system_identifier int8 NOT NULL, timeline int8 NOT NULL, server_started_at timestamptz NOT NULL,
    archiver_stats_reset timestamptz);
COMMENT ON SEQUENCE opsmon.history_epochs_key_seq IS 'Keys of opsmon.history_epochs';
COMMENT ON TABLE opsmon.history_epochs IS
    'Stretches of time in which counters and positions can be compared: until a restart, promotion or reset';
COMMENT ON COLUMN opsmon.history_epochs.server_started_at IS
    'When the server started, or came back after a crash';

CREATE TABLE opsmon.history_samples (
    sampled_at timestamptz PRIMARY KEY, current_lsn pg_lsn, directory_bytes int8,
    recycled_bytes int8, archived_count int8, failed_count int8, epoch int4 NOT NULL,
    volumes int4[], volume_size_bytes int8[], volume_free_bytes int8[], volume_free_inodes int8[],
    slots int4[], slot_active bool[], slot_wal_status int4[], slot_retained_bytes int8[],
    consumers int4[] NOT NULL, consumer_address int4[] NOT NULL, consumer_state int4[] NOT NULL,
    consumer_lag_bytes int8[] NOT NULL, consumer_unsent_bytes int8[] NOT NULL,
    consumer_replay_lag_us int8[] NOT NULL,
    session_state int4[] NOT NULL, sessions int4[] NOT NULL)
    PARTITION BY RANGE (sampled_at);
COMMENT ON TABLE opsmon.history_samples IS
    'One row a sample, a partition a day (UTC): read it through history_wal, history_slots and their like';
COMMENT ON COLUMN opsmon.history_samples.volumes IS
    'Keys in history_names; the other arrays of volume_ have their elements in the same places; NULL when the guard was silent';
COMMENT ON COLUMN opsmon.history_samples.consumer_replay_lag_us IS 'Microseconds';

CREATE TABLE opsmon.history_minutes (
    at timestamptz PRIMARY KEY, last_sampled_at timestamptz NOT NULL, current_lsn pg_lsn,
    archived_count int8, failed_count int8, epoch int4 NOT NULL, samples int4 NOT NULL,
    series int4[] NOT NULL, lowest int8[] NOT NULL, mean float8[] NOT NULL, highest int8[] NOT NULL,
    latest int8[] NOT NULL)
    PARTITION BY RANGE (at);
COMMENT ON TABLE opsmon.history_minutes IS
    'Samples rolled up to minutes, a partition a day (UTC): lowest, mean, highest and latest of each series';
COMMENT ON COLUMN opsmon.history_minutes.at IS 'When the minute began';
COMMENT ON COLUMN opsmon.history_minutes.current_lsn IS
    'Of the last sample in it, as are the counts and the epoch';
COMMENT ON COLUMN opsmon.history_minutes.series IS
    '16 times the key in history_names, plus the number in history_measures; key 0 is the whole server';

CREATE TABLE opsmon.history_hours (LIKE opsmon.history_minutes, PRIMARY KEY (at));
COMMENT ON TABLE opsmon.history_hours IS 'Minutes rolled up to hours, in the same form';
COMMENT ON COLUMN opsmon.history_hours.at IS 'When the hour began';

CREATE VIEW opsmon.history_measures AS
SELECT m.measure, m.name, m.unit
  FROM (VALUES (0, 'directory_bytes', 'bytes'), (1, 'recycled_bytes', 'bytes'),
               (2, 'volume_size_bytes', 'bytes'), (3, 'volume_free_bytes', 'bytes'),
               (4, 'volume_free_inodes', 'inodes'), (5, 'slot_retained_bytes', 'bytes'),
               (6, 'consumer_lag_bytes', 'bytes'), (7, 'consumer_unsent_bytes', 'bytes'),
               (8, 'consumer_replay_lag_us', 'microseconds'), (9, 'sessions', 'sessions'))
       m(measure, name, unit);
COMMENT ON VIEW opsmon.history_measures IS 'What is rolled up: numbers that series consist of';

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

-- The ledger: what the guard decided and what came of it.

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

-- Slony-I: what the sidecar has told of the clusters, for the questions of people. Written when what
-- is told has changed (docs/decisions/0030); exact numbers are in the sidecar's metrics. Like all
-- that is observed it is not dumped: in another server it would be about nobody.

CREATE FUNCTION opsmon.live_slony_told() RETURNS timestamptz
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'opsmon_live_slony_told';
COMMENT ON FUNCTION opsmon.live_slony_told() IS
    'When the sidecar last told of Slony-I; NULL: not since the server started';

CREATE FUNCTION opsmon.slony_was_told() RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'opsmon_slony_was_told';
COMMENT ON FUNCTION opsmon.slony_was_told() IS
    'Notes in shared memory that the sidecar told of Slony-I just now: a table would cost WAL each time';

CREATE FUNCTION opsmon.slony_is_known(told_at timestamptz) RETURNS bool
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT coalesce(told_at > clock_timestamp() - interval '5 minutes', false)
           AND NOT pg_is_in_recovery()
    $$;
COMMENT ON FUNCTION opsmon.slony_is_known(timestamptz) IS
    'Whether what was told at that moment still says how things are: for five minutes, and not on a standby';

CREATE TABLE opsmon.slony_nodes (
    database text NOT NULL, cluster text NOT NULL, node int4 NOT NULL, name text NOT NULL,
    comment text, version text, state text NOT NULL CHECK (state IN (
        'healthy', 'lagging', 'disconnected', 'silent', 'local slon down', 'dropped', 'not told')),
    state_since timestamptz NOT NULL,
    local_node int4 NOT NULL, is_local bool NOT NULL, is_origin bool NOT NULL,
    is_active bool NOT NULL, subscriptions int4 NOT NULL, provides int4 NOT NULL,
    lag_seconds float8, lag_events int8, never_confirmed bool NOT NULL, heartbeat_at timestamptz,
    should_connect bool NOT NULL, slon_backends int4 NOT NULL, local_slon_up bool NOT NULL,
    failed_nodes int4 NOT NULL, backlog_bytes int8, held_bytes int8, log_bytes int8,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (database, cluster, node));
COMMENT ON TABLE opsmon.slony_nodes IS
    'Nodes of Slony-I clusters in the databases of this server, as the sidecar told of them: written when something changes, and once an hour';
COMMENT ON COLUMN opsmon.slony_nodes.name IS 'As in opsmon.consumers: cluster.node@database';
COMMENT ON COLUMN opsmon.slony_nodes.comment IS 'What Slony''s administrator wrote about it';
COMMENT ON COLUMN opsmon.slony_nodes.version IS 'Of Slony-I in that database';
COMMENT ON COLUMN opsmon.slony_nodes.state IS
    'healthy; lagging: behind by more than two minutes; disconnected: its slon is not connected; silent: nor heard for five minutes; local slon down: so nothing is heard of anybody; dropped: no node any more, but its slon is connected; not told: its cluster was left out of what was told last';
COMMENT ON COLUMN opsmon.slony_nodes.local_node IS 'The node that this database is';
COMMENT ON COLUMN opsmon.slony_nodes.provides IS 'Subscriptions of others that it feeds';
COMMENT ON COLUMN opsmon.slony_nodes.lag_seconds IS
    'Age of the last event it confirmed; NULL for the local node';
COMMENT ON COLUMN opsmon.slony_nodes.heartbeat_at IS
    'When its newest event that arrived here was made; of a healthy node as it was at told_at';
COMMENT ON COLUMN opsmon.slony_nodes.should_connect IS 'Its slon listens to the local node';
COMMENT ON COLUMN opsmon.slony_nodes.failed_nodes IS
    'Nodes of the cluster marked by a failover that is not over';
COMMENT ON COLUMN opsmon.slony_nodes.backlog_bytes IS 'Of sl_log: what it has not confirmed';
COMMENT ON COLUMN opsmon.slony_nodes.held_bytes IS
    'Of sl_log: what would be freed if it alone were gone; within half of what it is now';
COMMENT ON COLUMN opsmon.slony_nodes.log_bytes IS
    'sl_log_1 and sl_log_2 of the cluster, with their indexes';
COMMENT ON COLUMN opsmon.slony_nodes.told_at IS
    'When the row was written; that nothing has changed since is known while opsmon.live_slony_told() is recent';

CREATE TABLE opsmon.slony_events (
    at timestamptz NOT NULL, database text NOT NULL, cluster text NOT NULL, number int8 NOT NULL,
    node int4, action text NOT NULL, outcome text NOT NULL, reason text, detail jsonb,
    PRIMARY KEY (database, cluster, number, at));
CREATE INDEX slony_events_at ON opsmon.slony_events (at);
COMMENT ON TABLE opsmon.slony_events IS
    'What the sidecar''s remedy did about nodes of Slony-I, or would have done; the newest 10000. Who came and went is in opsmon.consumer_events';
COMMENT ON COLUMN opsmon.slony_events.number IS
    'In the ledger of that database (schema opsmon_slony); with the time, because a ledger that was made anew counts from the beginning';
COMMENT ON COLUMN opsmon.slony_events.detail IS 'The facts it was decided by, and what came of it';

-- Consumers: everybody who was ever seen taking WAL, and what people say about them. The learner
-- (43, and 45 for Slony-I) fills in what it sees and never touches what people say.

CREATE TABLE opsmon.consumers (
    kind text NOT NULL DEFAULT 'slot'
        CHECK (kind IN ('slot', 'standby', 'archiver', 'slony_node')),
    name text NOT NULL,
    policy text NOT NULL DEFAULT 'ask' CHECK (policy IN ('protect', 'last', 'expendable', 'ask')),
    max_retained int8 CHECK (max_retained >= 0),
    owner text, expected bool, note text, updated_at timestamptz DEFAULT now(),
    recognised text, slot_type text, plugin text, database text,
    application_name text, address text, username text,
    state text CHECK (state IN ('present', 'idle', 'missing', 'vanished', 'dropped', 'lost')),
    state_since timestamptz, first_seen timestamptz, last_seen timestamptz,
    last_progress timestamptz, held_bytes_max int8,
    PRIMARY KEY (kind, name),
    CONSTRAINT consumers_name_check CHECK
        (name <> '' AND octet_length(name) < CASE kind
            WHEN 'slot' THEN 64 WHEN 'slony_node' THEN 300 ELSE 256 END));
SELECT pg_catalog.pg_extension_config_dump('opsmon.consumers', '');

-- Who acts for people is asked to read again; what the learner notes of its own does not change what
-- may be done to anybody.
CREATE FUNCTION opsmon.consumers_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'opsmon_consumers_changed';
COMMENT ON FUNCTION opsmon.consumers_changed() IS
    'Has the guard read opsmon.consumers again before it evicts anybody';
CREATE TRIGGER consumers_changed
    AFTER INSERT OR UPDATE OF kind, name, policy, max_retained OR DELETE OR TRUNCATE
    ON opsmon.consumers FOR EACH STATEMENT EXECUTE FUNCTION opsmon.consumers_changed();
ALTER TABLE opsmon.consumers ENABLE ALWAYS TRIGGER consumers_changed;
COMMENT ON TRIGGER consumers_changed ON opsmon.consumers IS
    'From the commit on, nobody is evicted by what was said before';

-- For people only: the learner writes as a replica does, for which it does not fire.
CREATE FUNCTION opsmon.consumers_edited() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    learned opsmon.consumers;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.updated_at := clock_timestamp();
        RETURN NEW;
    END IF;
    -- Who is announced by hand may have been learned already: a plain INSERT takes that row over.
    -- The lock is against the learner alone, which adds nobody while it cannot have it.
    PERFORM pg_advisory_xact_lock_shared(hashtext('opsmon'), hashtext('consumers'));
    DELETE FROM opsmon.consumers c
     WHERE c.kind = NEW.kind AND c.name = NEW.name AND c.updated_at IS NULL
    RETURNING c.* INTO learned;
    IF FOUND THEN
        NEW.recognised := learned.recognised;
        NEW.slot_type := learned.slot_type;
        NEW.plugin := learned.plugin;
        NEW.database := learned.database;
        NEW.application_name := learned.application_name;
        NEW.address := learned.address;
        NEW.username := learned.username;
        NEW.state := learned.state;
        NEW.state_since := learned.state_since;
        NEW.first_seen := learned.first_seen;
        NEW.last_seen := learned.last_seen;
        NEW.last_progress := learned.last_progress;
        NEW.held_bytes_max := learned.held_bytes_max;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION opsmon.consumers_edited() IS
    'Notes when people changed a row, and lets a plain INSERT take over a row that was only learned';
CREATE TRIGGER consumers_edited
    BEFORE INSERT OR UPDATE OF kind, name, policy, max_retained, owner, expected, note
    ON opsmon.consumers FOR EACH ROW EXECUTE FUNCTION opsmon.consumers_edited();
COMMENT ON TRIGGER consumers_edited ON opsmon.consumers IS
    'What people write is theirs from then on, and an INSERT about somebody known is no error';

COMMENT ON TABLE opsmon.consumers IS
    'Everybody who was ever seen taking WAL or the log of Slony-I, what people say of them and what may be done to them; a slot without a row has the policy ask';
COMMENT ON COLUMN opsmon.consumers.kind IS
    'slot: whoever uses it; standby: who streams without one; archiver; slony_node';
COMMENT ON COLUMN opsmon.consumers.name IS
    'The slot''s name (it need not exist yet); of a standby: application_name user@address, with local for a unix socket; of a node of Slony-I: cluster.node@database';
COMMENT ON COLUMN opsmon.consumers.policy IS
    'protect: never evicted; expendable: first; last: only when writes would be stopped otherwise; ask: only when stalled or unused';
COMMENT ON COLUMN opsmon.consumers.max_retained IS
    'Bytes of WAL the consumer may hold before ask lets it be evicted; NULL: any';
COMMENT ON COLUMN opsmon.consumers.owner IS 'Whom to ask; NULL: nobody has said';
COMMENT ON COLUMN opsmon.consumers.expected IS
    'true: it belongs here; false: it may come and go, and nobody needs to hear of it; NULL: nobody has said';
COMMENT ON COLUMN opsmon.consumers.updated_at IS
    'When people changed the row last; NULL: it was learned and nobody has said anything yet';
COMMENT ON COLUMN opsmon.consumers.recognised IS
    'The software it belongs to by its name, plugin or application, see opsmon.known_consumers';
COMMENT ON COLUMN opsmon.consumers.application_name IS 'Of its connection when it was seen last';
COMMENT ON COLUMN opsmon.consumers.address IS
    'Where it was connected from last; NULL: over a unix socket, or never seen';
COMMENT ON COLUMN opsmon.consumers.state IS
    'present: connected; idle: a slot nobody was ever seen at; missing: away, but not for opsmon.consumer_grace; vanished; dropped: its slot is gone, or it is no node any more; lost: its slot has lost WAL, or a dropped node is connected; NULL: not seen in this database yet';
COMMENT ON COLUMN opsmon.consumers.state_since IS 'When the state was entered';
COMMENT ON COLUMN opsmon.consumers.last_seen IS
    'When it was connected last: noted once an hour, and exactly when it goes; opsmon.consumer_status knows it better';
COMMENT ON COLUMN opsmon.consumers.last_progress IS
    'When its position moved last (of a standby: when it last told its position), noted as last_seen is';
COMMENT ON COLUMN opsmon.consumers.held_bytes_max IS
    'The most bytes it was seen holding (of WAL; a node of Slony-I: of sl_log), noted when it has grown by half; NULL: it holds none';

CREATE TABLE opsmon.consumer_events (
    at timestamptz NOT NULL,
    event text NOT NULL CHECK (event IN ('appeared', 'vanished', 'returned', 'dropped', 'lost')),
    kind text NOT NULL, name text NOT NULL, recognised text, owner text, expected bool,
    application_name text, address text, username text, held_bytes int8, detail text NOT NULL,
    PRIMARY KEY (at, kind, name));
COMMENT ON TABLE opsmon.consumer_events IS
    'Consumers that came and went; kept for 90 days, and not more than 10000';
COMMENT ON COLUMN opsmon.consumer_events.event IS
    'appeared: never seen before; vanished: away for longer than opsmon.consumer_grace; returned; dropped: its slot is gone; lost: its slot has lost WAL';
COMMENT ON COLUMN opsmon.consumer_events.held_bytes IS
    'WAL it held at that moment; NULL: none (a standby without a slot holds none)';

-- Not dumped: in another cluster, what it says would be about nobody.
CREATE TABLE opsmon.consumer_watch (
    one bool PRIMARY KEY DEFAULT true CHECK (one),
    system_identifier int8 NOT NULL, timeline int8 NOT NULL, began_at timestamptz NOT NULL);
COMMENT ON TABLE opsmon.consumer_watch IS
    'One row: the cluster and timeline whose consumers are watched, and since when';

-- Software that is recognised as a consumer. A guess may only ever keep somebody safer from eviction
-- than `ask` would; only people may say `expendable`.

CREATE VIEW opsmon.known_consumers AS
SELECT k.priority, k.recognised, k.slot_pattern, k.plugin_pattern, k.application_pattern,
       k.session_pattern, k.slot_flag, k.policy, k.managed, k.transient, k.why
  FROM (VALUES
    (1, 'initial copy of a subscription', '^pg_[0-9]+_sync_[0-9]+_[0-9]+$', NULL, NULL, NULL, NULL,
     'last', true, true, 'unused while the table is copied; without it the copy begins anew'),
    (2, 'base backup', '^pg_basebackup_[0-9]+$', NULL,
     '^(pg_basebackup|barman_streaming_backup)$', NULL, NULL,
     'last', true, true, 'the backup that is being made needs it'),
    (3, 'CloudNativePG', '^_cnpg_', NULL, NULL, NULL, NULL,
     'last', true, false, 'the operator makes and drops the slots of its instances'),
    (4, 'Patroni', NULL, NULL, NULL, '^Patroni', NULL,
     'last', true, false, 'Patroni makes and drops the slots of its members'),
    (5, 'slot synchronisation', NULL, NULL, NULL, NULL, 'synced',
     'last', true, false, 'a copy of a slot of the primary'),
    (6, 'Debezium', '^debezium', '^decoderbufs$', NULL, NULL, NULL,
     'last', false, false, 'without it the connector has to read every table again'),
    (7, 'Barman', '^barman', NULL, '^barman_receive_wal$', NULL, NULL,
     'last', false, false, 'without it the archive of WAL has a hole'),
    (8, 'WAL-G', '^walg(_|$)', NULL, NULL, NULL, NULL,
     'last', false, false, 'without it the archive of WAL has a hole'),
    (9, 'pg_receivewal', NULL, NULL, '^pg_receivewal$', NULL, NULL,
     'last', false, false, 'without it the archive of WAL has a hole'),
    (10, 'repmgr', '^repmgr_slot_[0-9]+$', NULL, NULL, NULL, NULL,
     'last', false, false, 'a standby of the cluster'),
    (11, 'pglogical', NULL, '^pglogical_output$', NULL, NULL, NULL,
     'last', false, false, 'without it the subscriber has to be copied anew'),
    (12, 'Spock', NULL, '^spock_output$', NULL, NULL, NULL,
     'last', false, false, 'without it the subscriber has to be copied anew'),
    (13, 'failover slot', NULL, NULL, NULL, NULL, 'failover',
     'last', false, false, 'somebody has it copied to standbys, so that it outlives this server'))
    AS k (priority, recognised, slot_pattern, plugin_pattern, application_pattern, session_pattern,
          slot_flag, policy, managed, transient, why);
COMMENT ON VIEW opsmon.known_consumers IS
    'Software that is recognised among the consumers, and the policy a consumer is given for it when it is learned; the first that fits';
COMMENT ON COLUMN opsmon.known_consumers.slot_pattern IS
    'Regular expression on the slot''s name; one pattern that fits is enough';
COMMENT ON COLUMN opsmon.known_consumers.session_pattern IS
    'On the application name of any session, where the slot also carries the name of its consumer''s application';
COMMENT ON COLUMN opsmon.known_consumers.slot_flag IS
    'A column of pg_replication_slots that must be true, in servers that have it';
COMMENT ON COLUMN opsmon.known_consumers.managed IS
    'It removes what it does not need any more by itself, so nobody has to own it';
COMMENT ON COLUMN opsmon.known_consumers.transient IS
    'It comes and goes by its nature: neither is an event, and it is forgotten when it is gone';

CREATE FUNCTION opsmon.recognise_consumer(slot_name text, plugin text, application_name text)
    RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT k.recognised
      FROM opsmon.known_consumers k
      LEFT JOIN pg_catalog.pg_replication_slots s ON s.slot_name = $1
     WHERE $1 ~ k.slot_pattern OR $2 ~ k.plugin_pattern OR $3 ~ k.application_pattern
        -- A copy keeps its mark when its server is promoted, and is a copy no more.
        OR (to_jsonb(s) ->> k.slot_flag = 'true'
            AND (k.slot_flag <> 'synced' OR pg_is_in_recovery()))
        OR (k.session_pattern IS NOT NULL AND $1 = translate(lower($3), '-.', '__')
            AND EXISTS (SELECT FROM opsmon.live_activity() a
                         WHERE a.application_name ~ k.session_pattern))
     ORDER BY k.priority LIMIT 1;
    $$;
COMMENT ON FUNCTION opsmon.recognise_consumer(text, text, text) IS
    'The software a consumer belongs to, by its slot, plugin and application name; NULL: none that is known';

-- Who is there at this moment, from memory: no table, no lock, on a standby as well.

CREATE FUNCTION opsmon.live_slot_consumers(
    OUT slot_name text, OUT movement text, OUT synced bool)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 10
    AS 'MODULE_PATHNAME', 'opsmon_live_slot_consumers';
COMMENT ON FUNCTION opsmon.live_slot_consumers() IS
    'Whether somebody takes the WAL of each slot, as the guard judges it: moving, stalled or unused';

CREATE FUNCTION opsmon.live_learner(
    OUT failures int8, OUT last_error text, OUT learned_at timestamptz)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 1 AS 'MODULE_PATHNAME', 'opsmon_live_learner';
COMMENT ON FUNCTION opsmon.live_learner() IS
    'Account of the filling of opsmon.consumers: how often it could not, and when it did last';

-- Two standbys may have the same name, user and address. The younger is another one only after five
-- minutes: until then it may be the same one, whose old connection nobody has noticed to be dead.
CREATE VIEW opsmon.consumers_now AS
WITH slots AS MATERIALIZED (SELECT * FROM opsmon.live_slots()),
senders AS MATERIALIZED (
    SELECT r.*, s.temporary,
           row_number() OVER (PARTITION BY r.slot_name IS NULL OR s.temporary, r.application_name,
                                           r.client_addr, r.usename
                              ORDER BY r.backend_start, r.pid) AS twin
      FROM opsmon.live_replication() r LEFT JOIN slots s ON s.slot_name = r.slot_name)
SELECT 'slot'::text AS kind, s.slot_name AS name, s.slot_name, s.slot_type, s.plugin, s.database_oid,
       r.application_name, r.client_addr AS address, r.usename AS username,
       r.pid IS NOT NULL AS connected, true AS settled,
       coalesce(s.wal_status = 'lost', false) AS lost, s.retained_bytes AS held_bytes, r.lag_bytes,
       s.last_active_at AS last_seen, s.last_progress_at AS last_progress, s.sampled_at
  FROM slots s
  LEFT JOIN senders r ON r.slot_name = s.slot_name
         -- The initial copy of a table: its connection is named after the slot it has made.
         OR (r.slot_name IS NULL AND r.application_name = s.slot_name
             AND s.slot_name ~ '^pg_[0-9]+_sync_[0-9]+_[0-9]+$')
 WHERE NOT s.temporary
UNION ALL
SELECT 'standby',
       concat(r.application_name, ' ', opsmon.quoted_name(r.usename), '@',
              coalesce(r.client_addr, 'local'), ' #' || nullif(r.twin, 1)),
       r.slot_name, NULL, NULL, NULL, r.application_name, r.client_addr, r.usename, true,
       r.state IN ('streaming', 'catchup') AND
       (r.twin = 1 OR r.backend_start < r.sampled_at - interval '5 minutes'),
       false, NULL, r.lag_bytes, r.sampled_at, r.reply_time, r.sampled_at
  FROM senders r WHERE r.slot_name IS NULL OR r.temporary
UNION ALL
SELECT 'archiver', 'archiver', NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, true, false,
       h.held_bytes, NULL, d.sampled_at, d.last_archived_at, d.sampled_at
  FROM opsmon.live_wal_directory() d
  LEFT JOIN opsmon.live_wal_holders() h ON h.holder = 'archiver'
 WHERE current_setting('archive_mode') = CASE WHEN pg_is_in_recovery() THEN 'always' ELSE 'on' END
    OR current_setting('archive_mode') = 'always';
COMMENT ON VIEW opsmon.consumers_now IS
    'Everybody who takes WAL from this server at this moment, or has a slot for it, one row each';
COMMENT ON COLUMN opsmon.consumers_now.settled IS
    'Known well enough to be learned: it streams, and is not the old connection of somebody who has come back';
COMMENT ON COLUMN opsmon.consumers_now.connected IS
    'Of a slot: a walsender uses it';
COMMENT ON COLUMN opsmon.consumers_now.held_bytes IS
    'WAL kept for it; NULL: none is, as for every standby without a slot';

-- The learner: what opsmon.consumers must be told, and the telling. Called after each sample; most
-- find nothing to tell, and then nothing is written.

CREATE TYPE opsmon.consumer_change AS (
    kind text, name text, before text, before_since timestamptz, after text,
    after_since timestamptz, is_new bool, is_first bool, recognised text, transient bool,
    slot_type text, plugin text, database text, application_name text, address text, username text,
    last_seen timestamptz, last_progress timestamptz, held_bytes int8, held_bytes_max int8,
    owner text, expected bool);
COMMENT ON TYPE opsmon.consumer_change IS 'What opsmon.consumers does not say yet of one consumer';

-- What cannot be seen is not gone: `may_miss` is false for a while after a start or a promotion, the
-- guard may be behind, and there may be more of them than are watched.
CREATE FUNCTION opsmon.judge_consumers(
    grace interval, may_miss bool, OUT fact opsmon.consumers_now, OUT noted opsmon.consumers,
    OUT next text, OUT at timestamptz)
    RETURNS SETOF record LANGUAGE sql VOLATILE ROWS 10 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT f, c,
           CASE WHEN f.lost THEN 'lost'
                WHEN f.connected THEN 'present'
                WHEN f.kind IS NOT NULL THEN
                    CASE WHEN c.state IS NULL OR c.state NOT IN ('present', 'missing', 'vanished')
                         THEN 'idle'
                         WHEN c.state = 'vanished' OR NOT l.can_miss THEN c.state
                         WHEN c.state = 'missing' AND l.at >= c.state_since + grace THEN 'vanished'
                         ELSE 'missing' END
                WHEN c.state IS NULL OR NOT l.can_miss THEN c.state
                WHEN c.kind = 'slot' THEN 'dropped'
                WHEN c.state = 'vanished' OR
                     (c.state = 'missing' AND l.at >= c.state_since + grace) THEN 'vanished'
                ELSE 'missing' END,
           l.at
      FROM opsmon.consumers_now f
      FULL JOIN opsmon.consumers c ON c.kind = f.kind AND c.name = f.name
      CROSS JOIN LATERAL (
          SELECT clock_timestamp() AS at,
                 may_miss AND coalesce(CASE coalesce(f.kind, c.kind)
                     WHEN 'slot' THEN
                         (SELECT p.slots_omitted = 0 FROM opsmon.live_wal_position() p) AND
                         (SELECT g.sampled_at > clock_timestamp() - interval '10 s'
                                                - 3 * g.tick_interval
                            FROM opsmon.live_workers() g WHERE g.worker = 'guard')
                     WHEN 'standby' THEN
                         (SELECT d.senders_omitted = 0 FROM opsmon.live_wal_directory() d)
                     ELSE true END, false) AS can_miss) l
     WHERE c.kind IS DISTINCT FROM 'slony_node';
    $$;
COMMENT ON FUNCTION opsmon.judge_consumers(interval, bool) IS
    'Everybody who is here or was, what is noted of him, and the state he is in now';

CREATE FUNCTION opsmon.consumer_changes(
    grace interval, may_miss bool, learned_at timestamptz)
    RETURNS SETOF opsmon.consumer_change
    LANGUAGE sql VOLATILE ROWS 10 SET search_path = pg_catalog, pg_temp
    AS $$
    WITH changed AS MATERIALIZED (
        SELECT j.fact f, j.noted c, j.next, j.at,
               (j.noted).kind IS NULL AS is_new, coalesce((j.fact).connected, false) AS connected,
               (j.fact).kind IS NOT NULL AS is_here,
               (j.fact).connected AND
               ((j.fact).application_name, (j.fact).address, (j.fact).username) IS DISTINCT FROM
               ((j.noted).application_name, (j.noted).address, (j.noted).username) AS has_moved
          FROM opsmon.judge_consumers(grace, may_miss) j)
    SELECT coalesce((w.f).kind, (w.c).kind), coalesce((w.f).name, (w.c).name),
           (w.c).state, (w.c).state_since, w.next,
           CASE WHEN w.next IS NOT DISTINCT FROM (w.c).state OR
                     (w.next = 'vanished' AND (w.c).state = 'missing') -- away since it was missed
                THEN (w.c).state_since ELSE w.at END,
           w.is_new, w.is_here AND (w.c).first_seen IS NULL, k.recognised,
           coalesce(k.transient, false), (w.f).slot_type, (w.f).plugin, d.datname::text,
           CASE WHEN w.connected THEN (w.f).application_name ELSE (w.c).application_name END,
           CASE WHEN w.connected THEN (w.f).address ELSE (w.c).address END,
           CASE WHEN w.connected THEN (w.f).username ELSE (w.c).username END,
           CASE WHEN w.connected THEN (w.f).sampled_at
                WHEN (w.c).state = 'present'
                THEN greatest((w.c).last_seen, (w.f).last_seen, learned_at)
                ELSE (w.c).last_seen END,
           CASE WHEN w.is_here THEN coalesce((w.f).last_progress, (w.c).last_progress)
                WHEN (w.c).state = 'present' THEN greatest((w.c).last_progress, learned_at)
                ELSE (w.c).last_progress END,
           (w.f).held_bytes, greatest((w.c).held_bytes_max, (w.f).held_bytes),
           (w.c).owner, (w.c).expected
      FROM changed w
      LEFT JOIN pg_database d ON d.oid = (w.f).database_oid
      LEFT JOIN opsmon.known_consumers k ON k.recognised =
           CASE WHEN w.is_here AND (w.c).recognised IS NULL
                     AND (w.is_new OR w.has_moved OR (w.c).first_seen IS NULL)
                THEN opsmon.recognise_consumer((w.f).slot_name, (w.f).plugin,
                                               (w.f).application_name)
                ELSE (w.c).recognised END
     WHERE CASE WHEN w.is_new
           THEN (w.f).settled AND ((w.f).kind = 'slot' OR k.transient IS NOT TRUE) AND
                (SELECT count(*) < 1000 FROM opsmon.consumers l
                  WHERE l.updated_at IS NULL AND l.kind <> 'slony_node')
           ELSE w.next IS DISTINCT FROM (w.c).state OR (w.is_here AND (w.c).first_seen IS NULL)
                OR w.has_moved
                OR (w.f).held_bytes > greatest(16777216, coalesce((w.c).held_bytes_max * 3 / 2, 0))
                OR (w.connected AND date_trunc('hour', (w.f).sampled_at) IS DISTINCT FROM
                                    date_trunc('hour', (w.c).last_seen)) END;
    $$;
COMMENT ON FUNCTION opsmon.consumer_changes(interval, bool, timestamptz) IS
    'What opsmon.consumers does not say yet: new ones, those that come, go or move, and once an hour that they are still there';

-- Each statement is run only where it has something to do: one that changes policies, and be it of
-- no row, has the guard wait with evictions until they are read again.
CREATE FUNCTION opsmon.note_consumers(changes opsmon.consumer_change[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT FROM unnest(changes) n WHERE n.is_new) THEN
        INSERT INTO opsmon.consumers (kind, name, policy, updated_at, first_seen)
        SELECT n.kind, n.name, coalesce(k.policy, 'ask'), NULL, clock_timestamp()
          FROM unnest(changes) n LEFT JOIN opsmon.known_consumers k USING (recognised)
         WHERE n.is_new
            ON CONFLICT DO NOTHING;
    END IF;
    IF EXISTS (SELECT FROM unnest(changes) n WHERE n.transient AND n.after = 'dropped') THEN
        DELETE FROM opsmon.consumers c USING unnest(changes) n
         WHERE c.kind = n.kind AND c.name = n.name AND c.updated_at IS NULL
           AND n.transient AND n.after = 'dropped';
    END IF;
    UPDATE opsmon.consumers c
       SET recognised = n.recognised, slot_type = coalesce(n.slot_type, c.slot_type),
           plugin = coalesce(n.plugin, c.plugin), database = coalesce(n.database, c.database),
           application_name = n.application_name, address = n.address, username = n.username,
           state = n.after, state_since = n.after_since, last_seen = n.last_seen,
           first_seen = coalesce(c.first_seen, CASE WHEN n.is_first THEN clock_timestamp() END),
           last_progress = n.last_progress, held_bytes_max = n.held_bytes_max
      FROM unnest(changes) n WHERE c.kind = n.kind AND c.name = n.name;
    -- Whose application is recognised only when it connects.
    IF EXISTS (SELECT FROM unnest(changes) n JOIN opsmon.consumers c USING (kind, name)
                 JOIN opsmon.known_consumers k ON k.recognised = n.recognised
                WHERE c.updated_at IS NULL AND c.policy = 'ask') THEN
        UPDATE opsmon.consumers c SET policy = k.policy
          FROM unnest(changes) n JOIN opsmon.known_consumers k USING (recognised)
         WHERE c.kind = n.kind AND c.name = n.name AND c.updated_at IS NULL AND c.policy = 'ask';
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.note_consumers(opsmon.consumer_change[]) IS
    'Writes changes into opsmon.consumers; never what people said there';

CREATE FUNCTION opsmon.note_consumer_events(changes opsmon.consumer_change[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO opsmon.consumer_events
    SELECT clock_timestamp(), e.event, n.kind, n.name, n.recognised, n.owner, n.expected,
           n.application_name, n.address, n.username, n.held_bytes,
           CASE e.event
               WHEN 'appeared' THEN CASE WHEN n.kind = 'archiver' THEN 'archive_mode is on'
                   WHEN n.owner IS NULL AND n.recognised IS NULL
                   THEN 'nobody has said whose it is' ELSE concat_ws(', ',
                   'of ' || n.owner, 'recognised as ' || n.recognised) END
               WHEN 'returned' THEN format('was %s for %s', n.before,
                   date_trunc('second', clock_timestamp() - n.before_since))
               WHEN 'dropped' THEN format(CASE n.kind
                   WHEN 'slony_node' THEN 'it is no node of its cluster any more; it was %s'
                   ELSE 'its slot is gone; it was %s' END, n.before)
               WHEN 'lost' THEN CASE n.kind
                   WHEN 'slony_node' THEN 'it is no node of its cluster any more, and its slon is connected: it misses what was deleted meanwhile'
                   ELSE 'its slot has lost WAL it needs: it cannot go on' END
               ELSE concat(coalesce('last seen ' || date_trunc('second', n.last_seen),
                                    'never seen connected'), CASE n.kind
                   WHEN 'slot' THEN '; its slot goes on keeping WAL'
                   WHEN 'slony_node' THEN '; its cluster goes on keeping its log'
                   WHEN 'standby' THEN '; no slot keeps WAL for it' END) END
      FROM unnest(changes) n
     CROSS JOIN LATERAL (SELECT CASE
               WHEN n.is_first AND n.after <> 'lost' THEN 'appeared'
               WHEN n.after IS NOT DISTINCT FROM n.before THEN NULL
               WHEN n.after IN ('vanished', 'dropped', 'lost') THEN n.after
               WHEN n.before IN ('vanished', 'dropped', 'lost') THEN 'returned' END AS event) e
     WHERE e.event IS NOT NULL AND NOT n.transient;
    IF FOUND THEN
        DELETE FROM opsmon.consumer_events e
         WHERE e.at < clock_timestamp() - interval '90 days'
            OR e.at < (SELECT o.at FROM opsmon.consumer_events o ORDER BY o.at DESC
                       OFFSET 10000 LIMIT 1);
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.note_consumer_events(opsmon.consumer_change[]) IS
    'Writes those that came or went into opsmon.consumer_events, and deletes the oldest ones';

-- Only rows nobody has written in, of those that are gone (a slot whose consumer is away is there,
-- and what it was recognised as may be all that keeps the guard from it): after 90 days, and where
-- a thousand are learned, those first that were seen for the shortest time.
CREATE FUNCTION opsmon.forget_consumers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    gone text[] := ARRAY(
        SELECT g.name FROM (
            SELECT c.name, c.state_since, c.last_seen - c.first_seen AS lived,
                   (SELECT count(*) FROM opsmon.consumers l
                     WHERE l.updated_at IS NULL AND l.kind <> 'slony_node') AS learned
              FROM opsmon.consumers c
             WHERE c.updated_at IS NULL AND c.kind <> 'slony_node'
               AND (c.state = 'dropped' OR (c.state = 'vanished' AND c.kind <> 'slot'))) g
         WHERE g.state_since < clock_timestamp() - interval '90 days' OR g.learned >= 1000
         ORDER BY g.state_since >= clock_timestamp() - interval '90 days', g.lived NULLS FIRST
         LIMIT 100);
BEGIN
    IF gone <> '{}' THEN
        DELETE FROM opsmon.consumers c
         WHERE c.updated_at IS NULL AND c.name = ANY (gone) AND c.kind <> 'slony_node'
           AND (c.state = 'dropped' OR (c.state = 'vanished' AND c.kind <> 'slot'));
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.forget_consumers() IS
    'Deletes learned consumers that are gone, after 90 days or to make room';

CREATE FUNCTION opsmon.watch_consumers(OUT began_at timestamptz) RETURNS timestamptz
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    watched opsmon.consumer_watch;
    system int8 := (SELECT s.system_identifier FROM pg_control_system() s);
    -- Just promoted, and the guard has not looked since: its timeline is still the old one.
    line int8 := (SELECT p.timeline FROM opsmon.live_wal_position() p WHERE NOT p.in_recovery);
    guard_since timestamptz := (SELECT g.started_at FROM opsmon.live_workers() g
                                 WHERE g.worker = 'guard');
BEGIN
    SELECT * INTO watched FROM opsmon.consumer_watch;
    IF watched IS NULL THEN
        -- Rows that are there already are those of a dump, perhaps of another server.
        UPDATE opsmon.consumers c SET state = NULL, state_since = NULL
         WHERE c.state IS NOT NULL AND c.kind <> 'slony_node';
        INSERT INTO opsmon.consumer_watch (system_identifier, timeline, began_at)
        SELECT system, line, clock_timestamp() WHERE line IS NOT NULL
        RETURNING consumer_watch.* INTO watched;
    ELSIF watched.system_identifier <> system OR watched.timeline <> line THEN
        UPDATE opsmon.consumer_watch w
           SET system_identifier = system, timeline = line, began_at = clock_timestamp()
        RETURNING w.* INTO watched;
    END IF;
    IF line IS NOT NULL THEN
        began_at := greatest(watched.began_at, guard_since);
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.watch_consumers() IS
    'Since when the consumers of this server are watched without a break: its start, or a promotion; NULL: not yet';

CREATE FUNCTION opsmon.learn_consumers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    grace CONSTANT interval := current_setting('opsmon.consumer_grace');
    may_miss_from timestamptz;
    changes opsmon.consumer_change[];
BEGIN
    IF pg_is_in_recovery() THEN
        RETURN;
    END IF;
    may_miss_from := opsmon.watch_consumers() + 10 * grace;
    -- Who was not missed at the sample before was there, but for those while nobody may be missed.
    changes := ARRAY(
        SELECT n FROM opsmon.consumer_changes(
            grace, coalesce(clock_timestamp() > may_miss_from, false),
            (SELECT l.learned_at FROM opsmon.live_learner() l
              WHERE l.learned_at > may_miss_from)) n);
    -- What somebody is changing right now waits for the next sample, and holds up nothing else; a
    -- new row waits while people are adding some (consumers_edited).
    changes := ARRAY(
        SELECT n FROM unnest(changes) n
         WHERE CASE WHEN n.is_new
               THEN pg_try_advisory_xact_lock(hashtext('opsmon'), hashtext('consumers'))
               ELSE EXISTS (
                   SELECT FROM opsmon.consumers c WHERE c.kind = n.kind AND c.name = n.name
                      FOR NO KEY UPDATE SKIP LOCKED) END);
    IF changes <> '{}' THEN
        PERFORM opsmon.note_consumers(changes);
        PERFORM opsmon.note_consumer_events(changes);
        PERFORM opsmon.forget_consumers();
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.learn_consumers() IS
    'Brings opsmon.consumers up to date with who is here; called by the sampler after each sample';

-- The inventory as people read it: what is noted, and what is so at this moment.

CREATE VIEW opsmon.consumer_status AS
SELECT coalesce(f.kind, c.kind) AS kind, coalesce(f.name, c.name) AS name,
       CASE WHEN f.lost THEN 'lost'
            WHEN f.connected THEN 'present'
            WHEN f.kind IS NOT NULL THEN CASE c.state WHEN 'present' THEN 'missing'
                WHEN 'missing' THEN 'missing' WHEN 'vanished' THEN 'vanished' ELSE 'idle' END
            WHEN here.is_standby AND c.state IS NOT NULL THEN 'elsewhere'
            WHEN c.kind = 'slony_node' AND c.state IS NOT NULL AND n.is_told IS NOT TRUE
                 AND (c.state <> 'dropped' OR n.name IS NOT NULL) THEN 'not told'
            WHEN c.kind = 'slony_node' THEN coalesce(c.state, 'never seen')
            WHEN c.state IN ('present', 'idle') THEN 'missing'
            ELSE coalesce(c.state, 'never seen') END AS state,
       c.state_since, coalesce(f.connected, n.is_told AND c.state = 'present', false) AS connected,
       g.movement, coalesce(f.held_bytes, n.held_bytes) AS held_bytes,
       greatest(c.held_bytes_max, f.held_bytes, n.held_bytes) AS held_bytes_max, f.lag_bytes,
       c.owner, c.expected, c.note,
       c.owner IS NULL AND c.expected IS NULL AND k.managed IS NOT TRUE
           AND coalesce(f.kind, c.kind) <> 'archiver' AND n.is_local IS NOT TRUE
           AND (c.kind IS NOT NULL OR f.settled) AS unowned,
       CASE WHEN coalesce(f.kind, c.kind) IN ('slot', 'slony_node')
            THEN coalesce(c.policy, 'ask') END AS policy,
       CASE WHEN c.kind IS NULL THEN 'nobody has said anything'
            WHEN c.updated_at IS NOT NULL THEN 'people said so'
            WHEN c.policy = k.policy THEN concat('recognised as ', k.recognised, ': ', k.why)
            ELSE 'nobody has said anything' END AS policy_source,
       c.max_retained, r.recognised,
       coalesce(f.slot_type, c.slot_type) AS slot_type, coalesce(f.plugin, c.plugin) AS plugin,
       coalesce(d.datname::text, c.database) AS database,
       coalesce(f.application_name, c.application_name) AS application_name,
       CASE WHEN f.connected THEN f.address ELSE c.address END AS address,
       coalesce(f.username, c.username) AS username,
       c.first_seen,
       CASE WHEN f.connected THEN f.sampled_at
            WHEN n.is_told AND c.state = 'present' THEN n.told_at
            ELSE greatest(f.last_seen, c.last_seen) END AS last_seen,
       greatest(f.last_progress, c.last_progress) AS last_progress,
       coalesce(g.synced, false) AS synced, c.kind IS NOT NULL AS learned,
       coalesce(f.sampled_at, CASE WHEN n.is_told THEN n.told_at END) AS sampled_at,
       clock_timestamp() - coalesce(f.sampled_at, CASE WHEN n.is_told THEN n.told_at END) AS age
  FROM opsmon.consumers_now f
  FULL JOIN opsmon.consumers c ON c.kind = f.kind AND c.name = f.name
  -- Who leaves no row is recognised here and now.
  CROSS JOIN LATERAL (
      SELECT CASE WHEN c.kind IS NOT NULL THEN c.recognised
                  ELSE opsmon.recognise_consumer(f.slot_name, f.plugin, f.application_name)
             END AS recognised OFFSET 0) r
  LEFT JOIN opsmon.known_consumers k ON k.recognised = r.recognised
  LEFT JOIN opsmon.live_slot_consumers() g ON f.kind = 'slot' AND g.slot_name = f.name
  LEFT JOIN pg_catalog.pg_database d ON d.oid = f.database_oid
  CROSS JOIN (SELECT pg_is_in_recovery() AS is_standby) here
  LEFT JOIN (
      SELECT s.name, s.is_local, t.told_at, t.is_known AND s.state <> 'not told' AS is_told,
             CASE WHEN t.is_known AND s.state <> 'not told' THEN s.held_bytes END AS held_bytes
        FROM opsmon.slony_nodes s,
             (SELECT l.told_at, opsmon.slony_is_known(l.told_at) AS is_known
                FROM (SELECT opsmon.live_slony_told() AS told_at OFFSET 0) l) t) n
    ON c.kind = 'slony_node' AND n.name = c.name;
COMMENT ON VIEW opsmon.consumer_status IS
    'Everybody who takes WAL from this server, or is a node of Slony-I in it, or was: who it is, whose, whether it is there, what it holds, what may be done to it and why';
COMMENT ON COLUMN opsmon.consumer_status.state IS
    'present, idle, missing, vanished, dropped and lost as in opsmon.consumers, at this moment; not told: a node of Slony-I, when the sidecar has not told of it for five minutes; elsewhere: on a standby, a consumer of the primary; never seen: announced by people only';
COMMENT ON COLUMN opsmon.consumer_status.state_since IS
    'Since when, as it is noted; NULL: not noted (yet)';
COMMENT ON COLUMN opsmon.consumer_status.movement IS
    'moving, stalled or unused, as the guard judges it; NULL: it has no slot';
COMMENT ON COLUMN opsmon.consumer_status.held_bytes IS
    'WAL kept for it now (a node of Slony-I: sl_log, within half of it); NULL: none is, or it is not here';
COMMENT ON COLUMN opsmon.consumer_status.held_bytes_max IS 'The most bytes it was seen holding';
COMMENT ON COLUMN opsmon.consumer_status.lag_bytes IS
    'WAL it has not replayed yet; NULL: it does not tell, or is not connected';
COMMENT ON COLUMN opsmon.consumer_status.unowned IS
    'Nobody has said whose it is or whether it belongs here, no software is known to look after it, and it streams: it is not a copy or a backup that will be gone by itself';
COMMENT ON COLUMN opsmon.consumer_status.policy IS
    'What may be done to its slot, or to the node of Slony-I; NULL: it is neither';
COMMENT ON COLUMN opsmon.consumer_status.policy_source IS 'Where the policy comes from';
COMMENT ON COLUMN opsmon.consumer_status.learned IS
    'It has a row in opsmon.consumers; false: too new, on a standby, or one of more than a thousand';
COMMENT ON COLUMN opsmon.consumer_status.last_seen IS
    'When it was connected last: exact for those that are here, else as it is noted';
COMMENT ON COLUMN opsmon.consumer_status.sampled_at IS
    'When it was looked at; NULL: it is not here';

-- What the sidecar tells of Slony-I: how it is read. A row that makes no sense refuses all that was
-- told with it, so that nothing is half told.

CREATE FUNCTION opsmon.check_told(told jsonb, what text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF told IS NULL OR jsonb_typeof(told) <> 'array' THEN
        RAISE EXCEPTION '% must be a JSON array, not %', what,
                        coalesce(jsonb_typeof(told), 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Sidecar and extension of one version understand each other.';
    END IF;
    IF jsonb_array_length(told) > 1000 OR octet_length(told::text) > 1048576 THEN
        RAISE EXCEPTION 'at most 1000 % and 1 MB of them, not % and % bytes', what,
                        jsonb_array_length(told), octet_length(told::text)
            USING ERRCODE = 'program_limit_exceeded', HINT = 'Tell of it in parts.';
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.check_told(jsonb, text) IS
    'Refuses what is no array, or larger than anything that can be meant';

CREATE FUNCTION opsmon.read_slony_nodes(nodes jsonb, at timestamptz)
    RETURNS SETOF opsmon.slony_nodes
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
    SELECT n.database, n.cluster, n.node,
           quote_ident(n.cluster) || '.' || n.node || '@' || quote_ident(n.database),
           left(n.comment, 200), left(n.version, 40),
           CASE WHEN n.dropped THEN 'dropped'
                WHEN n.node = n.local_node AND n.local_slon_up THEN 'healthy'
                WHEN NOT n.local_slon_up THEN 'local slon down'
                WHEN n.slon_backends > 0 OR n.heartbeat_age <= 300 THEN
                    CASE WHEN n.slon_backends = 0 AND n.should_connect THEN 'disconnected'
                         WHEN n.lag_seconds > 120 THEN 'lagging' ELSE 'healthy' END
                ELSE 'silent' END,
           at, n.local_node, n.node = n.local_node, coalesce(n.is_origin, false),
           coalesce(n.active, true), coalesce(round(n.subscriptions), 0)::int4,
           coalesce(round(n.provides), 0)::int4, n.lag_seconds::float8, round(n.lag_events)::int8,
           coalesce(n.never_confirmed, false),
           at - make_interval(secs => n.heartbeat_age::float8),
           coalesce(n.should_connect, false), round(n.slon_backends)::int4, n.local_slon_up,
           coalesce(round(n.failed_nodes), 0)::int4, round(n.backlog_bytes)::int8,
           round(n.held_bytes)::int8, round(n.log_bytes)::int8, at
      FROM jsonb_to_recordset(nodes) n(
           database text, cluster text, node int4, comment text, version text, dropped bool,
           local_node int4, local_slon_up bool, is_origin bool, active bool, subscriptions numeric,
           provides numeric, lag_seconds numeric, lag_events numeric, never_confirmed bool,
           heartbeat_age numeric, should_connect bool, slon_backends numeric,
           failed_nodes numeric, backlog_bytes numeric, held_bytes numeric, log_bytes numeric)
    $$;
COMMENT ON FUNCTION opsmon.read_slony_nodes(jsonb, timestamptz) IS
    'Nodes as the sidecar tells them, judged; NULL where something is missing that cannot be';

CREATE FUNCTION opsmon.told_slony_nodes(nodes jsonb, at timestamptz)
    RETURNS opsmon.slony_nodes[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    told opsmon.slony_nodes[];
    fault text;
BEGIN
    PERFORM opsmon.check_told(nodes, 'nodes');
    BEGIN
        told := ARRAY(SELECT n FROM opsmon.read_slony_nodes(nodes, at) n);
    EXCEPTION WHEN data_exception THEN
        RAISE EXCEPTION 'what was told of nodes of Slony-I is not understood: %', SQLERRM
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Sidecar and extension of one version understand each other.';
    END;
    SELECT CASE WHEN n.database IS NULL OR n.cluster IS NULL OR n.node IS NULL
                     OR n.local_node IS NULL OR n.local_slon_up IS NULL OR n.slon_backends IS NULL
                THEN 'database, cluster, node, local_node, local_slon_up and slon_backends are needed'
                WHEN octet_length(n.database) NOT BETWEEN 1 AND 63
                     OR octet_length(n.cluster) NOT BETWEEN 1 AND 63
                THEN 'database and cluster have 1 to 63 bytes'
                WHEN n.node < 0 OR n.local_node < 0 OR n.subscriptions < 0 OR n.provides < 0
                     OR n.slon_backends < 0 OR n.held_bytes < 0 OR n.backlog_bytes < 0
                     OR n.log_bytes < 0
                THEN 'numbers of nodes, counts and bytes are not negative'
                WHEN count(*) OVER (PARTITION BY n.database, n.cluster, n.node) > 1
                THEN 'each node may be told once' END
      INTO fault FROM unnest(told) n ORDER BY 1 NULLS LAST LIMIT 1;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'nodes of Slony-I that make no sense: %', fault
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN told;
END
$$;
COMMENT ON FUNCTION opsmon.told_slony_nodes(jsonb, timestamptz) IS
    'Nodes as the sidecar tells them, or an error that says what is wrong with them';

CREATE FUNCTION opsmon.told_slony_deeds(deeds jsonb) RETURNS opsmon.slony_events[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    told opsmon.slony_events[];
BEGIN
    PERFORM opsmon.check_told(deeds, 'deeds');
    BEGIN
        told := ARRAY(
            SELECT (to_timestamp(d.at::float8), d.database, d.cluster, d.number, d.node,
                    left(d.action, 100), left(d.outcome, 100), left(d.reason, 1000),
                    CASE WHEN octet_length(d.detail::text) > 8192
                         THEN jsonb_build_object('omitted_bytes', octet_length(d.detail::text))
                         ELSE nullif(d.detail, 'null') END)::opsmon.slony_events
              FROM jsonb_to_recordset(deeds) d(
                   at numeric, database text, cluster text, number int8, node int4, action text,
                   outcome text, reason text, detail jsonb));
    EXCEPTION WHEN data_exception THEN
        RAISE EXCEPTION 'what was told of deeds about Slony-I is not understood: %', SQLERRM
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Sidecar and extension of one version understand each other.';
    END;
    IF EXISTS (SELECT FROM unnest(told) d
                WHERE d.at IS NULL OR d.database IS NULL OR d.cluster IS NULL OR d.number IS NULL
                   OR d.action IS NULL OR d.outcome IS NULL OR octet_length(d.database) > 63
                   OR octet_length(d.cluster) > 63) THEN
        RAISE EXCEPTION 'deeds that make no sense: number, at, database, cluster, action and outcome are needed, names of at most 63 bytes'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN told;
END
$$;
COMMENT ON FUNCTION opsmon.told_slony_deeds(jsonb) IS
    'Deeds as the sidecar tells them, or an error that says what is wrong with them';

-- What the sidecar tells of Slony-I: how it is remembered, and what the inventory makes of it.

CREATE FUNCTION opsmon.note_slony_nodes(told opsmon.slony_nodes[], at timestamptz) RETURNS int4
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    left_out int4;
    written int4;
BEGIN
    -- Not before the inventory knows that it is gone: its row may be one somebody is changing.
    DELETE FROM opsmon.slony_nodes s
     WHERE EXISTS (SELECT FROM unnest(told) t
                    WHERE t.database = s.database AND t.cluster = s.cluster)
       AND NOT EXISTS (SELECT FROM unnest(told) t WHERE t.database = s.database
                          AND t.cluster = s.cluster AND t.node = s.node)
       AND NOT EXISTS (SELECT FROM opsmon.consumers c WHERE c.kind = 'slony_node'
                          AND c.name = s.name AND c.state <> 'dropped');
    UPDATE opsmon.slony_nodes s SET state = 'not told', state_since = at
     WHERE s.state <> 'not told'
       AND NOT EXISTS (SELECT FROM unnest(told) t
                        WHERE t.database = s.database AND t.cluster = s.cluster);
    GET DIAGNOSTICS left_out = ROW_COUNT;
    DELETE FROM opsmon.slony_nodes s
     WHERE s.state = 'not told'
       AND (s.state_since < at - interval '90 days'
            OR s.state_since < (SELECT o.state_since FROM opsmon.slony_nodes o
                                 WHERE o.state = 'not told' ORDER BY o.state_since DESC
                                OFFSET 1000 LIMIT 1));
    -- Looked for before anything is touched: ON CONFLICT would lock, and so write, every row.
    INSERT INTO opsmon.slony_nodes AS s
    SELECT t.* FROM unnest(told) t
      LEFT JOIN opsmon.slony_nodes o USING (database, cluster, node)
     WHERE o.node IS NULL
        OR (o.comment, o.version, o.state, o.local_node, o.is_origin, o.is_active,
            o.subscriptions, o.provides, o.never_confirmed, o.should_connect, o.failed_nodes,
            o.local_slon_up, o.slon_backends > 0, o.held_bytes IS NULL) IS DISTINCT FROM
           (t.comment, t.version, t.state, t.local_node, t.is_origin, t.is_active,
            t.subscriptions, t.provides, t.never_confirmed, t.should_connect, t.failed_nodes,
            t.local_slon_up, t.slon_backends > 0, t.held_bytes IS NULL)
        OR greatest(t.held_bytes, 16777216) * 2 > greatest(o.held_bytes, 16777216) * 3
        OR greatest(t.held_bytes, 16777216) * 3 < greatest(o.held_bytes, 16777216) * 2
        OR date_trunc('hour', o.told_at) <> date_trunc('hour', at)
        ON CONFLICT (database, cluster, node) DO UPDATE
       SET comment = EXCLUDED.comment, version = EXCLUDED.version, state = EXCLUDED.state,
           state_since = CASE WHEN s.state = EXCLUDED.state THEN s.state_since ELSE at END,
           local_node = EXCLUDED.local_node, is_local = EXCLUDED.is_local,
           is_origin = EXCLUDED.is_origin, is_active = EXCLUDED.is_active,
           subscriptions = EXCLUDED.subscriptions, provides = EXCLUDED.provides,
           lag_seconds = EXCLUDED.lag_seconds, lag_events = EXCLUDED.lag_events,
           never_confirmed = EXCLUDED.never_confirmed, heartbeat_at = EXCLUDED.heartbeat_at,
           should_connect = EXCLUDED.should_connect, slon_backends = EXCLUDED.slon_backends,
           local_slon_up = EXCLUDED.local_slon_up, failed_nodes = EXCLUDED.failed_nodes,
           backlog_bytes = EXCLUDED.backlog_bytes, held_bytes = EXCLUDED.held_bytes,
           log_bytes = EXCLUDED.log_bytes, told_at = at;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN left_out + written;
END
$$;
COMMENT ON FUNCTION opsmon.note_slony_nodes(opsmon.slony_nodes[], timestamptz) IS
    'Writes what is new of nodes of Slony-I into opsmon.slony_nodes; what changes all the time, at most once an hour';

CREATE FUNCTION opsmon.note_slony_deeds(told opsmon.slony_events[]) RETURNS int4
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    written int4;
BEGIN
    INSERT INTO opsmon.slony_events AS e
    SELECT DISTINCT ON (t.database, t.cluster, t.number, t.at) t.* FROM unnest(told) t
      LEFT JOIN opsmon.slony_events o USING (database, cluster, number, at)
     WHERE (o.node, o.action, o.outcome, o.reason, o.detail) IS DISTINCT FROM
           (t.node, t.action, t.outcome, t.reason, t.detail)
        ON CONFLICT (database, cluster, number, at) DO UPDATE
       SET node = EXCLUDED.node, action = EXCLUDED.action, outcome = EXCLUDED.outcome,
           reason = EXCLUDED.reason, detail = EXCLUDED.detail;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written > 0 THEN
        DELETE FROM opsmon.slony_events e
         WHERE e.at < (SELECT o.at FROM opsmon.slony_events o ORDER BY o.at DESC
                       OFFSET 10000 LIMIT 1);
    END IF;
    RETURN written;
END
$$;
COMMENT ON FUNCTION opsmon.note_slony_deeds(opsmon.slony_events[]) IS
    'Writes deeds that are not known yet, or whose outcome has changed, into opsmon.slony_events';

-- The slons of a cluster restart, all of them, for twenty seconds when its nodes change: that is no
-- absence. So the grace is four times that of a consumer of WAL.
CREATE FUNCTION opsmon.slony_changes(
    told opsmon.slony_nodes[], at timestamptz, told_before timestamptz)
    RETURNS SETOF opsmon.consumer_change
    LANGUAGE sql VOLATILE ROWS 10 SET search_path = pg_catalog, pg_temp
    AS $$
    WITH seen AS MATERIALIZED (
        SELECT t, c, c.state AS before,
               CASE WHEN t.node IS NULL OR t.state = 'dropped' THEN false
                    WHEN t.is_local THEN t.local_slon_up
                    WHEN t.slon_backends > 0 THEN true
                    WHEN t.should_connect THEN false
                    WHEN t.local_slon_up THEN t.state <> 'silent'
               END AS connected -- NULL: nobody can tell
          FROM unnest(told) t
          FULL JOIN (SELECT c.* FROM opsmon.consumers c WHERE c.kind = 'slony_node') c
            ON c.name = t.name
         WHERE t.node IS NOT NULL
            OR (c.state <> 'dropped' AND EXISTS ( -- it was of a cluster that was told
                SELECT FROM opsmon.slony_nodes s, unnest(told) o
                 WHERE s.name = c.name AND s.database = o.database AND s.cluster = o.cluster))),
    judged AS MATERIALIZED (
        SELECT s.*, CASE
                   WHEN (s.t).node IS NULL THEN 'dropped'
                   WHEN (s.t).state = 'dropped' THEN 'lost'
                   WHEN s.connected THEN 'present'
                   WHEN s.connected IS NULL THEN coalesce(s.before, 'idle')
                   WHEN (s.t).never_confirmed AND coalesce(s.before, 'idle') = 'idle' THEN 'idle'
                   WHEN s.before = 'vanished' OR (s.before = 'missing' AND at >= (s.c).state_since
                        + 4 * current_setting('opsmon.consumer_grace')::interval) THEN 'vanished'
                   ELSE 'missing' END AS next
          FROM seen s)
    SELECT 'slony_node', coalesce((j.t).name, (j.c).name), j.before, (j.c).state_since, j.next,
           CASE WHEN j.next IS NOT DISTINCT FROM j.before
                     OR (j.next = 'vanished' AND j.before = 'missing')
                THEN (j.c).state_since ELSE at END,
           (j.c).kind IS NULL, (j.t).node IS NOT NULL AND (j.c).first_seen IS NULL,
           (j.c).recognised, false, NULL, NULL, (j.t).database, (j.c).application_name,
           (j.c).address, (j.c).username,
           CASE WHEN j.connected THEN at
                ELSE greatest((j.c).last_seen, (j.t).heartbeat_at,
                              CASE WHEN j.before = 'present' THEN told_before END) END,
           coalesce(at - make_interval(secs => (j.t).lag_seconds), (j.c).last_progress),
           (j.t).held_bytes, greatest((j.c).held_bytes_max, (j.t).held_bytes),
           (j.c).owner, (j.c).expected
      FROM judged j
     WHERE CASE WHEN (j.c).kind IS NULL
           THEN (SELECT count(*) < 1000 FROM opsmon.consumers l
                  WHERE l.updated_at IS NULL AND l.kind = 'slony_node')
           ELSE j.next IS DISTINCT FROM j.before
                OR ((j.t).node IS NOT NULL AND (j.c).first_seen IS NULL)
                OR (j.t).held_bytes > greatest(16777216, coalesce((j.c).held_bytes_max * 3 / 2, 0))
                OR (j.connected AND date_trunc('hour', at) IS DISTINCT FROM
                                    date_trunc('hour', (j.c).last_seen)) END;
    $$;
COMMENT ON FUNCTION opsmon.slony_changes(opsmon.slony_nodes[], timestamptz, timestamptz) IS
    'What opsmon.consumers does not say yet of the nodes that were told';

CREATE FUNCTION opsmon.forget_slony_nodes(at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    gone text[] := ARRAY(
        SELECT c.name FROM opsmon.consumers c
         WHERE c.kind = 'slony_node' AND c.updated_at IS NULL
           AND NOT EXISTS (SELECT FROM opsmon.slony_nodes s WHERE s.name = c.name)
           AND (coalesce(c.state_since, c.first_seen) < at - interval '90 days'
                OR (SELECT count(*) >= 1000 FROM opsmon.consumers l
                     WHERE l.kind = 'slony_node' AND l.updated_at IS NULL))
         ORDER BY c.state_since NULLS FIRST LIMIT 100);
BEGIN
    IF gone <> '{}' THEN
        DELETE FROM opsmon.consumers c
         WHERE c.kind = 'slony_node' AND c.updated_at IS NULL AND c.name = ANY (gone);
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.forget_slony_nodes(timestamptz) IS
    'Deletes learned nodes that are no nodes any more, after 90 days or to make room';

-- With the rights of the extension's owner, so that the sidecar needs no right on a table. Triggers
-- for people do not fire, as for the learner. Somebody who holds a lock is not waited for long.
CREATE FUNCTION opsmon.learn_slony(
    nodes jsonb, deeds jsonb DEFAULT '[]', OUT nodes_written int4, OUT deeds_written int4)
    RETURNS record LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET session_replication_role = replica
    SET lock_timeout = '1s'
    AS $$
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
    told opsmon.slony_nodes[];
    done opsmon.slony_events[];
    changes opsmon.consumer_change[];
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'a standby remembers nothing of Slony-I'
            USING ERRCODE = 'read_only_sql_transaction', HINT = 'Tell its primary.';
    END IF;
    told := opsmon.told_slony_nodes(nodes, at);
    done := opsmon.told_slony_deeds(deeds);
    PERFORM pg_advisory_xact_lock(hashtext('opsmon'), hashtext('slony'));
    changes := ARRAY(SELECT n FROM opsmon.slony_changes(told, at, opsmon.live_slony_told()) n);
    -- What somebody is changing right now waits until it is told again.
    changes := ARRAY(
        SELECT n FROM unnest(changes) n
         WHERE CASE WHEN n.is_new
               THEN pg_try_advisory_xact_lock(hashtext('opsmon'), hashtext('consumers'))
               ELSE EXISTS (
                   SELECT FROM opsmon.consumers c WHERE c.kind = n.kind AND c.name = n.name
                      FOR NO KEY UPDATE SKIP LOCKED) END);
    IF changes <> '{}' THEN
        PERFORM opsmon.note_consumers(changes);
        PERFORM opsmon.note_consumer_events(changes);
    END IF;
    nodes_written := opsmon.note_slony_nodes(told, at);
    deeds_written := opsmon.note_slony_deeds(done);
    PERFORM opsmon.forget_slony_nodes(at);
    PERFORM opsmon.slony_was_told();
END
$$;
COMMENT ON FUNCTION opsmon.learn_slony(jsonb, jsonb) IS
    'Told by the sidecar: all nodes of all Slony-I clusters it can read, and deeds of its remedy. Returns how many rows were worth writing';

-- What a person may type about a node of Slony-I that is gone: whether it may be dropped at all, and
-- how, by slonik or in SQL. Names are data: each is quoted for the language it stands in.

CREATE FUNCTION opsmon.slony_refusals(
    node opsmon.slony_nodes, is_known bool, OUT never text[], OUT not_now text[])
    RETURNS record LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT array_remove(ARRAY[
               CASE WHEN node.is_local THEN 'it is the local node' END,
               CASE WHEN node.state = 'dropped' THEN 'it is no node of the cluster' END,
               CASE WHEN node.is_origin THEN 'it is the origin of a set' END,
               CASE WHEN node.provides > 0
                    THEN 'other nodes get their data from it' END],
               NULL),
           CASE WHEN NOT is_known THEN ARRAY['how it is now is not known'] ELSE array_remove(ARRAY[
               CASE WHEN NOT node.local_slon_up
                    THEN format('the slon of node %s is down: silence proves nothing',
                                node.local_node) END,
               CASE WHEN node.slon_backends > 0 THEN 'its slon is connected'
                    WHEN node.state IN ('healthy', 'lagging', 'disconnected')
                    THEN 'it was heard less than five minutes ago'
                    WHEN coalesce(node.heartbeat_at, node.state_since)
                         > clock_timestamp() - interval '1 hour'
                    THEN 'that is so for less than an hour' END,
               (SELECT format('its policy in opsmon.consumers is %s', c.policy)
                  FROM opsmon.consumers c WHERE c.kind = 'slony_node' AND c.name = node.name
                   AND c.policy IN ('protect', 'last')),
               CASE WHEN node.failed_nodes > 0 THEN 'a failover is not over' END,
               CASE WHEN NOT EXISTS (
                        SELECT FROM opsmon.slony_nodes l
                         WHERE l.database = node.database AND l.cluster = node.cluster
                           AND l.is_local AND l.is_origin)
                    THEN format('node %s is the origin of no set: ask the one that is',
                                node.local_node) END,
               (SELECT format('others are away too (node %s): it may be this machine or the network',
                              string_agg(o.node::text, ', ' ORDER BY o.node))
                  FROM opsmon.slony_nodes o
                 WHERE o.database = node.database AND o.cluster = node.cluster
                   AND o.node <> node.node AND o.state IN ('silent', 'disconnected')
                HAVING count(*) > 0)], NULL) END
    $$;
COMMENT ON FUNCTION opsmon.slony_refusals(opsmon.slony_nodes, bool) IS
    'What forbids to drop a node: what Slony-I itself refuses, and what makes it wrong at this moment';

CREATE FUNCTION opsmon.slony_verdict(
    node opsmon.slony_nodes, is_known bool, told_at timestamptz, refusals int4) RETURNS text
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE
               WHEN pg_is_in_recovery() THEN 'not known: this is a standby; ask the primary'
               WHEN told_at IS NULL
               THEN 'not known: the sidecar has told nothing since the server started'
               WHEN node.state = 'not told'
               THEN 'not known: its cluster is not told of any more, since '
                    || date_trunc('second', node.state_since)
               WHEN NOT is_known
               THEN 'not known: the sidecar told of it last at ' || date_trunc('second', told_at)
               WHEN node.state = 'dropped'
               THEN 'no node of the cluster any more, but its slon is connected: it misses what was deleted meanwhile; shut it out and build it anew'
               WHEN node.is_local AND NOT node.local_slon_up
               THEN 'its slon is down: nothing is replicated and no log is cleaned up; start it'
               WHEN node.state = 'local slon down'
               THEN format('not known: the slon of node %s is down', node.local_node)
               WHEN node.state = 'healthy' THEN 'healthy'
               WHEN node.state = 'lagging' THEN 'behind by '
                    || date_trunc('second', make_interval(secs => node.lag_seconds))
               ELSE concat(CASE WHEN refusals = 0 THEN 'gone, and may be dropped: ' END,
                    CASE node.state WHEN 'silent' THEN coalesce(
                        'not heard since ' || date_trunc('second', node.heartbeat_at),
                        'never heard')
                    ELSE 'not connected since ' || date_trunc('second', node.state_since) END)
           END || CASE WHEN is_known THEN coalesce(
               '; ' || pg_size_pretty(nullif(node.held_bytes, 0)) || ' of sl_log are kept for it alone',
               '') ELSE '' END
    $$;
COMMENT ON FUNCTION opsmon.slony_verdict(opsmon.slony_nodes, bool, timestamptz, int4) IS
    'How a node of Slony-I stands, in words';

-- slonik knows names of letters, digits and underscores only, and so can have made no other.
CREATE FUNCTION opsmon.slony_slonik(node opsmon.slony_nodes, not_now text[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT coalesce('# NOT NOW: ' || nullif(array_to_string(not_now, '; '), '') || E'\n', '')
           || E'# Put in the address of this server for HOST. Leave the dropped node out: it has no line here.\n'
           || format(E'cluster name = %s;\nnode %s admin conninfo = %L;\n'
                     || 'drop node (id = %s, event node = %s);',
                     node.cluster, node.local_node,
                     'host=HOST dbname=''' ||
                     replace(replace(node.database, '\', '\\'), '''', '\''') ||
                     ''' user=slony connect_timeout=5',
                     node.node, node.local_node)
     WHERE node.cluster ~ '^[A-Za-z_][A-Za-z0-9_]*$' AND node.database !~ '[\\\n\r]'
    $$;
COMMENT ON FUNCTION opsmon.slony_slonik(opsmon.slony_nodes, text[]) IS
    'The script for slonik that drops a node; NULL where slonik cannot say the name';

-- The log is truncated when it was switched twice, which the clean-up does once in ten minutes; it is
-- hurried here until little is left.
CREATE FUNCTION opsmon.slony_sql(node opsmon.slony_nodes, not_now text[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $sql$
    SELECT concat(
        '-- NOT NOW: ' || nullif(array_to_string(not_now, '; '), '') || E'\n',
        '-- In psql, connected to the database ',
        regexp_replace(quote_ident(node.database), '[^[:graph:] ]', '?', 'g'),
        E', as the owner of Slony''s schema.\nBEGIN;\nSET LOCAL lock_timeout = ''5s'';\n',
        format(E'LOCK TABLE %1$s.sl_event_lock, %1$s.sl_config_lock;\n'
               || E'SELECT %1$s.dropNode(ARRAY[%2$s]);\nCOMMIT;\n', n.schema, node.node),
        E'-- Its log, in a minute or two; the other nodes that forward need this statement as well.\n',
        'DO ', CASE WHEN strpos(n.schema, '$') = 0 THEN '$$' || b.body || '$$'
                    ELSE quote_literal(b.body) END, ';')
      FROM (SELECT quote_ident('_' || node.cluster) AS schema) n,
           LATERAL (SELECT format(concat_ws(E'\n', '', 'BEGIN', '    FOR i IN 1..180 LOOP',
               '        SET LOCAL lock_timeout = ''2s'';',
               '        LOCK TABLE %1$s.sl_config_lock;',
               '        PERFORM %1$s.cleanupEvent(''0 seconds'');', '        COMMIT;',
               '        EXIT WHEN pg_total_relation_size(%2$L) + pg_total_relation_size(%3$L) < 16777216;',
               '        PERFORM pg_sleep(1);', '    END LOOP;', 'END', ''),
               n.schema, n.schema || '.sl_log_1', n.schema || '.sl_log_2') AS body) b
     WHERE node.version IS NULL OR node.version ~ '^2\.[2-9]'
    $sql$;
COMMENT ON FUNCTION opsmon.slony_sql(opsmon.slony_nodes, text[]) IS
    'The statements that drop a node and hurry the clean-up of its log; NULL before Slony-I 2.2, whose functions are others';

CREATE FUNCTION opsmon.slony_remedy(
    OUT database text, OUT cluster text, OUT node int4, OUT comment text, OUT verdict text,
    OUT why_not text[], OUT held_bytes int8, OUT as_of timestamptz, OUT slonik text, OUT sql text)
    RETURNS SETOF record LANGUAGE sql VOLATILE ROWS 10 SET search_path = pg_catalog, pg_temp
    AS $$
    WITH told AS MATERIALIZED (
        SELECT l.told_at, opsmon.slony_is_known(l.told_at) AS is_known
          FROM (SELECT opsmon.live_slony_told() AS told_at OFFSET 0) l),
    judged AS MATERIALIZED (
        SELECT s, t.told_at, t.is_known AND s.state <> 'not told' AS is_known, r.never, r.not_now
          FROM opsmon.slony_nodes s, told t,
               opsmon.slony_refusals(s, t.is_known AND s.state <> 'not told') r)
    SELECT (j.s).database, (j.s).cluster, (j.s).node, (j.s).comment,
           opsmon.slony_verdict(j.s, j.is_known, j.told_at, cardinality(j.never || j.not_now)),
           j.never || j.not_now, CASE WHEN j.is_known THEN (j.s).held_bytes END,
           CASE WHEN j.is_known THEN j.told_at ELSE (j.s).told_at END,
           CASE WHEN j.never = '{}' THEN opsmon.slony_slonik(j.s, j.not_now) END,
           CASE WHEN j.never = '{}' THEN opsmon.slony_sql(j.s, j.not_now) END
      FROM judged j
     ORDER BY (j.s).held_bytes DESC NULLS LAST, (j.s).database, (j.s).cluster, (j.s).node
    $$;
COMMENT ON FUNCTION opsmon.slony_remedy() IS
    'Each node of Slony-I: how it stands, what forbids to drop it (why_not; empty: nothing), what it holds, and what to type to drop it';

-- How things stand, in one row, the verdict first. The function reads no table: what only the inventory
-- knows, who had left before the server started and what people expect, is its argument.

-- The view must answer while somebody has the inventory locked. A standby has none of its own.
CREATE FUNCTION opsmon.remembered_consumers() RETURNS opsmon.consumers[]
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET lock_timeout = '50ms' AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(SELECT c FROM opsmon.consumers c
                  WHERE c.state IN ('missing', 'vanished', 'dropped') OR NOT c.expected
                  ORDER BY c.name COLLATE "C" LIMIT 2000);
EXCEPTION WHEN lock_not_available THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION opsmon.remembered_consumers() IS
    'What the verdict needs of opsmon.consumers, by name; NULL when somebody has it locked for longer than 50 ms';

CREATE FUNCTION opsmon.live_status(
    IN remembered opsmon.consumers[] DEFAULT '{}',
    OUT severity text, OUT verdict text, OUT more text, OUT library_version text,
    OUT in_recovery bool, OUT timeline int8, OUT current_lsn pg_lsn,
    OUT guard_pid int4, OUT guard_interval interval, OUT guard_sampled_at timestamptz,
    OUT guard_age interval, OUT guard_ticks int8, OUT guard_failures int8,
    OUT guard_last_error text,
    OUT sampler_pid int4, OUT sample_interval interval, OUT sampler_sampled_at timestamptz,
    OUT sampler_age interval, OUT sampler_ticks int8, OUT sampler_failures int8,
    OUT sampler_last_error text,
    OUT recorder text, OUT recorder_failures int8, OUT recorder_last_error text,
    OUT last_recorded_at timestamptz, OUT slots_omitted int4, OUT senders_omitted int4,
    OUT activity_groups_omitted int4, OUT largest_holder text, OUT largest_holder_bytes int8,
    OUT wal_volume_free_bytes int8)
    RETURNS SETOF record LANGUAGE c VOLATILE ROWS 1 AS 'MODULE_PATHNAME', 'opsmon_live_status';
COMMENT ON FUNCTION opsmon.live_status(opsmon.consumers[]) IS
    'The row of opsmon.status; with no argument it reads no table, and judges by what was seen since the server started';

CREATE VIEW opsmon.status AS
SELECT s.severity, s.verdict, s.more, s.library_version, s.in_recovery, s.timeline, s.current_lsn,
       s.guard_pid, s.guard_interval, s.guard_sampled_at, s.guard_age, s.guard_ticks,
       s.guard_failures, s.guard_last_error, s.sampler_pid, s.sample_interval,
       s.sampler_sampled_at, s.sampler_age, s.sampler_ticks, s.sampler_failures,
       s.sampler_last_error, s.recorder, s.recorder_failures, s.recorder_last_error,
       s.last_recorded_at, s.slots_omitted, s.senders_omitted, s.activity_groups_omitted,
       s.largest_holder, s.largest_holder_bytes, s.wal_volume_free_bytes
  FROM opsmon.live_status(opsmon.remembered_consumers()) s;
COMMENT ON VIEW opsmon.status IS
    'One row: how things stand, in words, and whether opsmon itself is well';
COMMENT ON COLUMN opsmon.status.severity IS 'ok, warning, critical; unknown while the guard has not looked yet';
COMMENT ON COLUMN opsmon.status.verdict IS 'The worst there is, or that all is well';
COMMENT ON COLUMN opsmon.status.more IS 'What else there is to say, the worst first; NULL: nothing';
COMMENT ON COLUMN opsmon.status.guard_age IS 'Age of what slots, volumes and wal show';
COMMENT ON COLUMN opsmon.status.sampler_age IS
    'Age of what replication, activity and the files in wal show';
COMMENT ON COLUMN opsmon.status.recorder IS
    'Whether history is written: recording, standby, no extension, off, volume short, fenced, failing or starting';
COMMENT ON COLUMN opsmon.status.slots_omitted IS 'Slots beyond the 1024 that are watched';
COMMENT ON COLUMN opsmon.status.largest_holder IS 'The slot that holds back the most WAL';

-- By hand. Superusers, and those they grant; each call is in the ledger with who it was.

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

-- The drill: from a scratch slot to the alert, as an incident would go.

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

-- What the sampler writes down. See docs/decisions/0006.

CREATE FUNCTION opsmon.record_events() RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO opsmon.guard_events
    SELECT e.* FROM opsmon.live_guard_events() e ON CONFLICT DO NOTHING;
    $$;
COMMENT ON FUNCTION opsmon.record_events() IS
    'Copies the guard''s newest decisions into the ledger; called by the sampler, also without history';

CREATE FUNCTION opsmon.history_keys(names text[]) RETURNS int4[]
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    today CONSTANT date := now() AT TIME ZONE 'UTC';
    keys int4[];
    seen date;
BEGIN
    SELECT array_agg(k.key ORDER BY n.place), min(k.seen_on) INTO keys, seen
      FROM unnest(names) WITH ORDINALITY n(name, place)
      LEFT JOIN opsmon.history_names k ON k.name = coalesce(n.name, '');
    IF array_position(keys, NULL) IS NULL AND coalesce(seen >= today, true) THEN
        RETURN coalesce(keys, '{}');
    END IF;
    INSERT INTO opsmon.history_names AS k (name)
    SELECT DISTINCT coalesce(n.name, '') FROM unnest(names) n(name)
        ON CONFLICT (name) DO UPDATE SET seen_on = today WHERE k.seen_on < today;
    SELECT array_agg(k.key ORDER BY n.place) INTO keys
      FROM unnest(names) WITH ORDINALITY n(name, place)
      JOIN opsmon.history_names k ON k.name = coalesce(n.name, '');
    RETURN keys;
END
$$;
COMMENT ON FUNCTION opsmon.history_keys(text[]) IS
    'Keys of names in their order; names that are new, or new today, are written down';

CREATE FUNCTION opsmon.history_epoch(
    sampled_at timestamptz, system_identifier int8, timeline int8, server_started_at timestamptz,
    archiver_stats_reset timestamptz) RETURNS int4
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    epoch int4;
BEGIN
    SELECT max(e.key) INTO epoch FROM opsmon.history_epochs e
     WHERE (e.system_identifier, e.timeline, e.server_started_at)
           = ($2, $3, $4) AND e.archiver_stats_reset IS NOT DISTINCT FROM $5;
    IF epoch IS NULL THEN
        INSERT INTO opsmon.history_epochs (first_sampled_at, system_identifier, timeline,
                                           server_started_at, archiver_stats_reset)
        VALUES ($1, $2, $3, $4, $5) RETURNING key INTO epoch;
    END IF;
    RETURN epoch;
END
$$;
COMMENT ON FUNCTION opsmon.history_epoch(timestamptz, int8, int8, timestamptz, timestamptz) IS
    'Key of the epoch a sample belongs to; a new one is written down';

CREATE FUNCTION opsmon.record_samples(after int8, rows_max int4 DEFAULT 60) RETURNS int8
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    sample record;
    reached int8 := after;
    made date;
BEGIN
    FOR sample IN SELECT * FROM opsmon.live_samples(after, rows_max) LOOP
        reached := sample."position";
        -- What a standby saw is its own: these tables are the primary's, before and after.
        CONTINUE WHEN sample.in_recovery;
        IF made IS DISTINCT FROM (sample.sampled_at AT TIME ZONE 'UTC')::date THEN
            made := (sample.sampled_at AT TIME ZONE 'UTC')::date;
            PERFORM opsmon.make_history_day('history_samples', made);
        END IF;
        INSERT INTO opsmon.history_samples
            (sampled_at, current_lsn, directory_bytes, recycled_bytes, archived_count, failed_count,
             epoch, volumes, volume_size_bytes, volume_free_bytes, volume_free_inodes, slots,
             slot_active, slot_wal_status, slot_retained_bytes, consumers, consumer_address,
             consumer_state, consumer_lag_bytes, consumer_unsent_bytes, consumer_replay_lag_us,
             session_state, sessions)
        SELECT sample.sampled_at, sample.current_lsn, sample.directory_bytes,
               sample.recycled_bytes, sample.archived_count, sample.failed_count,
               opsmon.history_epoch(sample.sampled_at, sample.system_identifier, sample.timeline,
                                    sample.server_started_at, sample.archiver_stats_reset),
               opsmon.history_keys(sample.volumes), sample.volume_size_bytes,
               sample.volume_free_bytes, sample.volume_free_inodes,
               opsmon.history_keys(sample.slots), sample.slot_active,
               opsmon.history_keys(sample.slot_wal_status), sample.slot_retained_bytes,
               opsmon.history_keys(sample.consumers), opsmon.history_keys(sample.consumer_address),
               opsmon.history_keys(sample.consumer_state), sample.consumer_lag_bytes,
               sample.consumer_unsent_bytes, sample.consumer_replay_lag_us,
               opsmon.history_keys(sample.session_state), sample.sessions
         WHERE NOT EXISTS (SELECT FROM opsmon.history_samples h
                            WHERE h.sampled_at = sample.sampled_at);
    END LOOP;
    RETURN reached;
END
$$;
COMMENT ON FUNCTION opsmon.record_samples(int8, int4) IS
    'Writes samples after a position in memory into the history; the position it came to. Called by the sampler';

-- The days of the history: a partition each, made before it is needed and dropped as a whole. They
-- are members of the extension, so pg_dump leaves them out and DROP EXTENSION takes them along. No
-- lock is waited for behind a reader: whoever waits for a strong lock makes all others wait.

CREATE FUNCTION opsmon.history_days(parent text, OUT partition text, OUT day date)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT c.relname::text, to_date(right(c.relname, 8), 'YYYYMMDD')
      FROM pg_class p JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid
     WHERE p.relnamespace = 'opsmon'::regnamespace AND p.relname = parent
       AND c.relname ~ '_[0-9]{8}$'
    $$;
COMMENT ON FUNCTION opsmon.history_days(text) IS 'Days (UTC) a history table has partitions for';

CREATE FUNCTION opsmon.make_history_day(parent text, day date) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    partition text := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
    grantee oid;
BEGIN
    IF to_regclass('opsmon.' || quote_ident(partition)) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Attached, not created in place: that asks for a lock no reader and no writer minds. Rows only
    -- come, so there is nothing to vacuum (but for wraparound, which is not switched off by this).
    EXECUTE format('CREATE TABLE opsmon.%I (LIKE opsmon.%I INCLUDING STORAGE INCLUDING COMPRESSION) '
                   'WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off)',
                   partition, parent);
    -- What default privileges gave away; see 90_privileges.sql.
    FOR grantee IN SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a
                    WHERE c.oid = format('opsmon.%I', partition)::regclass
                      AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON opsmon.%I FROM %s CASCADE', partition,
                       CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END);
    END LOOP;
    EXECUTE format('GRANT SELECT ON opsmon.%I TO pg_monitor', partition);
    EXECUTE format('COMMENT ON TABLE opsmon.%I IS %L', partition,
                   format('%s of %s (UTC)', parent, to_char(day, 'YYYY-MM-DD')));
    EXECUTE format('ALTER TABLE opsmon.%I ATTACH PARTITION opsmon.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, partition, to_char(day, 'YYYY-MM-DD 00:00+00'),
                   to_char(day + 1, 'YYYY-MM-DD 00:00+00'));
    EXECUTE format('ALTER EXTENSION opsmon ADD TABLE opsmon.%I', partition);
END
$$;
COMMENT ON FUNCTION opsmon.make_history_day(text, date) IS
    'Makes the partition of a day (UTC) unless it is there; called by the sampler';

CREATE FUNCTION opsmon.drop_history_day(parent text, partition text) RETURNS bool
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    EXECUTE format('LOCK TABLE ONLY opsmon.%I IN ACCESS EXCLUSIVE MODE NOWAIT', parent);
    EXECUTE format('LOCK TABLE ONLY opsmon.%I IN ACCESS EXCLUSIVE MODE NOWAIT', partition);
    EXECUTE format('ALTER EXTENSION opsmon DROP TABLE opsmon.%I', partition);
    EXECUTE format('DROP TABLE opsmon.%I', partition);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION opsmon.drop_history_day(text, text) IS
    'Drops the partition of a day; false, without waiting, while somebody reads the table';

-- A day goes when it is too old by the clock and as many newer days are there: a clock that has
-- jumped ahead, or a server that was off for long, does not empty the history. What clocks that
-- jumped have left in the future goes from the far end, once there is much of it.
CREATE FUNCTION opsmon.drop_old_history_day(parent text, keep_days int4) RETURNS bool
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    today date := clock_timestamp() AT TIME ZONE 'UTC';
    old text;
BEGIN
    SELECT d.partition INTO old
      FROM (SELECT h.partition, h.day,
                   count(*) FILTER (WHERE h.day <= today) OVER newer AS newer_days,
                   row_number() OVER (ORDER BY h.day) AS nth
              FROM opsmon.history_days(parent) h
            WINDOW newer AS (ORDER BY h.day DESC ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW)) d
     WHERE (d.day < today - keep_days AND d.newer_days > keep_days)
        OR (d.day > today + 1 AND d.nth > keep_days + 40)
     ORDER BY d.day > today, CASE WHEN d.day > today THEN today - d.day ELSE d.day - today END
     LIMIT 1;
    RETURN old IS NOT NULL AND opsmon.drop_history_day(parent, old);
END
$$;
COMMENT ON FUNCTION opsmon.drop_old_history_day(text, int4) IS
    'Drops at most one partition that is older than so many days; whether it did';

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

-- Trends: the history over any range, in at most about 200 buckets. Samples, minutes or hours are
-- read, whichever is fine enough, and what is not rolled up yet from the finer one.

CREATE FUNCTION opsmon.trend_width(range interval) RETURNS interval
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    width interval;
BEGIN
    IF range IS NULL OR range < interval '1 minute' OR range > interval '10 years' THEN
        RAISE EXCEPTION 'the range must be from one minute to ten years, not %',
            coalesce(range::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'For example: SELECT * FROM opsmon.wal_trend(''1 day'').';
    END IF;
    SELECT w INTO width
      FROM unnest(ARRAY['1s', '2s', '5s', '10s', '15s', '30s', '1min', '2min', '5min', '10min',
                        '15min', '30min', '1h', '2h', '3h', '6h', '12h', '1d', '2d', '7d', '14d',
                        '30d']::interval[]) w
     WHERE extract(epoch FROM range) / extract(epoch FROM w) <= 200 ORDER BY w LIMIT 1;
    RETURN width;
END
$$;
COMMENT ON FUNCTION opsmon.trend_width(interval) IS
    'Width of the buckets a trend over such a range has: 200 at most';

CREATE FUNCTION opsmon.history_key(kind text, name text) RETURNS int4
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    key int4;
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION 'which %? its name must not be NULL', kind
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT n.key INTO key FROM opsmon.history_names n WHERE n.name = history_key.name;
    IF key IS NULL THEN
        RAISE EXCEPTION 'there is no % "%" in the history', kind, name
            USING ERRCODE = 'undefined_object',
                  HINT = format('SELECT DISTINCT %s WHERE sampled_at > now() - interval ''1 day'';',
                                CASE kind WHEN 'slot' THEN 'slot_name FROM opsmon.history_slots'
                                          WHEN 'volume' THEN 'volume FROM opsmon.history_volumes'
                                          WHEN 'consumer'
                                          THEN 'consumer FROM opsmon.history_replication'
                                          ELSE 'state FROM opsmon.history_activity' END);
    END IF;
    RETURN key;
END
$$;
COMMENT ON FUNCTION opsmon.history_key(text, text) IS
    'Key of a name that occurs in the history; an error for one that does not';

-- The steps a trend is made of: from hours, minutes and samples, each where the coarser ends.
CREATE FUNCTION opsmon.history_steps(
    wanted_measure int4, wanted_key int4, width interval, since timestamptz, until timestamptz)
    RETURNS TABLE (at timestamptz, last_sampled_at timestamptz, samples int4, current_lsn pg_lsn,
                   archived_count int8, failed_count int8, epoch int4, lowest int8, mean float8,
                   highest int8)
    LANGUAGE plpgsql STABLE ROWS 1500 SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan SET jit = off
    AS $$
DECLARE
    wanted CONSTANT int4 := wanted_key * 16 + wanted_measure;
    reached timestamptz := since;
    first_sample timestamptz;
    first_minute timestamptz;
    from_minutes bool;
BEGIN
    IF until IS NULL OR NOT isfinite(until) THEN
        RAISE EXCEPTION 'the range must end at a moment, not at %', coalesce(until::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Where the finer rows are gone already, the coarser are all there is.
    SELECT coalesce(min(s.sampled_at), until) - interval '1 minute' INTO first_sample
      FROM opsmon.history_samples s WHERE s.sampled_at >= since AND s.sampled_at < until;
    SELECT coalesce(min(m.at), until) - interval '1 hour' INTO first_minute
      FROM opsmon.history_minutes m WHERE m.at >= since AND m.at < until;
    from_minutes := width >= interval '1 minute' OR EXISTS (
        SELECT FROM opsmon.history_minutes m WHERE m.at >= since AND m.at < first_sample);
    IF width >= interval '1 hour' OR EXISTS (
        SELECT FROM opsmon.history_hours h
         WHERE h.at >= since AND h.at < least(first_minute, first_sample)) THEN
        RETURN QUERY
        SELECT h.at, h.last_sampled_at, h.samples, h.current_lsn, h.archived_count, h.failed_count,
               h.epoch, h.lowest[p.i], h.mean[p.i], h.highest[p.i]
          FROM opsmon.history_hours h, LATERAL (SELECT array_position(h.series, wanted) AS i) p
         WHERE h.at >= since AND h.at < until;
        SELECT coalesce(max(h.at) + interval '1 hour', reached) INTO reached
          FROM opsmon.history_hours h WHERE h.at >= since AND h.at < until;
    END IF;
    IF from_minutes THEN
        RETURN QUERY
        SELECT m.at, m.last_sampled_at, m.samples, m.current_lsn, m.archived_count, m.failed_count,
               m.epoch, m.lowest[p.i], m.mean[p.i], m.highest[p.i]
          FROM opsmon.history_minutes m, LATERAL (SELECT array_position(m.series, wanted) AS i) p
         WHERE m.at >= reached AND m.at < until;
        SELECT coalesce(max(m.at) + interval '1 minute', reached) INTO reached
          FROM opsmon.history_minutes m WHERE m.at >= reached AND m.at < until;
    END IF;
    RETURN QUERY
    SELECT s.sampled_at, s.sampled_at, 1, s.current_lsn, s.archived_count, s.failed_count, s.epoch,
           p.lowest, p.mean, p.highest
      FROM opsmon.history_samples s
      LEFT JOIN (SELECT h.sampled_at, min(h.value) AS lowest, avg(h.value)::float8 AS mean,
                        max(h.value) AS highest
                   FROM opsmon.history_points h
                  WHERE h.measure = wanted_measure AND h.key = wanted_key
                    AND h.sampled_at >= reached AND h.sampled_at < until
                  GROUP BY 1) p ON p.sampled_at = s.sampled_at
     WHERE s.sampled_at >= reached AND s.sampled_at < until;
END
$$;
COMMENT ON FUNCTION opsmon.history_steps(int4, int4, interval, timestamptz, timestamptz) IS
    'One series of the history in hours, minutes and samples; what the trends are made of';

CREATE FUNCTION opsmon.series_trend(
    measure int4, key int4, range interval, until timestamptz,
    OUT at timestamptz, OUT samples int8, OUT lowest int8, OUT mean float8, OUT highest int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    WITH bucket AS MATERIALIZED (SELECT opsmon.trend_width(range) AS width)
    SELECT date_bin(b.width, s.at, '2000-01-01 00:00+00'), sum(s.samples),
           min(s.lowest), sum(s.mean * s.samples) / sum(s.samples), max(s.highest)
      FROM bucket b, opsmon.history_steps(measure, key, b.width, until - range, until) s
     WHERE s.lowest IS NOT NULL
     GROUP BY 1 ORDER BY 1
    $$;
COMMENT ON FUNCTION opsmon.series_trend(int4, int4, interval, timestamptz) IS
    'One number over a range, by its key in history_names and its number in history_measures';

-- Rates only where two steps are of one server and one timeline; counts only of one epoch.
CREATE FUNCTION opsmon.wal_trend(
    range interval, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT wal_bytes int8, OUT wal_bytes_per_second_min int8,
    OUT wal_bytes_per_second_avg int8, OUT wal_bytes_per_second_max int8,
    OUT directory_bytes_min int8, OUT directory_bytes_avg int8, OUT directory_bytes_max int8,
    OUT archived int8, OUT failed int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    WITH bucket AS MATERIALIZED (SELECT opsmon.trend_width(range) AS width), step AS (
        SELECT s.*, b.width, lag(s.last_sampled_at) OVER w AS before_at,
               lag(s.current_lsn) OVER w AS before_lsn,
               lag(s.archived_count) OVER w AS before_archived,
               lag(s.failed_count) OVER w AS before_failed,
               lag(s.epoch) OVER w = s.epoch AS same_epoch,
               lag(e.system_identifier) OVER w = e.system_identifier
               AND lag(e.timeline) OVER w = e.timeline AS same_wal
          FROM bucket b CROSS JOIN opsmon.history_steps(0, 0, b.width, until - range, until) s
          LEFT JOIN opsmon.history_epochs e ON e.key = s.epoch
        WINDOW w AS (ORDER BY s.last_sampled_at)
    ), moved AS (
        SELECT s.*, extract(epoch FROM s.last_sampled_at - s.before_at)::float8 AS seconds,
               CASE WHEN s.same_wal AND s.current_lsn >= s.before_lsn
                    THEN (s.current_lsn - s.before_lsn)::int8 END AS bytes,
               CASE WHEN s.same_epoch THEN s.archived_count - s.before_archived END AS archived,
               CASE WHEN s.same_epoch THEN s.failed_count - s.before_failed END AS failed
          FROM step s
    )
    SELECT date_bin(m.width, m.at, '2000-01-01 00:00+00'), sum(m.samples),
           sum(m.bytes)::int8, min(m.bytes / nullif(m.seconds, 0))::int8,
           (sum(m.bytes) / nullif(sum(m.seconds) FILTER (WHERE m.bytes IS NOT NULL), 0))::int8,
           max(m.bytes / nullif(m.seconds, 0))::int8, min(m.lowest),
           (sum(m.mean * m.samples) / sum(m.samples) FILTER (WHERE m.mean IS NOT NULL))::int8,
           max(m.highest), sum(m.archived)::int8, sum(m.failed)::int8
      FROM moved m GROUP BY 1 ORDER BY 1
    $$;
COMMENT ON FUNCTION opsmon.wal_trend(interval, timestamptz) IS
    'WAL written, size of pg_wal and the archiver over a range: SELECT * FROM opsmon.wal_trend(''1 day'')';

CREATE FUNCTION opsmon.volume_trend(
    range interval, volume text DEFAULT 'wal', until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT free_bytes_min int8, OUT free_bytes_avg int8,
    OUT free_bytes_max int8, OUT size_bytes int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT f.at, f.samples, f.lowest, f.mean::int8, f.highest, s.highest
      FROM opsmon.series_trend(3, opsmon.history_key('volume', volume), range, until) f
      LEFT JOIN opsmon.series_trend(2, opsmon.history_key('volume', volume), range, until) s
             ON s.at = f.at
     ORDER BY 1
    $$;
COMMENT ON FUNCTION opsmon.volume_trend(interval, text, timestamptz) IS
    'Room on a volume over a range: SELECT * FROM opsmon.volume_trend(''7 days'', ''data'')';

CREATE FUNCTION opsmon.slot_trend(
    slot_name text, range interval, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT retained_bytes_min int8, OUT retained_bytes_avg int8,
    OUT retained_bytes_max int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT t.at, t.samples, t.lowest, t.mean::int8, t.highest
      FROM opsmon.series_trend(5, opsmon.history_key('slot', slot_name), range, until) t
    $$;
COMMENT ON FUNCTION opsmon.slot_trend(text, interval, timestamptz) IS
    'WAL a slot held back over a range; no row where it held none';

CREATE FUNCTION opsmon.replication_trend(
    consumer text, range interval, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT lag_bytes_min int8, OUT lag_bytes_avg int8,
    OUT lag_bytes_max int8, OUT unsent_bytes_max int8, OUT replay_lag_avg interval,
    OUT replay_lag_max interval)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT u.at, u.samples, l.lowest, l.mean::int8, l.highest, u.highest,
           r.mean * interval '1 microsecond', r.highest * interval '1 microsecond'
      FROM opsmon.series_trend(7, opsmon.history_key('consumer', consumer), range, until) u
      LEFT JOIN opsmon.series_trend(6, opsmon.history_key('consumer', consumer), range, until) l
             ON l.at = u.at
      LEFT JOIN opsmon.series_trend(8, opsmon.history_key('consumer', consumer), range, until) r
             ON r.at = u.at
     ORDER BY 1
    $$;
COMMENT ON FUNCTION opsmon.replication_trend(text, interval, timestamptz) IS
    'How far a consumer was behind over a range, while it was connected; NULL where it did not say';

CREATE FUNCTION opsmon.activity_trend(
    range interval, state text DEFAULT NULL, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    OUT at timestamptz, OUT samples int8, OUT sessions_min int8, OUT sessions_avg float8,
    OUT sessions_max int8)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT t.at, t.samples, t.lowest, t.mean, t.highest
      FROM opsmon.series_trend(9, CASE WHEN state IS NULL THEN 0
                                       ELSE opsmon.history_key('state', state) END, range, until) t
    $$;
COMMENT ON FUNCTION opsmon.activity_trend(interval, text, timestamptz) IS
    'Number of backends over a range, of one state or of all';

-- The timeline: what happened between two moments, in one ordered list, in words. Each source it is
-- made of has a function of its own.

CREATE FUNCTION opsmon.timeline_of_server(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    WITH epoch AS (
        SELECT e.*, lag(e.timeline) OVER w AS old_timeline,
               lag(e.system_identifier) OVER w = e.system_identifier AS same_system,
               lag(e.server_started_at) OVER w IS DISTINCT FROM e.server_started_at AS started
          FROM opsmon.history_epochs e WINDOW w AS (ORDER BY e.key)
    )
    SELECT e.server_started_at, 'server',
           'started, or came back after a crash' ||
           CASE WHEN NOT e.same_system THEN '; it is another cluster than before' ELSE '' END
      FROM epoch e WHERE e.started AND e.server_started_at >= since AND e.server_started_at < until
    UNION ALL
    SELECT e.first_sampled_at, 'server',
           format('promoted: timeline %s -> %s', e.old_timeline, e.timeline)
      FROM epoch e WHERE e.timeline > e.old_timeline AND e.same_system
       AND e.first_sampled_at >= since AND e.first_sampled_at < until
    UNION ALL
    SELECT e.archiver_stats_reset, 'archiver', 'its statistics were reset'
      FROM epoch e WHERE NOT e.started
       AND e.archiver_stats_reset >= since AND e.archiver_stats_reset < until
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_server(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): starts, promotions, resets';

CREATE FUNCTION opsmon.timeline_of_guard(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT e.at, 'guard',
           CASE e.action WHEN 'rung'
                THEN format('%s volume: %s -> %s (%s)', e.volume, e.from_rung, e.to_rung, e.reason)
                ELSE concat_ws(' ', e.action, e.outcome, e.target) END
           || CASE WHEN e.who <> 'guard' THEN ', by ' || e.who ELSE '' END
           || format('; %s of %s usable', pg_size_pretty(e.usable_bytes),
                     pg_size_pretty(e.size_bytes))
           || coalesce(', full in ' || date_trunc('second', e.full_in), '')
           || coalesce('; held by ' || concat_ws(' ', e.holder, e.holder_name) || ': '
                       || pg_size_pretty(e.holder_bytes), '')
           || coalesce('; before ' || pg_size_pretty(e.before_bytes), '')
           || coalesce(', after ' || pg_size_pretty(e.after_bytes), '')
           || coalesce('; ' || e.detail, '')
      FROM opsmon.guard_events e WHERE e.at >= since AND e.at < until
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_guard(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): the ledger in words';

CREATE FUNCTION opsmon.timeline_of_consumers(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT e.at, 'consumer', concat_ws(' ', e.kind, e.name) || ': ' || e.event || '; ' || e.detail
                             || coalesce('; it held ' || pg_size_pretty(e.held_bytes), '')
      FROM opsmon.consumer_events e WHERE e.at >= since AND e.at < until
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_consumers(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): consumers that come and go';

CREATE FUNCTION opsmon.timeline_of_slony(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT e.at, 'slony', concat_ws(' ', e.cluster, 'in', e.database, 'node ' || e.node)
                          || concat_ws('; ', format(': %s %s', e.action, e.outcome), e.reason)
      FROM opsmon.slony_events e WHERE e.at >= since AND e.at < until
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_slony(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): what was done about nodes of Slony-I; those that come and go are among the consumers';

-- Slots and walsenders that come, go or change, from one sample to the next. Arrays are compared as
-- a whole first: in most samples nothing has changed.
CREATE FUNCTION opsmon.timeline_of_slots(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET jit = off
    AS $$
    WITH step AS (
        SELECT s.sampled_at, s.slots, s.slot_active, s.slot_wal_status,
               lag(s.slots) OVER w AS old_slots, lag(s.slot_active) OVER w AS old_active,
               lag(s.slot_wal_status) OVER w AS old_wal_status
          FROM opsmon.history_samples s WHERE s.sampled_at >= since AND s.sampled_at < until
        WINDOW w AS (ORDER BY s.sampled_at)
    ), change AS (
        SELECT s.sampled_at, c.*
          FROM step s,
               LATERAL (SELECT coalesce(o.key, n.key) AS key, o.key IS NULL AS came,
                               n.key IS NULL AS went, o.active AS old_active, n.active,
                               o.wal_status AS old_wal_status, n.wal_status
                          FROM unnest(s.old_slots, s.old_active, s.old_wal_status)
                               o(key, active, wal_status)
                          FULL JOIN unnest(s.slots, s.slot_active, s.slot_wal_status)
                               n(key, active, wal_status) ON n.key = o.key
                         WHERE o.key IS NULL OR n.key IS NULL
                            OR (o.active, o.wal_status)
                               IS DISTINCT FROM (n.active, n.wal_status)) c
         WHERE (s.slots, s.slot_active, s.slot_wal_status)
               IS DISTINCT FROM (s.old_slots, s.old_active, s.old_wal_status)
           AND s.slots IS NOT NULL AND s.old_slots IS NOT NULL
    )
    SELECT c.sampled_at, 'slot',
           format('%s ', n.name) || CASE
               WHEN c.went THEN 'is gone'
               WHEN c.came THEN concat_ws(', ', 'is there',
                                          CASE WHEN c.active THEN 'used' ELSE 'not used' END,
                                          nullif(w.name, ''))
               ELSE concat_ws(', ',
                       CASE WHEN c.active AND NOT c.old_active THEN 'is used again'
                            WHEN c.old_active AND NOT c.active THEN 'is not used any more' END,
                       CASE WHEN c.wal_status <> c.old_wal_status
                            THEN format('has its WAL %s, which was %s',
                                        coalesce(nullif(w.name, ''), 'not reserved'),
                                        coalesce(nullif(o.name, ''), 'not reserved')) END)
           END
      FROM change c
      LEFT JOIN opsmon.history_names n ON n.key = c.key
      LEFT JOIN opsmon.history_names w ON w.key = c.wal_status
      LEFT JOIN opsmon.history_names o ON o.key = c.old_wal_status
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_slots(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): slots that come, go, are used or not, and what becomes of their WAL';

CREATE FUNCTION opsmon.timeline_of_replication(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET jit = off
    AS $$
    WITH step AS (
        SELECT s.sampled_at, s.consumers, s.consumer_address, s.consumer_state,
               lag(s.consumers) OVER w AS old_consumers,
               lag(s.consumer_address) OVER w AS old_address,
               lag(s.consumer_state) OVER w AS old_state
          FROM opsmon.history_samples s WHERE s.sampled_at >= since AND s.sampled_at < until
        WINDOW w AS (ORDER BY s.sampled_at)
    ), change AS (
        SELECT s.sampled_at, c.*
          FROM step s,
               LATERAL (SELECT coalesce(o.key, n.key) AS key,
                               coalesce(o.address, n.address) AS address, o.key IS NULL AS came,
                               n.key IS NULL AS went, o.state AS old_state, n.state
                          FROM (SELECT u.key, u.address, min(u.state) AS state
                                  FROM unnest(s.old_consumers, s.old_address, s.old_state)
                                       u(key, address, state)
                                 GROUP BY 1, 2) o
                          FULL JOIN (SELECT u.key, u.address, min(u.state) AS state
                                       FROM unnest(s.consumers, s.consumer_address,
                                                   s.consumer_state) u(key, address, state)
                                      GROUP BY 1, 2) n
                            ON n.key = o.key AND n.address = o.address
                         WHERE o.key IS NULL OR n.key IS NULL OR o.state <> n.state) c
         WHERE s.old_consumers IS NOT NULL
           AND (s.consumers, s.consumer_address, s.consumer_state)
               IS DISTINCT FROM (s.old_consumers, s.old_address, s.old_state)
    )
    SELECT c.sampled_at, 'replication',
           coalesce(nullif(n.name, ''), 'somebody without a name')
           || coalesce(' (' || nullif(a.name, '') || ')', '')
           || CASE WHEN c.went THEN ' is not connected any more'
                   WHEN c.came THEN ' is connected: ' || s.name
                   ELSE format(': %s -> %s', o.name, s.name) END
      FROM change c
      LEFT JOIN opsmon.history_names n ON n.key = c.key
      LEFT JOIN opsmon.history_names a ON a.key = c.address
      LEFT JOIN opsmon.history_names s ON s.key = c.state
      LEFT JOIN opsmon.history_names o ON o.key = c.old_state
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_replication(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): walsenders that come, go or change their state';

-- An archiver that begins to fail or to work again, and stretches without samples.
CREATE FUNCTION opsmon.timeline_of_samples(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET jit = off
    AS $$
    WITH step AS (
        SELECT s.sampled_at, s.sampled_at - lag(s.sampled_at) OVER w AS pause,
               s.failed_count, lag(s.epoch) OVER w = s.epoch AS same_epoch,
               s.failed_count - lag(s.failed_count) OVER w AS failed,
               s.archived_count - lag(s.archived_count) OVER w AS archived
          FROM opsmon.history_samples s WHERE s.sampled_at >= since AND s.sampled_at < until
        WINDOW w AS (ORDER BY s.sampled_at)
    ), archiver AS (
        SELECT s.*, lag(s.failed > 0) OVER (ORDER BY s.sampled_at) AS was_failing
          FROM step s WHERE s.same_epoch AND (s.failed > 0 OR s.archived > 0)
    ), usual AS (
        SELECT greatest(interval '1 minute',
                        4 * percentile_disc(0.5) WITHIN GROUP (ORDER BY s.pause)) AS pause
          FROM step s
    )
    SELECT a.sampled_at, 'archiver',
           CASE WHEN a.failed > 0 THEN format('fails: %s failures so far', a.failed_count)
                ELSE 'works again' END
      FROM archiver a
     WHERE (a.failed > 0) <> coalesce(a.was_failing, false)
    UNION ALL
    SELECT s.sampled_at, 'history', 'no sample was written for ' || date_trunc('second', s.pause)
      FROM step s, usual u WHERE s.pause > u.pause
    $$;
COMMENT ON FUNCTION opsmon.timeline_of_samples(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): the archiver, and stretches without samples';

-- From samples over three hours at most, from minutes over two days, else from hours; what is not
-- rolled up yet from the finer.
CREATE FUNCTION opsmon.timeline_of_extremes(
    since timestamptz, until timestamptz, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan SET jit = off
    AS $$
DECLARE
    minutes_from timestamptz := since;
    samples_from timestamptz := since;
BEGIN
    IF until - since > interval '2 days' THEN
        SELECT coalesce(max(h.at) + interval '1 hour', since) INTO minutes_from
          FROM opsmon.history_hours h WHERE h.at >= since AND h.at < until;
    END IF;
    IF until - since > interval '3 hours' THEN
        SELECT coalesce(max(m.at) + interval '1 minute', minutes_from) INTO samples_from
          FROM opsmon.history_minutes m WHERE m.at >= minutes_from AND m.at < until;
    END IF;
    RETURN QUERY
    WITH point AS (
        SELECT p.sampled_at AS at, p.measure, p.key, p.value AS lowest, p.value AS highest
          FROM opsmon.history_points p
         WHERE p.measure IN (3, 5, 6) AND p.sampled_at >= samples_from AND p.sampled_at < until
           AND p.value IS NOT NULL
        UNION ALL
        SELECT r.at, v.series % 16, v.series / 16, v.lowest, v.highest
          FROM (SELECT m.at, m.series, m.lowest, m.highest FROM opsmon.history_minutes m
                 WHERE m.at >= minutes_from AND m.at < samples_from
                UNION ALL
                SELECT h.at, h.series, h.lowest, h.highest FROM opsmon.history_hours h
                 WHERE h.at >= since AND h.at < minutes_from) r,
               unnest(r.series, r.lowest, r.highest) v(series, lowest, highest)
         WHERE v.series % 16 IN (3, 5, 6)
    ), fullest AS (
        SELECT DISTINCT ON (p.key) p.at, p.key, p.lowest FROM point p WHERE p.measure = 3
         ORDER BY p.key, p.lowest, p.at
    ), furthest AS (
        SELECT DISTINCT ON (p.measure, p.key) p.at, p.measure, p.key, p.highest
          FROM point p WHERE p.measure IN (5, 6) ORDER BY p.measure, p.key, p.highest DESC, p.at
    ), ranked AS (
        SELECT f.*, row_number() OVER (PARTITION BY f.measure ORDER BY f.highest DESC) AS place
          FROM furthest f WHERE f.highest > 0
    )
    SELECT f.at, 'volume', format('%s: least free, %s', n.name, pg_size_pretty(f.lowest))
      FROM fullest f LEFT JOIN opsmon.history_names n ON n.key = f.key
    UNION ALL
    SELECT r.at, CASE r.measure WHEN 5 THEN 'slot' ELSE 'replication' END,
           format(CASE r.measure WHEN 5 THEN '%s held the most: %s'
                                 ELSE '%s was furthest behind: %s' END,
                  n.name, pg_size_pretty(r.highest))
      FROM ranked r LEFT JOIN opsmon.history_names n ON n.key = r.key
     WHERE r.place <= 10;
END
$$;
COMMENT ON FUNCTION opsmon.timeline_of_extremes(timestamptz, timestamptz) IS
    'Part of opsmon.timeline(): when each volume was fullest, and ten slots and consumers at their worst';

CREATE FUNCTION opsmon.timeline(
    since timestamptz, until timestamptz DEFAULT pg_catalog.clock_timestamp(),
    rows_max int4 DEFAULT 1000, OUT at timestamptz, OUT what text, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    -- A little more than is said: `until` is a later clock than the now() `since` was made from, and
    -- where clocks are put back a month is an hour longer. Nothing is subtracted from infinity.
    IF (CASE WHEN isfinite(since) AND isfinite(until)
             THEN since < until AND until - since <= interval '31 days 2 hours' END) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'the timeline goes from a moment to a later one, at most 31 days after it'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'For example: SELECT * FROM opsmon.timeline(now() - interval ''1 day'').';
    END IF;
    IF rows_max IS NULL OR rows_max NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION 'rows_max must be from 1 to 100000, not %', rows_max
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    WITH line AS (
        SELECT l.*, row_number() OVER (ORDER BY l.at, l.what, l.detail) AS nth
          FROM (SELECT * FROM opsmon.timeline_of_server(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_guard(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_consumers(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_slony(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_slots(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_replication(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_samples(since, until)
                UNION ALL SELECT * FROM opsmon.timeline_of_extremes(since, until)) l
    )
    SELECT t.at, t.what, t.detail
      FROM (SELECT l.* FROM line l WHERE l.nth <= rows_max
            UNION ALL
            SELECT max(l.at), 'timeline',
                   format('%s more lines up to then: ask for less time, or for more rows',
                          count(*)),
                   rows_max + 1
              FROM line l WHERE l.nth > rows_max HAVING count(*) > 0) t
     ORDER BY t.nth;
END
$$;
COMMENT ON FUNCTION opsmon.timeline(timestamptz, timestamptz, int4) IS
    'What happened between two moments, in order and in words: SELECT * FROM opsmon.timeline(now() - interval ''1 day'')';

-- Privileges: pg_monitor reads, nobody else; only superusers (and those they grant) change anything.

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
    opsmon.live_wal_holders(), opsmon.live_guard_events(), opsmon.ladder(),
    opsmon.remembered_consumers(), opsmon.live_status(opsmon.consumers[]), opsmon.live_unheld_wal(),
    opsmon.live_slow_queries(), opsmon.slow_query_threshold(),
    opsmon.shows_query_text(), opsmon.shown_query(text), opsmon.readable(text),
    opsmon.quoted_name(text), opsmon.recognise_consumer(text, text, text),
    opsmon.to_end_session(int4, text, text, text), opsmon.to_end_prepared(text, name),
    opsmon.live_statements(int4), opsmon.live_blocking(int4), opsmon.advice_set(text, text),
    opsmon.live_samples(int8, int4), opsmon.history_days(text), opsmon.history_key(text, text),
    opsmon.history_steps(int4, int4, interval, timestamptz, timestamptz),
    opsmon.trend_width(interval), opsmon.series_trend(int4, int4, interval, timestamptz),
    opsmon.wal_trend(interval, timestamptz), opsmon.volume_trend(interval, text, timestamptz),
    opsmon.slot_trend(text, interval, timestamptz),
    opsmon.replication_trend(text, interval, timestamptz),
    opsmon.activity_trend(interval, text, timestamptz),
    opsmon.timeline_of_server(timestamptz, timestamptz),
    opsmon.timeline_of_guard(timestamptz, timestamptz),
    opsmon.timeline_of_consumers(timestamptz, timestamptz),
    opsmon.timeline_of_slony(timestamptz, timestamptz),
    opsmon.timeline_of_slots(timestamptz, timestamptz),
    opsmon.timeline_of_replication(timestamptz, timestamptz),
    opsmon.timeline_of_samples(timestamptz, timestamptz),
    opsmon.timeline_of_extremes(timestamptz, timestamptz),
    opsmon.timeline(timestamptz, timestamptz, int4),
    opsmon.live_slot_consumers(), opsmon.live_learner(),
    opsmon.live_slony_told(), opsmon.slony_is_known(timestamptz), opsmon.slony_remedy(),
    opsmon.slony_refusals(opsmon.slony_nodes, bool),
    opsmon.slony_verdict(opsmon.slony_nodes, bool, timestamptz, int4),
    opsmon.slony_slonik(opsmon.slony_nodes, text[]), opsmon.slony_sql(opsmon.slony_nodes, text[])
    TO pg_monitor;

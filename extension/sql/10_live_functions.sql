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
    OUT before_bytes int8, OUT after_bytes int8, OUT detail text, OUT acted_as text,
    OUT client text, OUT application_name text, OUT pid int4)
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

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

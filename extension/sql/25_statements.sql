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

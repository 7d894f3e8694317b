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

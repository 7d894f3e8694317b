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

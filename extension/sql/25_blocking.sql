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

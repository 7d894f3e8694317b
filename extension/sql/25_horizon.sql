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

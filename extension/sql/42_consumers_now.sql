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

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

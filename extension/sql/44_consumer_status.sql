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

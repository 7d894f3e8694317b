-- A row or more in every table of opsmon 0.1.0, as a server that was used leaves them.
INSERT INTO opsmon.consumers (name, policy, max_retained, owner, expected, note)
VALUES ('standby_1', 'protect', 1 << 30, 'dba@example.com', true, 'rack 7'),
       ('cdc', 'expendable', NULL, NULL, false, NULL);
SET session_replication_role = replica;
INSERT INTO opsmon.consumers (kind, name, updated_at, recognised, slot_type, plugin, database,
                              application_name, address, username, state, state_since, first_seen,
                              last_seen, last_progress, held_bytes_max)
VALUES ('slot', 'debezium_1', NULL, 'Debezium', 'logical', 'pgoutput', 'shop', 'Debezium', '10.0.0.7',
        'cdc', 'vanished', '2026-01-02 03:04', '2025-12-01', '2026-01-02 03:03', '2026-01-02 03:03', 4711),
       ('slony_node', 'shop.2@shop', NULL, NULL, NULL, NULL, 'shop', NULL, NULL, NULL, 'present',
        '2026-01-01', '2026-01-01', '2026-01-02', NULL, NULL);
RESET session_replication_role;
INSERT INTO opsmon.consumer_events (at, event, kind, name, held_bytes, detail)
VALUES ('2026-01-02 03:04', 'vanished', 'slot', 'debezium_1', 4711, 'was at 10.0.0.7');
INSERT INTO opsmon.consumer_watch (system_identifier, timeline, began_at)
VALUES (7300000000000000000, 1, '2025-12-01');
INSERT INTO opsmon.guard_events (began_at, number, at, mode, who, volume, action, outcome, target,
                                 from_rung, to_rung, usable_bytes, size_bytes, before_bytes,
                                 after_bytes, detail)
VALUES ('2026-01-01', 1, '2026-01-02', 'enforce', 'guard', 'wal', 'rung', 'decided', NULL, 'calm',
        'watch', 1000, 4000, NULL, NULL, NULL),
       ('2026-01-01', 2, '2026-01-02', 'enforce', 'alice', 'wal', 'evict', 'done', 'cdc', 'watch',
        'watch', 1000, 4000, 900, 100, 'dropped');
INSERT INTO opsmon.history_names (name) VALUES (''), ('wal'), ('standby_1'), ('reserved');
INSERT INTO opsmon.history_epochs (first_sampled_at, system_identifier, timeline, server_started_at)
VALUES ('2026-01-02', 7300000000000000000, 1, '2026-01-01');
SELECT opsmon.make_history_day('history_samples', '2026-01-02'),
       opsmon.make_history_day('history_samples', '2026-01-03'),
       opsmon.make_history_day('history_minutes', '2026-01-02');
INSERT INTO opsmon.history_samples
SELECT t, '0/1000000', 16777216, 0, 1, 0, 1, '{2}', '{4000}', '{1000}', '{77}', '{3}', '{t}', '{4}',
       '{4711}', '{3}', '{1}', '{4}', '{12}', '{0}', '{345}', '{4}', '{9}'
  FROM generate_series('2026-01-02 23:00Z', '2026-01-03 01:00Z', interval '10 s') t;
INSERT INTO opsmon.history_minutes
VALUES ('2026-01-02 23:00Z', '2026-01-02 23:00:50Z', '0/1000000', 1, 0, 1, 6, '{35}', '{1}', '{2}',
        '{3}', '{3}');
INSERT INTO opsmon.history_hours SELECT * FROM opsmon.history_minutes;
INSERT INTO opsmon.slony_nodes (database, cluster, node, name, state, state_since, local_node, is_local,
                                is_origin, is_active, subscriptions, provides, never_confirmed,
                                should_connect, slon_backends, local_slon_up, failed_nodes, told_at)
VALUES ('shop', 'shop', 2, 'shop.2@shop', 'healthy', '2026-01-01', 1, false, false, true, 1, 0, false,
        true, 1, true, 0, '2026-01-02');
INSERT INTO opsmon.slony_events (at, database, cluster, number, node, action, outcome, detail)
VALUES ('2026-01-02', 'shop', 'shop', 1, 3, 'drop', 'done', '{"lag": 86400}');

-- The inventory: what people may write, what is refused, and that what they say stays.
\set VERBOSITY terse
SELECT priority, recognised, slot_pattern, plugin_pattern, application_pattern, session_pattern,
       slot_flag, policy, managed, transient FROM opsmon.known_consumers ORDER BY priority;
SELECT count(*) AS made_less_safe_by_a_guess FROM opsmon.known_consumers
 WHERE policy NOT IN ('protect', 'last');
SELECT slot, coalesce(opsmon.recognise_consumer(slot, plugin, application), '-') AS recognised
  FROM (VALUES ('pg_16394_sync_16385_7234567890123456789', 'pgoutput', NULL),
               ('_cnpg_cluster_example_2', NULL, 'cluster-example-2'),
               ('debezium_orders', 'pgoutput', 'Debezium Streaming'),
               ('inventory', 'decoderbufs', NULL), ('barman', NULL, 'barman_receive_wal'),
               ('walg', NULL, NULL), ('walgreen', NULL, NULL), ('repmgr_slot_2', NULL, 'node2'),
               ('archive', NULL, 'pg_receivewal'), ('sub', 'pgoutput', 'sub'),
               ('node_2', NULL, 'node-2'), (NULL, NULL, 'walreceiver'),
               (NULL, NULL, 'pg_basebackup'), ('pg_basebackup_4711', NULL, 'pg_basebackup'),
               ('standby_2', NULL, 'pg_basebackup')) v (slot, plugin, application);

-- One that looks as Patroni does makes the slots of its members known.
SET application_name = 'Patroni heartbeat';
DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT count(*) > 0 FROM opsmon.activity WHERE application_name ~ '^Patroni');
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
SELECT opsmon.recognise_consumer('node_2', NULL, 'Node-2') AS member,
       opsmon.recognise_consumer('node_2', NULL, 'other') AS somebody_else;
RESET application_name;

-- Learned by itself, within a sample.
SELECT count(*) FROM pg_create_physical_replication_slot('regress_known', true);
DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT count(*) = 1 FROM opsmon.consumers WHERE name = 'regress_known' AND state = 'idle');
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
SELECT state, connected, owner, expected, unowned, policy, policy_source, slot_type, learned,
       held_bytes >= 0 AS held, first_seen IS NOT NULL AS first_seen, last_seen
  FROM opsmon.consumer_status WHERE name = 'regress_known';
SELECT event, detail FROM opsmon.consumer_events WHERE name = 'regress_known';

-- An INSERT about one that is known already takes its row over; a second one is an error.
INSERT INTO opsmon.consumers (name, policy, owner) VALUES ('regress_known', 'protect', 'dba');
SELECT state, owner, policy, policy_source, unowned, slot_type, first_seen IS NOT NULL AS first_seen
  FROM opsmon.consumer_status WHERE name = 'regress_known';
INSERT INTO opsmon.consumers (name) VALUES ('regress_known');
UPDATE opsmon.consumers SET updated_at = '2000-01-01' WHERE name = 'regress_known';
UPDATE opsmon.consumers SET expected = true, note = 'Berlin' WHERE name = 'regress_known';
SELECT updated_at > now() - interval '1 hour' AS noted FROM opsmon.consumers WHERE name = 'regress_known';
-- The learner goes on: what people said stays.
SELECT opsmon.learn_consumers();
SELECT policy, owner, expected, note, state FROM opsmon.consumers WHERE name = 'regress_known';

-- Announced before it is there.
INSERT INTO opsmon.consumers (name, policy, expected) VALUES ('regress_announced', 'expendable', true);
SELECT state, connected, policy, policy_source, unowned, first_seen, learned
  FROM opsmon.consumer_status WHERE name = 'regress_announced';

-- Who is granted so much may say what he is to say, and nothing else.
CREATE ROLE regress_opsmon_keeper;
GRANT pg_monitor TO regress_opsmon_keeper;
GRANT INSERT (kind, name, policy, max_retained, owner, expected, note),
      UPDATE (policy, max_retained, owner, expected, note), DELETE
   ON opsmon.consumers TO regress_opsmon_keeper;
SET ROLE regress_opsmon_keeper;
UPDATE opsmon.consumers SET owner = 'keeper' WHERE name = 'regress_announced';
UPDATE opsmon.consumers SET first_seen = now() WHERE name = 'regress_announced';
INSERT INTO opsmon.consumers (kind, name, owner) VALUES ('standby', 'walreceiver replicator@10.0.0.5', 'keeper');
INSERT INTO opsmon.consumer_events (at, event, kind, name, detail) VALUES (now(), 'appeared', 'slot', 's', '');
SELECT opsmon.learn_consumers();
SELECT count(*) FROM opsmon.consumer_events WHERE name = 'nobody';
DELETE FROM opsmon.consumers WHERE owner = 'keeper';
RESET ROLE;
REVOKE ALL (kind, name, policy, max_retained, owner, expected, note) ON opsmon.consumers FROM regress_opsmon_keeper;
REVOKE ALL ON opsmon.consumers FROM regress_opsmon_keeper;
DROP ROLE regress_opsmon_keeper;

INSERT INTO opsmon.consumers (kind, name) VALUES ('friend', 's');
INSERT INTO opsmon.consumers (name) VALUES (repeat('x', 64));
INSERT INTO opsmon.consumers (kind, name) VALUES ('standby', repeat('x', 256));
INSERT INTO opsmon.consumers (name, state) VALUES ('s', 'well');

-- what was learned and is gone is forgotten; a slot that is there still, or what people wrote, is not
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO opsmon.consumers (kind, name, policy, state, state_since, updated_at)
SELECT v.kind, v.name, 'protect', v.state, now() - interval '91 days',
       CASE WHEN v.written THEN now() END
  FROM (VALUES ('slot', 'forget_away', 'vanished', false), ('slot', 'forget_dropped', 'dropped', false),
               ('standby', 'forget_gone u@local', 'vanished', false),
               ('slot', 'forget_written', 'dropped', true)) v(kind, name, state, written);
SELECT opsmon.forget_consumers();
SELECT name FROM opsmon.consumers WHERE name LIKE 'forget%' ORDER BY 1;
ROLLBACK;
-- a guess never makes anybody easier to take than ask
SELECT count(*) AS easier FROM opsmon.known_consumers WHERE policy NOT IN ('ask', 'last', 'protect');

\d opsmon.consumer_events
\d opsmon.consumer_status
SELECT last_error, learned_at IS NOT NULL AS learned FROM opsmon.live_learner();

SELECT pg_drop_replication_slot('regress_known');
DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT count(*) = 0 FROM opsmon.slots);
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
DELETE FROM opsmon.consumers;

-- Another server by now (pg_upgrade), and the guard has not looked yet: what_is_watched_waits_for_the_guards_first_look.
BEGIN;
UPDATE opsmon.consumer_watch SET system_identifier = 1;
ALTER FUNCTION opsmon.live_wal_position() RENAME TO live_wal_position_of_the_guard;
CREATE FUNCTION opsmon.live_wal_position(OUT in_recovery bool, OUT timeline int8)
    RETURNS SETOF record LANGUAGE sql AS 'SELECT false, 1::int8 WHERE false';
SELECT opsmon.watch_consumers() AS watched_since;
SELECT system_identifier FROM opsmon.consumer_watch;
ROLLBACK;

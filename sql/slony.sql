-- Slony-I: what the sidecar tells is checked, remembered and shown; how to drop a node, in words that can be typed.
\set VERBOSITY terse
SELECT opsmon.live_slony_told() AS told;
SELECT opsmon.slony_is_known(NULL) AS never, opsmon.slony_is_known(now() - interval '4 minutes') AS lately,
       opsmon.slony_is_known(now() - interval '6 minutes') AS long_ago;
SELECT count(*) FROM opsmon.slony_remedy();

-- One node as the sidecar tells it: of the cluster production in the database app, as node 1 sees it.
CREATE FUNCTION pg_temp.node(node int, facts jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT '{"database": "app", "cluster": "production", "version": "2.2.11", "local_node": 1,
             "local_slon_up": true, "slon_backends": 2, "heartbeat_age": 2.5, "active": true}'::jsonb
           || jsonb_build_object('node', node)
           || CASE WHEN node = 1 THEN '{"is_origin": true, "provides": 2}'
              ELSE '{"should_connect": true, "subscriptions": 1, "lag_seconds": 1.5, "lag_events": 3,
                     "backlog_bytes": 40960.0, "held_bytes": 0}'::jsonb END || facts
$$;
CREATE FUNCTION pg_temp.gone(facts jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT '{"slon_backends": 0, "heartbeat_age": 7200, "lag_seconds": 7201, "lag_events": 900, "held_bytes": 222298112}'::jsonb || facts
$$;

-- What makes no sense is refused whole.
SELECT opsmon.learn_slony(NULL);
SELECT opsmon.learn_slony('{}');
SELECT opsmon.learn_slony('[1]');
SELECT opsmon.learn_slony('[{}]');
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(2, '{"slon_backends": "many"}')));
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(2, '{"local_slon_up": null}')));
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(2, '{"held_bytes": -1}')));
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(2, '{"held_bytes": 1e30}')));
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(2, '{"heartbeat_age": 9e12}')));
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(1)));
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1, jsonb_build_object('cluster', repeat('x', 64)))));
SELECT opsmon.learn_slony((SELECT jsonb_agg(pg_temp.node(i)) FROM generate_series(1, 1001) i));
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1, jsonb_build_object('comment', repeat('x', 1048576)))));
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1)), NULL);
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1)), '[{"number": 1, "at": 1e30}]');
SELECT opsmon.learn_slony(jsonb_build_array(pg_temp.node(1)), '[{"number": 1, "at": 1, "database": "app", "cluster": "production"}]');
SELECT count(*) AS nodes, opsmon.live_slony_told() AS told FROM opsmon.slony_nodes;

-- Well: written once, and then not again.
SELECT * FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(2, '{"comment": "Berlin"}'), pg_temp.node(3)));
SELECT * FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(2, '{"comment": "Berlin", "slon_backends": 3, "lag_seconds": 9, "heartbeat_age": 1, "held_bytes": 8000000}'), pg_temp.node(3)));
SELECT opsmon.live_slony_told() > now() - interval '1 minute' AS told;
SELECT name, comment, state, is_local, is_origin, subscriptions, provides, lag_seconds, lag_events, backlog_bytes,
       heartbeat_at BETWEEN told_at - interval '3 s' AND told_at - interval '2 s' AS heartbeat FROM opsmon.slony_nodes ORDER BY node;
SELECT kind, name, state, connected, unowned, owner, policy, held_bytes, learned, database, age < interval '1 minute' AS known
  FROM opsmon.consumer_status WHERE kind = 'slony_node' ORDER BY name;
SELECT event, name, detail FROM opsmon.consumer_events WHERE kind = 'slony_node' ORDER BY at;
SELECT node, comment, verdict, why_not FROM opsmon.slony_remedy() ORDER BY node;

-- The learner of WAL leaves them alone.
SELECT opsmon.learn_consumers();
SELECT opsmon.forget_consumers();
SELECT name, state FROM opsmon.consumers WHERE kind = 'slony_node' ORDER BY name;

-- One is gone, and all there is to say about that.
SELECT * FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1, '{"provides": 1}'), pg_temp.node(2, pg_temp.gone()), pg_temp.node(3)));
SELECT name, state, state_since = told_at AS since, held_bytes FROM opsmon.slony_nodes WHERE node = 2;
SELECT state, connected, held_bytes, held_bytes_max FROM opsmon.consumer_status WHERE name = 'production.2@app';
SELECT node, regexp_replace(verdict, 'since [^;]+', 'since then') AS verdict, why_not, held_bytes, as_of > now() - interval '1 minute' AS known
  FROM opsmon.slony_remedy();
\pset format unaligned
\pset tuples_only
SELECT slonik FROM opsmon.slony_remedy() WHERE node = 2;
SELECT sql FROM opsmon.slony_remedy() WHERE node = 2;
\pset format aligned
\pset tuples_only off
-- Twice as much is news, a little more is not.
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1, '{"provides": 1}'), pg_temp.node(2, pg_temp.gone('{"held_bytes": 250000000}')), pg_temp.node(3)));
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1, '{"provides": 1}'), pg_temp.node(2, pg_temp.gone('{"held_bytes": 500000000}')), pg_temp.node(3)));
SELECT held_bytes, held_bytes_max FROM opsmon.consumer_status WHERE name = 'production.2@app';
-- It is missing, and after a while it has vanished.
BEGIN;
UPDATE opsmon.consumers SET state_since = state_since - interval '3 minutes' WHERE name = 'production.2@app';
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(2, pg_temp.gone()), pg_temp.node(3)));
SELECT event, name, regexp_replace(detail, 'seen [^;]+', 'seen then') AS detail, held_bytes FROM opsmon.consumer_events WHERE event = 'vanished' AND kind = 'slony_node';
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(2), pg_temp.node(3)));
SELECT event, regexp_replace(detail, '(seen|for) [^;]+', '\1 then') AS detail FROM opsmon.consumer_events WHERE name = 'production.2@app' ORDER BY at;
ROLLBACK;

-- What forbids it, one thing at a time.
CREATE FUNCTION pg_temp.say(local_facts jsonb, facts jsonb, others jsonb DEFAULT '{}') RETURNS TABLE (verdict text, why_not text[], slonik bool) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1, local_facts), pg_temp.node(2, pg_temp.gone(facts)), pg_temp.node(3, others)));
    RETURN QUERY SELECT regexp_replace(r.verdict, 'since [^;]+', 'since then'), r.why_not, r.slonik IS NOT NULL FROM opsmon.slony_remedy() r WHERE r.node = 2;
END
$$;
SELECT * FROM pg_temp.say('{}', '{}');
SELECT * FROM pg_temp.say('{}', '{"is_origin": true}');
SELECT * FROM pg_temp.say('{}', '{"provides": 2}');
SELECT * FROM pg_temp.say('{}', '{"slon_backends": 1}');
SELECT * FROM pg_temp.say('{}', '{"heartbeat_age": 1200}');
SELECT * FROM pg_temp.say('{}', '{"heartbeat_age": 20}');
SELECT * FROM pg_temp.say('{}', '{"heartbeat_age": null, "never_confirmed": true}');
SELECT * FROM pg_temp.say('{"local_slon_up": false}', '{"local_slon_up": false}', '{"local_slon_up": false}');
SELECT * FROM pg_temp.say('{"is_origin": false}', '{}');
SELECT * FROM pg_temp.say('{"failed_nodes": 1}', '{"failed_nodes": 1}');
SELECT * FROM pg_temp.say('{}', '{}', '{"slon_backends": 0, "heartbeat_age": 400}');
SELECT * FROM pg_temp.say('{}', '{"dropped": true, "slon_backends": 3}');
SELECT name, state FROM opsmon.consumers WHERE name = 'production.2@app';
SELECT event, detail FROM opsmon.consumer_events WHERE name = 'production.2@app' AND event = 'lost';
SELECT node, verdict, why_not FROM opsmon.slony_remedy() WHERE node <> 2 ORDER BY node;

-- It was dropped; and then the whole cluster is not told of.
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(3, '{"lag_seconds": 300}')));
SELECT name, state FROM opsmon.slony_nodes ORDER BY node;
SELECT name, state, connected FROM opsmon.consumer_status WHERE kind = 'slony_node' ORDER BY name;
SELECT event, detail FROM opsmon.consumer_events WHERE name = 'production.2@app' AND event = 'dropped';
SELECT node, verdict FROM opsmon.slony_remedy() ORDER BY node;
SELECT nodes_written FROM opsmon.learn_slony('[]');
SELECT name, state, connected, held_bytes FROM opsmon.consumer_status WHERE kind = 'slony_node' ORDER BY name;
SELECT node, regexp_replace(verdict, 'since [^;]+', 'since then') AS verdict, why_not FROM opsmon.slony_remedy() ORDER BY node;

-- What people say stays; what they announce is taken over.
UPDATE opsmon.consumers SET owner = 'dba', expected = true WHERE name = 'production.3@app';
INSERT INTO opsmon.consumers (kind, name, owner) VALUES ('slony_node', 'production.4@app', 'reports');
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1), pg_temp.node(3), pg_temp.node(4)));
SELECT name, state, owner, unowned, policy FROM opsmon.consumer_status WHERE kind = 'slony_node' ORDER BY name;
SELECT detail FROM opsmon.consumer_events WHERE name = 'production.4@app';

UPDATE opsmon.consumers SET policy = 'protect' WHERE name = 'production.4@app';
SELECT node, why_not FROM opsmon.slony_remedy() WHERE node = 4;

-- Deeds: each once, and its outcome when that is known.
SELECT * FROM opsmon.learn_slony('[]', '[{"number": 7, "at": 1764460800.25, "database": "app", "cluster": "production", "node": 2, "action": "drop", "outcome": "began", "reason": "silent for 2 h", "detail": {"held_bytes": 222298112}}]');
SELECT * FROM opsmon.learn_slony('[]', '[{"number": 7, "at": 1764460800.25, "database": "app", "cluster": "production", "node": 2, "action": "drop", "outcome": "began", "reason": "silent for 2 h", "detail": {"held_bytes": 222298112}}]');
SELECT * FROM opsmon.learn_slony('[]', '[{"number": 7, "at": 1764460800.25, "database": "app", "cluster": "production", "node": 2, "action": "drop", "outcome": "done", "reason": "silent for 2 h"}, {"number": 7, "at": 1764460900, "database": "app", "cluster": "production", "action": "cleanup", "outcome": "done"}]');
SELECT number, node, action, outcome, reason, detail FROM opsmon.slony_events ORDER BY at;
SELECT what, detail FROM opsmon.timeline('2025-11-30 00:00:00+00', '2025-11-30 00:10:00+00');

-- A name as nobody gives it, and one that slonik cannot say.
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(
    pg_temp.node(1, jsonb_build_object('cluster', repeat('"', 62), 'database', repeat('"', 63), 'node', 2147483647, 'local_node', 2147483647)),
    pg_temp.node(2, pg_temp.gone(jsonb_build_object('cluster', E'$$; "q''u\\o', 'database', E'n\new'))), pg_temp.node(1, jsonb_build_object('cluster', E'$$; "q''u\\o', 'database', E'n\new'))));
SELECT octet_length(name), state FROM opsmon.consumers WHERE database = repeat('"', 63);
SELECT slonik FROM opsmon.slony_remedy() WHERE node = 2;
\pset format unaligned
\pset tuples_only
SELECT sql FROM opsmon.slony_remedy() WHERE node = 2;
\pset format aligned
\pset tuples_only off
-- Before 2.2 the functions had other arguments.
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(1, '{"version": "2.1.4"}'), pg_temp.node(2, pg_temp.gone('{"version": "2.1.4"}'))));
SELECT slonik IS NOT NULL AS slonik, sql FROM opsmon.slony_remedy() WHERE node = 2 AND cluster = 'production';

-- Who may do what.
CREATE ROLE regress_opsmon_sidecar IN ROLE pg_monitor;
SET ROLE regress_opsmon_sidecar;
SELECT opsmon.learn_slony('[]');
SELECT opsmon.slony_was_told();
INSERT INTO opsmon.slony_events (at, database, cluster, number, action, outcome) VALUES (now(), 'd', 'c', 1, 'a', 'o');
SELECT count(*) > 0 AS readable FROM opsmon.slony_remedy();
RESET ROLE;
GRANT EXECUTE ON FUNCTION opsmon.learn_slony(jsonb, jsonb) TO regress_opsmon_sidecar;
SET ROLE regress_opsmon_sidecar;
SELECT nodes_written > 0 AS written FROM opsmon.learn_slony('[]');
DELETE FROM opsmon.slony_nodes;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION opsmon.learn_slony(jsonb, jsonb) FROM regress_opsmon_sidecar;
DROP ROLE regress_opsmon_sidecar;
SELECT proname, prosecdef, proconfig FROM pg_proc WHERE pronamespace = 'opsmon'::regnamespace AND prosecdef;

-- Forgotten in the end: what was not told for long, and what nobody wrote about it.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE opsmon.slony_nodes SET state_since = now() - interval '91 days' WHERE database <> 'app';
UPDATE opsmon.consumers SET state_since = now() - interval '91 days' WHERE kind = 'slony_node';
SELECT nodes_written FROM opsmon.learn_slony('[]');
SELECT cluster, node, state FROM opsmon.slony_nodes ORDER BY 1, 2;
SELECT name FROM opsmon.consumers WHERE kind = 'slony_node' ORDER BY 1;
ROLLBACK;
-- A thousand are learned and no more; the consumers of WAL have room of their own.
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO opsmon.consumers (kind, name, updated_at, state, state_since)
SELECT 'slony_node', 'old.' || i || '@app', NULL, 'present', now() FROM generate_series(1, 1000) i;
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(5, '{"cluster": "late"}')));
SELECT count(*) FROM opsmon.consumers WHERE name = 'late.5@app';
SELECT nodes_written FROM opsmon.learn_slony(jsonb_build_array(pg_temp.node(5, '{"cluster": "late"}')));
SELECT count(*) FROM opsmon.consumers WHERE name = 'late.5@app';
SELECT count(*) FROM opsmon.consumer_changes('1 s', false, NULL) n WHERE n.kind = 'slony_node';
ROLLBACK;

\d opsmon.slony_nodes
\d opsmon.slony_events
SET session_replication_role = replica;
DELETE FROM opsmon.slony_nodes;
DELETE FROM opsmon.slony_events;
DELETE FROM opsmon.consumers WHERE kind = 'slony_node';
DELETE FROM opsmon.consumer_events WHERE kind = 'slony_node';
RESET session_replication_role;

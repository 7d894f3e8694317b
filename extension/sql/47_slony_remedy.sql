-- What a person may type about a node of Slony-I that is gone: whether it may be dropped at all, and
-- how, by slonik or in SQL. Names are data: each is quoted for the language it stands in.

CREATE FUNCTION opsmon.slony_refusals(
    node opsmon.slony_nodes, is_known bool, OUT never text[], OUT not_now text[])
    RETURNS record LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT array_remove(ARRAY[
               CASE WHEN node.is_local THEN 'it is the local node' END,
               CASE WHEN node.state = 'dropped' THEN 'it is no node of the cluster' END,
               CASE WHEN node.is_origin THEN 'it is the origin of a set' END,
               CASE WHEN node.provides > 0
                    THEN 'other nodes get their data from it' END],
               NULL),
           CASE WHEN NOT is_known THEN ARRAY['how it is now is not known'] ELSE array_remove(ARRAY[
               CASE WHEN NOT node.local_slon_up
                    THEN format('the slon of node %s is down: silence proves nothing',
                                node.local_node) END,
               CASE WHEN node.slon_backends > 0 THEN 'its slon is connected'
                    WHEN node.state IN ('healthy', 'lagging', 'disconnected')
                    THEN 'it was heard less than five minutes ago'
                    WHEN coalesce(node.heartbeat_at, node.state_since)
                         > clock_timestamp() - interval '1 hour'
                    THEN 'that is so for less than an hour' END,
               (SELECT format('its policy in opsmon.consumers is %s', c.policy)
                  FROM opsmon.consumers c WHERE c.kind = 'slony_node' AND c.name = node.name
                   AND c.policy IN ('protect', 'last')),
               CASE WHEN node.failed_nodes > 0 THEN 'a failover is not over' END,
               CASE WHEN NOT EXISTS (
                        SELECT FROM opsmon.slony_nodes l
                         WHERE l.database = node.database AND l.cluster = node.cluster
                           AND l.is_local AND l.is_origin)
                    THEN format('node %s is the origin of no set: ask the one that is',
                                node.local_node) END,
               (SELECT format('others are away too (node %s): it may be this machine or the network',
                              string_agg(o.node::text, ', ' ORDER BY o.node))
                  FROM opsmon.slony_nodes o
                 WHERE o.database = node.database AND o.cluster = node.cluster
                   AND o.node <> node.node AND o.state IN ('silent', 'disconnected')
                HAVING count(*) > 0)], NULL) END
    $$;
COMMENT ON FUNCTION opsmon.slony_refusals(opsmon.slony_nodes, bool) IS
    'What forbids to drop a node: what Slony-I itself refuses, and what makes it wrong at this moment';

CREATE FUNCTION opsmon.slony_verdict(
    node opsmon.slony_nodes, is_known bool, told_at timestamptz, refusals int4) RETURNS text
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT CASE
               WHEN pg_is_in_recovery() THEN 'not known: this is a standby; ask the primary'
               WHEN told_at IS NULL
               THEN 'not known: the sidecar has told nothing since the server started'
               WHEN node.state = 'not told'
               THEN 'not known: its cluster is not told of any more, since '
                    || date_trunc('second', node.state_since)
               WHEN NOT is_known
               THEN 'not known: the sidecar told of it last at ' || date_trunc('second', told_at)
               WHEN node.state = 'dropped'
               THEN 'no node of the cluster any more, but its slon is connected: it misses what was deleted meanwhile; shut it out and build it anew'
               WHEN node.is_local AND NOT node.local_slon_up
               THEN 'its slon is down: nothing is replicated and no log is cleaned up; start it'
               WHEN node.state = 'local slon down'
               THEN format('not known: the slon of node %s is down', node.local_node)
               WHEN node.state = 'healthy' THEN 'healthy'
               WHEN node.state = 'lagging' THEN 'behind by '
                    || date_trunc('second', make_interval(secs => node.lag_seconds))
               ELSE concat(CASE WHEN refusals = 0 THEN 'gone, and may be dropped: ' END,
                    CASE node.state WHEN 'silent' THEN coalesce(
                        'not heard since ' || date_trunc('second', node.heartbeat_at),
                        'never heard')
                    ELSE 'not connected since ' || date_trunc('second', node.state_since) END)
           END || CASE WHEN is_known THEN coalesce(
               '; ' || pg_size_pretty(nullif(node.held_bytes, 0)) || ' of sl_log are kept for it alone',
               '') ELSE '' END
    $$;
COMMENT ON FUNCTION opsmon.slony_verdict(opsmon.slony_nodes, bool, timestamptz, int4) IS
    'How a node of Slony-I stands, in words';

-- slonik knows names of letters, digits and underscores only, and so can have made no other.
CREATE FUNCTION opsmon.slony_slonik(node opsmon.slony_nodes, not_now text[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT coalesce('# NOT NOW: ' || nullif(array_to_string(not_now, '; '), '') || E'\n', '')
           || E'# Put in the address of this server for HOST. Leave the dropped node out: it has no line here.\n'
           || format(E'cluster name = %s;\nnode %s admin conninfo = %L;\n'
                     || 'drop node (id = %s, event node = %s);',
                     node.cluster, node.local_node,
                     'host=HOST dbname=''' ||
                     replace(replace(node.database, '\', '\\'), '''', '\''') ||
                     ''' user=slony connect_timeout=5',
                     node.node, node.local_node)
     WHERE node.cluster ~ '^[A-Za-z_][A-Za-z0-9_]*$' AND node.database !~ '[\\\n\r]'
    $$;
COMMENT ON FUNCTION opsmon.slony_slonik(opsmon.slony_nodes, text[]) IS
    'The script for slonik that drops a node; NULL where slonik cannot say the name';

-- The log is truncated when it was switched twice, which the clean-up does once in ten minutes; it is
-- hurried here until little is left.
CREATE FUNCTION opsmon.slony_sql(node opsmon.slony_nodes, not_now text[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $sql$
    SELECT concat(
        '-- NOT NOW: ' || nullif(array_to_string(not_now, '; '), '') || E'\n',
        '-- In psql, connected to the database ',
        regexp_replace(quote_ident(node.database), '[^[:graph:] ]', '?', 'g'),
        E', as the owner of Slony''s schema.\nBEGIN;\nSET LOCAL lock_timeout = ''5s'';\n',
        format(E'LOCK TABLE %1$s.sl_event_lock, %1$s.sl_config_lock;\n'
               || E'SELECT %1$s.dropNode(ARRAY[%2$s]);\nCOMMIT;\n', n.schema, node.node),
        E'-- Its log, in a minute or two; the other nodes that forward need this statement as well.\n',
        'DO ', CASE WHEN strpos(n.schema, '$') = 0 THEN '$$' || b.body || '$$'
                    ELSE quote_literal(b.body) END, ';')
      FROM (SELECT quote_ident('_' || node.cluster) AS schema) n,
           LATERAL (SELECT format(concat_ws(E'\n', '', 'BEGIN', '    FOR i IN 1..180 LOOP',
               '        SET LOCAL lock_timeout = ''2s'';',
               '        LOCK TABLE %1$s.sl_config_lock;',
               '        PERFORM %1$s.cleanupEvent(''0 seconds'');', '        COMMIT;',
               '        EXIT WHEN pg_total_relation_size(%2$L) + pg_total_relation_size(%3$L) < 16777216;',
               '        PERFORM pg_sleep(1);', '    END LOOP;', 'END', ''),
               n.schema, n.schema || '.sl_log_1', n.schema || '.sl_log_2') AS body) b
     WHERE node.version IS NULL OR node.version ~ '^2\.[2-9]'
    $sql$;
COMMENT ON FUNCTION opsmon.slony_sql(opsmon.slony_nodes, text[]) IS
    'The statements that drop a node and hurry the clean-up of its log; NULL before Slony-I 2.2, whose functions are others';

CREATE FUNCTION opsmon.slony_remedy(
    OUT database text, OUT cluster text, OUT node int4, OUT comment text, OUT verdict text,
    OUT why_not text[], OUT held_bytes int8, OUT as_of timestamptz, OUT slonik text, OUT sql text)
    RETURNS SETOF record LANGUAGE sql VOLATILE ROWS 10 SET search_path = pg_catalog, pg_temp
    AS $$
    WITH told AS MATERIALIZED (
        SELECT l.told_at, opsmon.slony_is_known(l.told_at) AS is_known
          FROM (SELECT opsmon.live_slony_told() AS told_at OFFSET 0) l),
    judged AS MATERIALIZED (
        SELECT s, t.told_at, t.is_known AND s.state <> 'not told' AS is_known, r.never, r.not_now
          FROM opsmon.slony_nodes s, told t,
               opsmon.slony_refusals(s, t.is_known AND s.state <> 'not told') r)
    SELECT (j.s).database, (j.s).cluster, (j.s).node, (j.s).comment,
           opsmon.slony_verdict(j.s, j.is_known, j.told_at, cardinality(j.never || j.not_now)),
           j.never || j.not_now, CASE WHEN j.is_known THEN (j.s).held_bytes END,
           CASE WHEN j.is_known THEN j.told_at ELSE (j.s).told_at END,
           CASE WHEN j.never = '{}' THEN opsmon.slony_slonik(j.s, j.not_now) END,
           CASE WHEN j.never = '{}' THEN opsmon.slony_sql(j.s, j.not_now) END
      FROM judged j
     ORDER BY (j.s).held_bytes DESC NULLS LAST, (j.s).database, (j.s).cluster, (j.s).node
    $$;
COMMENT ON FUNCTION opsmon.slony_remedy() IS
    'Each node of Slony-I: how it stands, what forbids to drop it (why_not; empty: nothing), what it holds, and what to type to drop it';

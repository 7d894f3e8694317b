-- What opsmon-sidecar may do to a Slony-I cluster, and the ledger of what it did. Run it with psql, as Slony's
-- superuser, in each database that has a node which is an origin, and on forwarding subscribers whose logs are to be
-- cleaned too. It may be run again at any time; nothing that was said or written before is lost.
--
--   psql -d app -v cluster=production -v role=opsmon_sidecar -f opsmon_slony.sql
--
-- It makes the schema opsmon_slony, which belongs to whoever runs it. The role gets EXECUTE on five functions and may
-- read three tables; it gets no right on Slony's own tables, and none to drop a node in any other way. The functions
-- run with the owner's rights (SECURITY DEFINER) and refuse everything that is not certain.
--
-- Nothing is dropped before the DBA has said so for that node, here, in the database:
--
--   INSERT INTO opsmon_slony.expendable (cluster, node, why) VALUES ('production', 2, 'reporting copy, can be rebuilt');
--
-- That consent is used up by the drop: a node that is stored again under its number is not expendable.
-- No drops for a while (maintenance):  UPDATE opsmon_slony.limits SET paused_until = now() + '4 h';
-- For a drill, a shorter silence:      UPDATE opsmon_slony.limits SET minimum_silence = '1 min';
-- What was done, and what would have been:  SELECT * FROM opsmon_slony.ledger ORDER BY number;
-- To take all of it away:  DROP SCHEMA opsmon_slony CASCADE;
\set ON_ERROR_STOP on
\set QUIET on
BEGIN;
SET LOCAL client_min_messages = warning;
\if :{?cluster}
\else
DO $$ BEGIN RAISE EXCEPTION 'of which cluster? psql -v cluster=production -v role=opsmon_sidecar'; END $$;
\endif
\if :{?role}
\else
DO $$ BEGIN RAISE EXCEPTION 'for which role? psql -v cluster=production -v role=opsmon_sidecar'; END $$;
\endif
SELECT set_config('opsmon_slony.cluster', :'cluster', true), set_config('opsmon_slony.role', :'role', true) \g /dev/null

DO $$
DECLARE
    schema_owner oid;
BEGIN
    IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        RAISE EXCEPTION '% is not a superuser; run this as the superuser that Slony-I works as', current_user;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                   WHERE rolname = current_setting('opsmon_slony.role') AND NOT rolsuper) THEN
        RAISE EXCEPTION 'the role % is not there, or is a superuser; make it with: CREATE ROLE ... LOGIN IN ROLE pg_monitor',
            current_setting('opsmon_slony.role');
    END IF;
    SELECT nspowner INTO schema_owner FROM pg_catalog.pg_namespace WHERE nspname = 'opsmon_slony';
    IF FOUND AND schema_owner <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        RAISE EXCEPTION 'the schema opsmon_slony belongs to %, not to %; drop it, or run this as its owner',
            pg_catalog.pg_get_userbyid(schema_owner), current_user;
    END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS opsmon_slony;
COMMENT ON SCHEMA opsmon_slony IS 'What opsmon-sidecar may do to Slony-I clusters of this database, and the ledger of it';
REVOKE ALL ON SCHEMA opsmon_slony FROM PUBLIC;

CREATE TABLE IF NOT EXISTS opsmon_slony.limits (
    cluster text PRIMARY KEY,
    minimum_silence interval NOT NULL DEFAULT '1 hour' CHECK (minimum_silence >= interval '1 second'),
    paused_until timestamptz);
COMMENT ON TABLE opsmon_slony.limits IS 'The clusters this script was run for, and what their DBA allows; only the owner writes it';
COMMENT ON COLUMN opsmon_slony.limits.minimum_silence IS
    'No node is dropped that gave a sign of life within it, whatever the caller asks for; less than an hour is for drills only';
COMMENT ON COLUMN opsmon_slony.limits.paused_until IS 'Until then nothing is dropped: for maintenance';

CREATE TABLE IF NOT EXISTS opsmon_slony.expendable (
    cluster text REFERENCES opsmon_slony.limits, node int,
    why text NOT NULL, who text NOT NULL DEFAULT session_user, since timestamptz NOT NULL DEFAULT clock_timestamp(),
    node_row text, PRIMARY KEY (cluster, node));
COMMENT ON TABLE opsmon_slony.expendable IS
    'The nodes that may be dropped when they are dead and fill the volume; only the owner writes it, and a drop removes its row';

COMMENT ON COLUMN opsmon_slony.expendable.node_row IS
    'Which row of sl_node was meant: a node that is stored anew under its number, also after a drop by hand, is another one';

CREATE TABLE IF NOT EXISTS opsmon_slony.ledger (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who text NOT NULL DEFAULT session_user,
    client text NOT NULL DEFAULT coalesce(host(inet_client_addr()), 'local'),
    cluster text NOT NULL, node int NOT NULL,
    action text NOT NULL CHECK (action IN ('drop', 'clean_up')),
    outcome text NOT NULL CHECK (outcome IN ('done', 'would', 'refused', 'failed')),
    reason text NOT NULL, before_bytes bigint, after_bytes bigint, details jsonb NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS ledger_of_a_node ON opsmon_slony.ledger (cluster, action, node, number);
COMMENT ON TABLE opsmon_slony.ledger IS
    'What was done to nodes, would have been or was refused, in the transaction that did it; what changes nothing is not repeated';
COMMENT ON COLUMN opsmon_slony.ledger.who IS 'The session''s user, not the owner that the functions run as';
COMMENT ON COLUMN opsmon_slony.ledger.before_bytes IS 'sl_log_1 and sl_log_2 with their indexes, before the drop';
COMMENT ON COLUMN opsmon_slony.ledger.after_bytes IS 'The same when the clean-up was over';
COMMENT ON COLUMN opsmon_slony.ledger.details IS
    'Of a drop: refusals, or what is needed to store the node again, without passwords: node, subscriptions, paths';

INSERT INTO opsmon_slony.limits (cluster) VALUES (:'cluster') ON CONFLICT DO NOTHING;

-- ---- parts, for the functions below only

CREATE OR REPLACE FUNCTION opsmon_slony.schema_of(cluster text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    found text;
BEGIN
    -- A C function of slony1_funcs can only be made by a superuser: a schema that merely looks like Slony's is none.
    SELECT quote_ident(n.nspname) INTO found
    FROM pg_namespace n JOIN pg_proc p ON p.pronamespace = n.oid JOIN pg_language l ON l.oid = p.prolang
    WHERE n.nspname = '_' || schema_of.cluster AND p.proname = 'getlocalnodeid' AND l.lanname = 'c'
      AND p.probin LIKE '%slony1_funcs%'
      AND EXISTS (SELECT FROM opsmon_slony.limits m WHERE m.cluster = schema_of.cluster);
    IF found IS NULL THEN
        RAISE EXCEPTION 'there is no Slony-I cluster % in database %, or opsmon_slony.sql was not run for it',
            schema_of.cluster, current_database();
    END IF;
    IF to_regprocedure(found || '.dropnode(integer[])') IS NULL
       OR to_regprocedure(found || '.cleanupevent(interval)') IS NULL THEN
        RAISE EXCEPTION 'cluster % is not of Slony-I 2.2; opsmon knows how to drop a node of that version only',
            schema_of.cluster;
    END IF;
    RETURN found;
END $f$;
COMMENT ON FUNCTION opsmon_slony.schema_of(text) IS 'The quoted schema of a cluster that this script was run for, or an error';

CREATE OR REPLACE FUNCTION opsmon_slony.node_row(cluster text, node int) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    found text;
BEGIN
    EXECUTE format('SELECT n.xmin::text FROM %s.sl_node n WHERE n.no_id = $1', opsmon_slony.schema_of(cluster))
    INTO found USING node;
    RETURN found;
END $f$;
COMMENT ON FUNCTION opsmon_slony.node_row(text, int) IS
    'Tells a node from another one that is stored under its number later; NULL: there is no such node';

CREATE OR REPLACE FUNCTION opsmon_slony.bind_consent() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    NEW.node_row := opsmon_slony.node_row(NEW.cluster, NEW.node);
    RETURN NEW;
END $f$;
COMMENT ON FUNCTION opsmon_slony.bind_consent() IS 'Consent is for the node that is there when it is given';
CREATE OR REPLACE TRIGGER bind_consent BEFORE INSERT OR UPDATE ON opsmon_slony.expendable
    FOR EACH ROW EXECUTE FUNCTION opsmon_slony.bind_consent();

CREATE OR REPLACE FUNCTION opsmon_slony.log_bytes(cluster text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    schema text := opsmon_slony.schema_of(cluster);
BEGIN
    RETURN pg_total_relation_size((schema || '.sl_log_1')::regclass)
         + pg_total_relation_size((schema || '.sl_log_2')::regclass);
END $f$;
COMMENT ON FUNCTION opsmon_slony.log_bytes(text) IS 'What sl_log_1 and sl_log_2 of a cluster take, with their indexes';

CREATE OR REPLACE FUNCTION opsmon_slony.addresses_in(conninfo text) RETURNS TABLE (host text, port int)
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    word constant text := $w$([a-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)$w$;
    options jsonb := '{}';
    part text[];
    hosts text[];
    ports text[];
BEGIN
    IF conninfo ~ '^postgres(ql)?://' THEN
        part := regexp_match(conninfo, '^postgres(?:ql)?://(?:[^@/?#]*@)?(\[[0-9a-fA-F:]+\]|[^]/?#,@%:[]+)(?::(\d{1,5}))?(?:/[^?]*)?$');
        hosts := string_to_array(btrim(part[1], '[]'), ',');
        ports := ARRAY[part[2]];
    ELSIF conninfo ~ ('^\s*(' || word || '\s*)*$') THEN
        FOR part IN SELECT m FROM regexp_matches(conninfo, word, 'g') m LOOP
            IF part[2] LIKE '''%' THEN
                part[2] := substr(part[2], 2, length(part[2]) - 2);
            END IF;
            options := options || jsonb_build_object(part[1], regexp_replace(part[2], '\\(.)', '\1', 'g'));
        END LOOP;
        hosts := string_to_array(coalesce(nullif(options ->> 'hostaddr', ''), options ->> 'host'), ',');
        ports := string_to_array(nullif(options ->> 'port', ''), ',');
        -- What is left out is decided where it is used: by PGPORT in slon's environment, or a file of its machine.
        IF options ? 'service' OR ports IS NULL OR array_length(ports, 1) NOT IN (1, array_length(hosts, 1)) THEN
            hosts := NULL;
        END IF;
    END IF;
    FOR i IN 1 .. coalesce(array_length(hosts, 1), 0) LOOP
        host := hosts[i];
        port := CASE WHEN coalesce(ports[CASE array_length(ports, 1) WHEN 1 THEN 1 ELSE i END], '') ~ '^\d{1,5}$'
                THEN ports[CASE array_length(ports, 1) WHEN 1 THEN 1 ELSE i END]::int END;
        IF host <> '' AND host !~ '[[:cntrl:]]' AND port BETWEEN 1 AND 65535 THEN
            RETURN NEXT;
        ELSE
            RETURN QUERY SELECT NULL::text, NULL::int;
        END IF;
    END LOOP;
    IF hosts IS NULL OR hosts[1] IS NULL THEN
        RETURN QUERY SELECT NULL::text, NULL::int;
    END IF;
END $f$;
COMMENT ON FUNCTION opsmon_slony.addresses_in(text) IS
    'Hosts and ports in a libpq connection string, and nothing else of it; NULL where that is not certain';

CREATE OR REPLACE FUNCTION opsmon_slony.note(new opsmon_slony.ledger) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    last opsmon_slony.ledger;
BEGIN
    SELECT * INTO last FROM opsmon_slony.ledger l
    WHERE l.cluster = new.cluster AND l.action = new.action AND l.node = new.node ORDER BY number DESC LIMIT 1;
    IF new.outcome <> 'done' AND last.outcome = new.outcome AND last.details -> 'codes' = new.details -> 'codes' THEN
        RETURN;
    END IF;
    -- The role that calls must not be able to fill the volume with what it was refused.
    IF new.outcome IN ('refused', 'would') AND (new.details -> 'codes' ? 'unknown' OR
        (SELECT count(*) >= 200 FROM opsmon_slony.ledger l WHERE l.cluster = new.cluster
          AND l.outcome IN ('refused', 'would') AND l.at > clock_timestamp() - interval '1 day')) THEN
        RETURN;
    END IF;
    INSERT INTO opsmon_slony.ledger (cluster, node, action, outcome, reason, before_bytes, after_bytes, details)
    VALUES (new.cluster, new.node, new.action, new.outcome, new.reason, new.before_bytes, new.after_bytes, new.details);
END $f$;
COMMENT ON FUNCTION opsmon_slony.note(opsmon_slony.ledger) IS
    'Adds to the ledger what is done, and what else is new for that node: at most 200 a day, and nothing of nodes that are none';

CREATE OR REPLACE FUNCTION opsmon_slony.remembered(cluster text, node int) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    remembered jsonb;
BEGIN
    EXECUTE replace($q$
        SELECT jsonb_build_object(
            'node', (SELECT to_jsonb(n) FROM {schema}.sl_node n WHERE n.no_id = $1),
            'subscriptions', (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.sub_set), '[]')
                              FROM {schema}.sl_subscribe s WHERE s.sub_receiver = $1),
            'paths', (SELECT coalesce(jsonb_agg(jsonb_build_object('pa_server', p.pa_server, 'pa_client', p.pa_client,
                                      'pa_connretry', p.pa_connretry, 'host', a.host, 'port', a.port)
                                      ORDER BY p.pa_server, p.pa_client), '[]')
                      FROM {schema}.sl_path p CROSS JOIN LATERAL opsmon_slony.addresses_in(p.pa_conninfo) a
                      WHERE $1 IN (p.pa_server, p.pa_client)))$q$, '{schema}', opsmon_slony.schema_of(cluster))
    INTO remembered USING node;
    RETURN remembered;
END $f$;
COMMENT ON FUNCTION opsmon_slony.remembered(text, int) IS
    'What is needed to store a node again, but for users and passwords, which its paths hold';

-- ---- what the role may call

CREATE OR REPLACE FUNCTION opsmon_slony.examine(cluster text, node int, minimum_silence interval)
    RETURNS TABLE (code text, refusal text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $f$
DECLARE
    schema text := opsmon_slony.schema_of(cluster);
    allowed opsmon_slony.limits;
BEGIN
    SELECT l.* INTO allowed FROM opsmon_slony.limits l WHERE l.cluster = examine.cluster;
    RETURN QUERY SELECT 'paused', format('no drops before %s: opsmon_slony.limits says so', allowed.paused_until)
                 WHERE allowed.paused_until > clock_timestamp();
    RETURN QUERY SELECT 'not_expendable', format('node %s is not in opsmon_slony.expendable', examine.node)
                 WHERE NOT EXISTS (SELECT FROM opsmon_slony.expendable e
                                   WHERE e.cluster = examine.cluster AND e.node = examine.node);
    RETURN QUERY SELECT 'another_node', format('node %s was stored anew or changed since it was called expendable: say so again',
                                               examine.node)
                 FROM opsmon_slony.expendable e WHERE e.cluster = examine.cluster AND e.node = examine.node
                  AND e.node_row IS DISTINCT FROM opsmon_slony.node_row(examine.cluster, examine.node);
    RETURN QUERY SELECT 'dropped_today', format('node %s of this cluster was dropped %s ago; one a day', l.node,
                                                date_trunc('second', clock_timestamp() - l.at))
                 FROM opsmon_slony.ledger l WHERE l.cluster = examine.cluster AND l.action = 'drop'
                  AND l.outcome = 'done' AND l.at > clock_timestamp() - interval '1 day'
                 ORDER BY l.number DESC LIMIT 1;
    -- Signs of life: what the node wrote, by its own clock, and when this node took its events and it confirmed
    -- others'. So a clock that is wrong makes nobody look dead.
    RETURN QUERY EXECUTE replace($q$
WITH me AS (SELECT last_value::int AS id FROM {schema}.sl_local_node_id),
signs AS (
    SELECT n.no_id, greatest(
        (SELECT e.ev_timestamp FROM {schema}.sl_event e WHERE e.ev_origin = n.no_id ORDER BY e.ev_seqno DESC LIMIT 1),
        (SELECT max(c.con_timestamp) FROM {schema}.sl_confirm c
         WHERE c.con_received = n.no_id OR c.con_origin = n.no_id AND c.con_received = me.id)) AS at
    FROM {schema}.sl_node n CROSS JOIN me),
slons AS (
    SELECT k.nl_nodeid AS no_id, count(*) AS backends
    FROM {schema}.sl_nodelock k
    JOIN pg_stat_activity a ON a.pid = k.nl_backendpid AND a.datname = current_database()
                           AND a.application_name LIKE 'slon.%'
    GROUP BY k.nl_nodeid)
SELECT 'unknown', format('node %s is not in the cluster', $1)
WHERE NOT EXISTS (SELECT FROM {schema}.sl_node WHERE no_id = $1)
UNION ALL SELECT 'local', format('node %s is the local node', $1) FROM me WHERE me.id = $1
UNION ALL SELECT 'origin', format('node %s is the origin of set %s', $1, string_agg(set_id::text, ', ' ORDER BY set_id))
FROM {schema}.sl_set WHERE set_origin = $1 HAVING count(*) > 0
UNION ALL SELECT 'provider', format('node %s provides %s subscription(s)', $1, count(*))
FROM {schema}.sl_subscribe WHERE sub_provider = $1 AND sub_receiver <> $1 HAVING count(*) > 0
UNION ALL SELECT 'only_way', format('node %s hears of node %s only through node %s', l.li_receiver, l.li_origin, $1)
FROM {schema}.sl_listen l WHERE l.li_provider = $1 AND l.li_origin <> $1 AND l.li_receiver <> $1
  AND NOT EXISTS (SELECT FROM {schema}.sl_listen o WHERE o.li_origin = l.li_origin
                  AND o.li_receiver = l.li_receiver AND o.li_provider <> $1)
UNION ALL SELECT 'not_an_origin', format('the local node %s is not the origin of any set', me.id)
FROM me WHERE NOT EXISTS (SELECT FROM {schema}.sl_set WHERE set_origin = me.id)
UNION ALL SELECT 'failover', format('node %s is marked by a failover that is not over', no_id)
FROM {schema}.sl_node WHERE no_failed
UNION ALL SELECT 'set_locked', format('set %s is locked: somebody moves it', set_id)
FROM {schema}.sl_set WHERE set_locked IS NOT NULL
UNION ALL SELECT 'local_slon_silent', format('the slon of the local node %s has written nothing for a minute: %s', me.id,
    'the silence of others proves nothing')
FROM me WHERE NOT EXISTS (SELECT FROM {schema}.sl_event e WHERE e.ev_origin = me.id
                          AND e.ev_timestamp > clock_timestamp() - interval '60 s')
UNION ALL SELECT 'connected', format('the slon of node %s is connected (%s backends)', $1, backends)
FROM slons WHERE no_id = $1
UNION ALL SELECT 'not_silent', format('node %s gave a sign of life %s ago, less than %s', $1,
    date_trunc('second', clock_timestamp() - s.at), $2)
FROM signs s WHERE s.no_id = $1 AND s.at > clock_timestamp() - $2
UNION ALL SELECT 'silence_unknown', format('node %s has never given a sign of life: how long it is dead is not known', $1)
FROM signs s WHERE s.no_id = $1 AND s.at IS NULL
UNION ALL SELECT 'others_silent', format('node %s is silent too (%s): perhaps it is this one that is cut off', s.no_id,
    coalesce(date_trunc('second', clock_timestamp() - s.at)::text, 'always'))
FROM signs s CROSS JOIN me WHERE s.no_id NOT IN ($1, me.id)
  AND coalesce(s.at < clock_timestamp() - interval '120 s', true)
UNION ALL SELECT 'others_silent', format('the slon of node %s is not connected either: perhaps it is this one that is cut off', n.no_id)
FROM {schema}.sl_node n CROSS JOIN me WHERE n.no_id NOT IN ($1, me.id)
  AND EXISTS (SELECT FROM {schema}.sl_listen l WHERE l.li_provider = me.id AND l.li_receiver = n.no_id)
  AND NOT EXISTS (SELECT FROM slons s WHERE s.no_id = n.no_id)
UNION ALL SELECT 'changed_lately', format('somebody changed the cluster %s ago (%s), less than %s',
    date_trunc('second', clock_timestamp() - e.ev_timestamp), e.ev_type, $2)
FROM (SELECT ev_type, ev_timestamp FROM {schema}.sl_event WHERE ev_type <> 'SYNC'
      ORDER BY ev_timestamp DESC LIMIT 1) e WHERE e.ev_timestamp > clock_timestamp() - $2
$q$, '{schema}', schema)
    USING examine.node, greatest(examine.minimum_silence, allowed.minimum_silence);
END $f$;
COMMENT ON FUNCTION opsmon_slony.examine(text, int, interval) IS
    'What speaks against dropping a node, as far as this database can tell; no row: nothing does';

CREATE OR REPLACE FUNCTION opsmon_slony.node_addresses(cluster text)
    RETURNS TABLE (node int, host text, port int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $f$
BEGIN
    RETURN QUERY EXECUTE replace($q$
        SELECT DISTINCT p.pa_server, a.host, a.port
        FROM {schema}.sl_path p CROSS JOIN LATERAL opsmon_slony.addresses_in(p.pa_conninfo) a
        ORDER BY 1, 2, 3 LIMIT 1000$q$, '{schema}', opsmon_slony.schema_of(cluster));
END $f$;
COMMENT ON FUNCTION opsmon_slony.node_addresses(text) IS
    'Where the paths of Slony-I say the nodes are: no user, no password; NULL: a path that is not understood';

CREATE OR REPLACE FUNCTION opsmon_slony.drop_node(cluster text, node int, minimum_silence interval, dry_run bool,
    reason text, OUT outcome text, OUT refusals text[], OUT before_bytes bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $f$
DECLARE
    schema text := opsmon_slony.schema_of(cluster);
    codes text[];
    details jsonb;
BEGIN
    -- An older snapshot would not see what was decided before the lock was had.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'opsmon_slony.drop_node() works in READ COMMITTED only';
    END IF;
    BEGIN
        before_bytes := opsmon_slony.log_bytes(cluster);
        EXECUTE format('LOCK TABLE %1$s.sl_event_lock, %1$s.sl_config_lock', schema);
        SELECT coalesce(array_agg(e.refusal), '{}'), coalesce(array_agg(e.code ORDER BY e.code), '{}')
        INTO refusals, codes
        FROM opsmon_slony.examine(drop_node.cluster, drop_node.node, drop_node.minimum_silence) e;
        details := jsonb_build_object('refusals', refusals, 'codes', codes);
        IF refusals <> '{}' THEN
            outcome := 'refused';
        ELSIF dry_run IS DISTINCT FROM false THEN
            outcome := 'would';
        ELSE
            details := details || opsmon_slony.remembered(cluster, node) || jsonb_build_object('consent',
                (SELECT to_jsonb(x) FROM opsmon_slony.expendable x
                 WHERE x.cluster = drop_node.cluster AND x.node = drop_node.node));
            EXECUTE format('SELECT %s.dropNode(ARRAY[$1])', schema) USING node;
            DELETE FROM opsmon_slony.expendable x WHERE x.cluster = drop_node.cluster AND x.node = drop_node.node;
            outcome := 'done';
        END IF;
    EXCEPTION WHEN OTHERS THEN
        outcome := 'failed';
        refusals := ARRAY[SQLERRM];
        details := jsonb_build_object('refusals', refusals, 'codes', ARRAY[SQLSTATE]);
    END;
    PERFORM opsmon_slony.note(ROW(NULL, NULL, NULL, NULL, cluster, coalesce(node, -1), 'drop', outcome,
        left(coalesce(nullif(reason, ''), 'nobody said why'), 4000), before_bytes, NULL, details)::opsmon_slony.ledger);
END $f$;
COMMENT ON FUNCTION opsmon_slony.drop_node(text, int, interval, bool, text) IS
    'Drops a dead node that may be dropped, or tells that it would, or why not; and the ledger of it, in one transaction';

CREATE OR REPLACE FUNCTION opsmon_slony.clean_up(cluster text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
    SET client_min_messages = warning AS $f$
DECLARE
    schema text := opsmon_slony.schema_of(cluster);
BEGIN
    EXECUTE format('LOCK TABLE %s.sl_config_lock', schema);
    EXECUTE format('SELECT %s.cleanupEvent(interval ''0 seconds'')', schema);
    RETURN opsmon_slony.log_bytes(cluster);
END $f$;
COMMENT ON FUNCTION opsmon_slony.clean_up(text) IS
    'One step of Slony-I''s own clean-up, without its grace for young confirmations; returns what its logs take now';

CREATE OR REPLACE FUNCTION opsmon_slony.note_clean_up(cluster text, node int, done bool, reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $f$
DECLARE
    dropped opsmon_slony.ledger;
    bytes bigint := opsmon_slony.log_bytes(cluster);
    result text;
BEGIN
    SELECT * INTO dropped FROM opsmon_slony.ledger l
    WHERE l.cluster = note_clean_up.cluster AND l.node = note_clean_up.node AND l.action = 'drop' AND l.outcome = 'done'
    ORDER BY l.number DESC LIMIT 1;
    IF NOT FOUND OR EXISTS (SELECT FROM opsmon_slony.ledger l WHERE l.cluster = note_clean_up.cluster
                            AND l.node = note_clean_up.node AND l.action = 'clean_up' AND l.number > dropped.number) THEN
        RETURN NULL;
    END IF;
    -- Nobody is told that room was made where none was.
    result := CASE WHEN done AND bytes < dropped.before_bytes THEN 'done' ELSE 'failed' END;
    PERFORM opsmon_slony.note(ROW(NULL, NULL, NULL, NULL, cluster, node, 'clean_up', result,
        left(coalesce(reason, ''), 4000), dropped.before_bytes, bytes, '{}')::opsmon_slony.ledger);
    RETURN result;
END $f$;
COMMENT ON FUNCTION opsmon_slony.note_clean_up(text, int, bool, text) IS
    'Once after each drop: what the logs take now, beside what they took before; NULL: there is no drop to note it for';

REVOKE ALL ON ALL TABLES IN SCHEMA opsmon_slony FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA opsmon_slony FROM PUBLIC;
GRANT USAGE ON SCHEMA opsmon_slony TO :"role";
GRANT SELECT ON opsmon_slony.limits, opsmon_slony.expendable, opsmon_slony.ledger TO :"role";
GRANT EXECUTE ON FUNCTION opsmon_slony.examine(text, int, interval), opsmon_slony.node_addresses(text),
    opsmon_slony.drop_node(text, int, interval, bool, text), opsmon_slony.clean_up(text),
    opsmon_slony.note_clean_up(text, int, bool, text) TO :"role";

-- At last, so that a wrong name leaves nothing behind.
DO $$ BEGIN PERFORM opsmon_slony.schema_of(current_setting('opsmon_slony.cluster')); END $$;
COMMIT;

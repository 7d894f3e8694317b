-- Lets a role read what opsmon-sidecar reads of one Slony-I cluster, and nothing else: no connection
-- string (sl_path.pa_conninfo and, of the events, ev_data, which repeat them and may hold passwords),
-- no row of the application (sl_log.log_cmdargs). It changes nothing but these privileges, and may
-- be run again: after "update functions" of slonik, and on each node that is watched.
--
-- Run it as a superuser or as the owner of the cluster, in each database that is a node of it:
--   psql -d app -v cluster=production -v role=opsmon_sidecar -f read.sql
\set ON_ERROR_STOP on
\set QUIET on
\if :{?cluster}
\else
    \warn 'read.sql: which cluster? For instance: psql -d app -v cluster=production -v role=opsmon_sidecar -f read.sql'
    DO $$ BEGIN RAISE 'no cluster was named'; END $$;
\endif
\if :{?role}
\else
    \warn 'read.sql: which role? For instance: psql -d app -v cluster=production -v role=opsmon_sidecar -f read.sql'
    DO $$ BEGIN RAISE 'no role was named'; END $$;
\endif

BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL lock_timeout = '5s';

SELECT '_' || :'cluster' AS schema,
       EXISTS (SELECT 1 FROM pg_namespace n
                 JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = 'getlocalnodeid'
                               AND p.probin LIKE '%slony1_funcs%'
                 JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'c'
                WHERE n.nspname = '_' || :'cluster') AS is_cluster \gset
\if :is_cluster
\else
    \warn 'read.sql: this database has no Slony-I cluster of that name: look at \\dn for a schema that begins with _'
    DO $$ BEGIN RAISE 'no such cluster in this database'; END $$;
\endif

GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT SELECT (no_id, no_active, no_comment, no_failed) ON :"schema".sl_node TO :"role";
GRANT SELECT (set_id, set_origin) ON :"schema".sl_set TO :"role";
GRANT SELECT (sub_set, sub_provider, sub_receiver, sub_forward, sub_active)
    ON :"schema".sl_subscribe TO :"role";
GRANT SELECT (li_origin, li_provider, li_receiver) ON :"schema".sl_listen TO :"role";
GRANT SELECT (pa_server, pa_client, pa_connretry) ON :"schema".sl_path TO :"role";
GRANT SELECT (ev_origin, ev_seqno, ev_timestamp, ev_snapshot, ev_type)
    ON :"schema".sl_event TO :"role";
GRANT SELECT (con_origin, con_received, con_seqno, con_timestamp)
    ON :"schema".sl_confirm TO :"role";
GRANT SELECT (co_actor, co_starttime) ON :"schema".sl_components TO :"role";
GRANT SELECT (reg_key, reg_timestamp) ON :"schema".sl_registry TO :"role";
GRANT SELECT (nl_nodeid, nl_conncnt, nl_backendpid) ON :"schema".sl_nodelock TO :"role";
GRANT SELECT (log_origin, log_txid, log_actionseq) ON :"schema".sl_log_1, :"schema".sl_log_2
    TO :"role";
GRANT SELECT ON SEQUENCE :"schema".sl_local_node_id, :"schema".sl_log_status,
    :"schema".sl_action_seq TO :"role";
COMMIT;

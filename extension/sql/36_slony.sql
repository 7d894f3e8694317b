-- Slony-I: what the sidecar has told of the clusters, for the questions of people. Written when what
-- is told has changed (docs/decisions/0030); exact numbers are in the sidecar's metrics. Like all
-- that is observed it is not dumped: in another server it would be about nobody.

CREATE FUNCTION opsmon.live_slony_told() RETURNS timestamptz
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'opsmon_live_slony_told';
COMMENT ON FUNCTION opsmon.live_slony_told() IS
    'When the sidecar last told of Slony-I; NULL: not since the server started';

CREATE FUNCTION opsmon.slony_was_told() RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'opsmon_slony_was_told';
COMMENT ON FUNCTION opsmon.slony_was_told() IS
    'Notes in shared memory that the sidecar told of Slony-I just now: a table would cost WAL each time';

CREATE FUNCTION opsmon.slony_is_known(told_at timestamptz) RETURNS bool
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT coalesce(told_at > clock_timestamp() - interval '5 minutes', false)
           AND NOT pg_is_in_recovery()
    $$;
COMMENT ON FUNCTION opsmon.slony_is_known(timestamptz) IS
    'Whether what was told at that moment still says how things are: for five minutes, and not on a standby';

CREATE TABLE opsmon.slony_nodes (
    database text NOT NULL, cluster text NOT NULL, node int4 NOT NULL, name text NOT NULL,
    comment text, version text, state text NOT NULL CHECK (state IN (
        'healthy', 'lagging', 'disconnected', 'silent', 'local slon down', 'dropped', 'not told')),
    state_since timestamptz NOT NULL,
    local_node int4 NOT NULL, is_local bool NOT NULL, is_origin bool NOT NULL,
    is_active bool NOT NULL, subscriptions int4 NOT NULL, provides int4 NOT NULL,
    lag_seconds float8, lag_events int8, never_confirmed bool NOT NULL, heartbeat_at timestamptz,
    should_connect bool NOT NULL, slon_backends int4 NOT NULL, local_slon_up bool NOT NULL,
    failed_nodes int4 NOT NULL, backlog_bytes int8, held_bytes int8, log_bytes int8,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (database, cluster, node));
COMMENT ON TABLE opsmon.slony_nodes IS
    'Nodes of Slony-I clusters in the databases of this server, as the sidecar told of them: written when something changes, and once an hour';
COMMENT ON COLUMN opsmon.slony_nodes.name IS 'As in opsmon.consumers: cluster.node@database';
COMMENT ON COLUMN opsmon.slony_nodes.comment IS 'What Slony''s administrator wrote about it';
COMMENT ON COLUMN opsmon.slony_nodes.version IS 'Of Slony-I in that database';
COMMENT ON COLUMN opsmon.slony_nodes.state IS
    'healthy; lagging: behind by more than two minutes; disconnected: its slon is not connected; silent: nor heard for five minutes; local slon down: so nothing is heard of anybody; dropped: no node any more, but its slon is connected; not told: its cluster was left out of what was told last';
COMMENT ON COLUMN opsmon.slony_nodes.local_node IS 'The node that this database is';
COMMENT ON COLUMN opsmon.slony_nodes.provides IS 'Subscriptions of others that it feeds';
COMMENT ON COLUMN opsmon.slony_nodes.lag_seconds IS
    'Age of the last event it confirmed; NULL for the local node';
COMMENT ON COLUMN opsmon.slony_nodes.heartbeat_at IS
    'When its newest event that arrived here was made; of a healthy node as it was at told_at';
COMMENT ON COLUMN opsmon.slony_nodes.should_connect IS 'Its slon listens to the local node';
COMMENT ON COLUMN opsmon.slony_nodes.failed_nodes IS
    'Nodes of the cluster marked by a failover that is not over';
COMMENT ON COLUMN opsmon.slony_nodes.backlog_bytes IS 'Of sl_log: what it has not confirmed';
COMMENT ON COLUMN opsmon.slony_nodes.held_bytes IS
    'Of sl_log: what would be freed if it alone were gone; within half of what it is now';
COMMENT ON COLUMN opsmon.slony_nodes.log_bytes IS
    'sl_log_1 and sl_log_2 of the cluster, with their indexes';
COMMENT ON COLUMN opsmon.slony_nodes.told_at IS
    'When the row was written; that nothing has changed since is known while opsmon.live_slony_told() is recent';

CREATE TABLE opsmon.slony_events (
    at timestamptz NOT NULL, database text NOT NULL, cluster text NOT NULL, number int8 NOT NULL,
    node int4, action text NOT NULL, outcome text NOT NULL, reason text, detail jsonb,
    PRIMARY KEY (database, cluster, number, at));
CREATE INDEX slony_events_at ON opsmon.slony_events (at);
COMMENT ON TABLE opsmon.slony_events IS
    'What the sidecar''s remedy did about nodes of Slony-I, or would have done; the newest 10000. Who came and went is in opsmon.consumer_events';
COMMENT ON COLUMN opsmon.slony_events.number IS
    'In the ledger of that database (schema opsmon_slony); with the time, because a ledger that was made anew counts from the beginning';
COMMENT ON COLUMN opsmon.slony_events.detail IS 'The facts it was decided by, and what came of it';

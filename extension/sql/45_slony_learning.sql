-- What the sidecar tells of Slony-I: how it is read. A row that makes no sense refuses all that was
-- told with it, so that nothing is half told.

CREATE FUNCTION opsmon.check_told(told jsonb, what text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF told IS NULL OR jsonb_typeof(told) <> 'array' THEN
        RAISE EXCEPTION '% must be a JSON array, not %', what,
                        coalesce(jsonb_typeof(told), 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Sidecar and extension of one version understand each other.';
    END IF;
    IF jsonb_array_length(told) > 1000 OR octet_length(told::text) > 1048576 THEN
        RAISE EXCEPTION 'at most 1000 % and 1 MB of them, not % and % bytes', what,
                        jsonb_array_length(told), octet_length(told::text)
            USING ERRCODE = 'program_limit_exceeded', HINT = 'Tell of it in parts.';
    END IF;
END
$$;
COMMENT ON FUNCTION opsmon.check_told(jsonb, text) IS
    'Refuses what is no array, or larger than anything that can be meant';

CREATE FUNCTION opsmon.read_slony_nodes(nodes jsonb, at timestamptz)
    RETURNS SETOF opsmon.slony_nodes
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
    SELECT n.database, n.cluster, n.node,
           quote_ident(n.cluster) || '.' || n.node || '@' || quote_ident(n.database),
           left(n.comment, 200), left(n.version, 40),
           CASE WHEN n.dropped THEN 'dropped'
                WHEN n.node = n.local_node AND n.local_slon_up THEN 'healthy'
                WHEN NOT n.local_slon_up THEN 'local slon down'
                WHEN n.slon_backends > 0 OR n.heartbeat_age <= 300 THEN
                    CASE WHEN n.slon_backends = 0 AND n.should_connect THEN 'disconnected'
                         WHEN n.lag_seconds > 120 THEN 'lagging' ELSE 'healthy' END
                ELSE 'silent' END,
           at, n.local_node, n.node = n.local_node, coalesce(n.is_origin, false),
           coalesce(n.active, true), coalesce(round(n.subscriptions), 0)::int4,
           coalesce(round(n.provides), 0)::int4, n.lag_seconds::float8, round(n.lag_events)::int8,
           coalesce(n.never_confirmed, false),
           at - make_interval(secs => n.heartbeat_age::float8),
           coalesce(n.should_connect, false), round(n.slon_backends)::int4, n.local_slon_up,
           coalesce(round(n.failed_nodes), 0)::int4, round(n.backlog_bytes)::int8,
           round(n.held_bytes)::int8, round(n.log_bytes)::int8, at
      FROM jsonb_to_recordset(nodes) n(
           database text, cluster text, node int4, comment text, version text, dropped bool,
           local_node int4, local_slon_up bool, is_origin bool, active bool, subscriptions numeric,
           provides numeric, lag_seconds numeric, lag_events numeric, never_confirmed bool,
           heartbeat_age numeric, should_connect bool, slon_backends numeric,
           failed_nodes numeric, backlog_bytes numeric, held_bytes numeric, log_bytes numeric)
    $$;
COMMENT ON FUNCTION opsmon.read_slony_nodes(jsonb, timestamptz) IS
    'Nodes as the sidecar tells them, judged; NULL where something is missing that cannot be';

CREATE FUNCTION opsmon.told_slony_nodes(nodes jsonb, at timestamptz)
    RETURNS opsmon.slony_nodes[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    told opsmon.slony_nodes[];
    fault text;
BEGIN
    PERFORM opsmon.check_told(nodes, 'nodes');
    BEGIN
        told := ARRAY(SELECT n FROM opsmon.read_slony_nodes(nodes, at) n);
    EXCEPTION WHEN data_exception THEN
        RAISE EXCEPTION 'what was told of nodes of Slony-I is not understood: %', SQLERRM
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Sidecar and extension of one version understand each other.';
    END;
    SELECT CASE WHEN n.database IS NULL OR n.cluster IS NULL OR n.node IS NULL
                     OR n.local_node IS NULL OR n.local_slon_up IS NULL OR n.slon_backends IS NULL
                THEN 'database, cluster, node, local_node, local_slon_up and slon_backends are needed'
                WHEN octet_length(n.database) NOT BETWEEN 1 AND 63
                     OR octet_length(n.cluster) NOT BETWEEN 1 AND 63
                THEN 'database and cluster have 1 to 63 bytes'
                WHEN n.node < 0 OR n.local_node < 0 OR n.subscriptions < 0 OR n.provides < 0
                     OR n.slon_backends < 0 OR n.held_bytes < 0 OR n.backlog_bytes < 0
                     OR n.log_bytes < 0
                THEN 'numbers of nodes, counts and bytes are not negative'
                WHEN count(*) OVER (PARTITION BY n.database, n.cluster, n.node) > 1
                THEN 'each node may be told once' END
      INTO fault FROM unnest(told) n ORDER BY 1 NULLS LAST LIMIT 1;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'nodes of Slony-I that make no sense: %', fault
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN told;
END
$$;
COMMENT ON FUNCTION opsmon.told_slony_nodes(jsonb, timestamptz) IS
    'Nodes as the sidecar tells them, or an error that says what is wrong with them';

CREATE FUNCTION opsmon.told_slony_deeds(deeds jsonb) RETURNS opsmon.slony_events[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    told opsmon.slony_events[];
BEGIN
    PERFORM opsmon.check_told(deeds, 'deeds');
    BEGIN
        told := ARRAY(
            SELECT (to_timestamp(d.at::float8), d.database, d.cluster, d.number, d.node,
                    left(d.action, 100), left(d.outcome, 100), left(d.reason, 1000),
                    CASE WHEN octet_length(d.detail::text) > 8192
                         THEN jsonb_build_object('omitted_bytes', octet_length(d.detail::text))
                         ELSE nullif(d.detail, 'null') END)::opsmon.slony_events
              FROM jsonb_to_recordset(deeds) d(
                   at numeric, database text, cluster text, number int8, node int4, action text,
                   outcome text, reason text, detail jsonb));
    EXCEPTION WHEN data_exception THEN
        RAISE EXCEPTION 'what was told of deeds about Slony-I is not understood: %', SQLERRM
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Sidecar and extension of one version understand each other.';
    END;
    IF EXISTS (SELECT FROM unnest(told) d
                WHERE d.at IS NULL OR d.database IS NULL OR d.cluster IS NULL OR d.number IS NULL
                   OR d.action IS NULL OR d.outcome IS NULL OR octet_length(d.database) > 63
                   OR octet_length(d.cluster) > 63) THEN
        RAISE EXCEPTION 'deeds that make no sense: number, at, database, cluster, action and outcome are needed, names of at most 63 bytes'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN told;
END
$$;
COMMENT ON FUNCTION opsmon.told_slony_deeds(jsonb) IS
    'Deeds as the sidecar tells them, or an error that says what is wrong with them';

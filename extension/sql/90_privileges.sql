-- Privileges: pg_monitor reads, nobody else; only superusers (and those they grant) change anything.

-- Whatever ALTER DEFAULT PRIVILEGES may have given away is taken back first: the sampler is a
-- superuser, and writes here.
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT format('SCHEMA %s', n.oid::regnamespace) AS object, a.grantee
          FROM pg_namespace n, aclexplode(n.nspacl) a
         WHERE n.nspname = 'opsmon' AND a.grantee NOT IN (0, n.nspowner)
        UNION
        SELECT format('TABLE %s', c.oid::regclass), a.grantee
          FROM pg_class c, aclexplode(c.relacl) a
         WHERE c.relnamespace = 'opsmon'::regnamespace AND a.grantee NOT IN (0, c.relowner)
        UNION
        SELECT format('FUNCTION %s', p.oid::regprocedure), a.grantee
          FROM pg_proc p, aclexplode(p.proacl) a
         WHERE p.pronamespace = 'opsmon'::regnamespace AND a.grantee NOT IN (0, p.proowner)
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s CASCADE', given.object, given.grantee::regrole);
    END LOOP;
END
$$;
REVOKE ALL ON SCHEMA opsmon FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA opsmon FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA opsmon FROM PUBLIC;
GRANT USAGE ON SCHEMA opsmon TO pg_monitor;
GRANT SELECT ON ALL TABLES IN SCHEMA opsmon TO pg_monitor;
GRANT EXECUTE ON FUNCTION
    opsmon.library_version(), opsmon.live_workers(), opsmon.live_recorder(),
    opsmon.live_wal_position(), opsmon.live_wal_directory(), opsmon.live_volumes(),
    opsmon.live_slots(), opsmon.live_replication(), opsmon.live_activity(),
    opsmon.live_connections(), opsmon.live_guard(), opsmon.live_guard_state(),
    opsmon.live_guard_counts(), opsmon.live_guard_plan(),
    opsmon.live_wal_holders(), opsmon.live_guard_events(), opsmon.ladder(),
    opsmon.remembered_consumers(), opsmon.live_status(opsmon.consumers[]), opsmon.live_unheld_wal(),
    opsmon.live_slow_queries(), opsmon.slow_query_threshold(),
    opsmon.shows_query_text(), opsmon.shown_query(text), opsmon.readable(text),
    opsmon.quoted_name(text), opsmon.recognise_consumer(text, text, text),
    opsmon.to_end_session(int4, text, text, text), opsmon.to_end_prepared(text, name),
    opsmon.live_statements(int4), opsmon.live_blocking(int4), opsmon.advice_set(text, text),
    opsmon.live_samples(int8, int4), opsmon.history_days(text), opsmon.history_key(text, text),
    opsmon.history_steps(int4, int4, interval, timestamptz, timestamptz),
    opsmon.trend_width(interval), opsmon.series_trend(int4, int4, interval, timestamptz),
    opsmon.wal_trend(interval, timestamptz), opsmon.volume_trend(interval, text, timestamptz),
    opsmon.slot_trend(text, interval, timestamptz),
    opsmon.replication_trend(text, interval, timestamptz),
    opsmon.activity_trend(interval, text, timestamptz),
    opsmon.timeline_of_server(timestamptz, timestamptz),
    opsmon.timeline_of_guard(timestamptz, timestamptz),
    opsmon.timeline_of_consumers(timestamptz, timestamptz),
    opsmon.timeline_of_slony(timestamptz, timestamptz),
    opsmon.timeline_of_slots(timestamptz, timestamptz),
    opsmon.timeline_of_replication(timestamptz, timestamptz),
    opsmon.timeline_of_samples(timestamptz, timestamptz),
    opsmon.timeline_of_extremes(timestamptz, timestamptz),
    opsmon.timeline(timestamptz, timestamptz, int4),
    opsmon.live_slot_consumers(), opsmon.live_learner(),
    opsmon.live_slony_told(), opsmon.slony_is_known(timestamptz), opsmon.slony_remedy(),
    opsmon.slony_refusals(opsmon.slony_nodes, bool),
    opsmon.slony_verdict(opsmon.slony_nodes, bool, timestamptz, int4),
    opsmon.slony_slonik(opsmon.slony_nodes, text[]), opsmon.slony_sql(opsmon.slony_nodes, text[])
    TO pg_monitor;

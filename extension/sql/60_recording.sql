-- What the sampler writes down. See docs/decisions/0006.

CREATE FUNCTION opsmon.record_events() RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO opsmon.guard_events
    SELECT e.* FROM opsmon.live_guard_events() e ON CONFLICT DO NOTHING;
    $$;
COMMENT ON FUNCTION opsmon.record_events() IS
    'Copies the guard''s newest decisions into the ledger; called by the sampler, also without history';

CREATE FUNCTION opsmon.history_keys(names text[]) RETURNS int4[]
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    today CONSTANT date := now() AT TIME ZONE 'UTC';
    keys int4[];
    seen date;
BEGIN
    SELECT array_agg(k.key ORDER BY n.place), min(k.seen_on) INTO keys, seen
      FROM unnest(names) WITH ORDINALITY n(name, place)
      LEFT JOIN opsmon.history_names k ON k.name = coalesce(n.name, '');
    IF array_position(keys, NULL) IS NULL AND coalesce(seen >= today, true) THEN
        RETURN coalesce(keys, '{}');
    END IF;
    INSERT INTO opsmon.history_names AS k (name)
    SELECT DISTINCT coalesce(n.name, '') FROM unnest(names) n(name)
        ON CONFLICT (name) DO UPDATE SET seen_on = today WHERE k.seen_on < today;
    SELECT array_agg(k.key ORDER BY n.place) INTO keys
      FROM unnest(names) WITH ORDINALITY n(name, place)
      JOIN opsmon.history_names k ON k.name = coalesce(n.name, '');
    RETURN keys;
END
$$;
COMMENT ON FUNCTION opsmon.history_keys(text[]) IS
    'Keys of names in their order; names that are new, or new today, are written down';

CREATE FUNCTION opsmon.history_epoch(
    sampled_at timestamptz, system_identifier int8, timeline int8, server_started_at timestamptz,
    archiver_stats_reset timestamptz) RETURNS int4
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    epoch int4;
BEGIN
    SELECT max(e.key) INTO epoch FROM opsmon.history_epochs e
     WHERE (e.system_identifier, e.timeline, e.server_started_at)
           = ($2, $3, $4) AND e.archiver_stats_reset IS NOT DISTINCT FROM $5;
    IF epoch IS NULL THEN
        INSERT INTO opsmon.history_epochs (first_sampled_at, system_identifier, timeline,
                                           server_started_at, archiver_stats_reset)
        VALUES ($1, $2, $3, $4, $5) RETURNING key INTO epoch;
    END IF;
    RETURN epoch;
END
$$;
COMMENT ON FUNCTION opsmon.history_epoch(timestamptz, int8, int8, timestamptz, timestamptz) IS
    'Key of the epoch a sample belongs to; a new one is written down';

CREATE FUNCTION opsmon.record_samples(after int8, rows_max int4 DEFAULT 60) RETURNS int8
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    sample record;
    reached int8 := after;
    made date;
BEGIN
    FOR sample IN SELECT * FROM opsmon.live_samples(after, rows_max) LOOP
        reached := sample."position";
        -- What a standby saw is its own: these tables are the primary's, before and after.
        CONTINUE WHEN sample.in_recovery;
        IF made IS DISTINCT FROM (sample.sampled_at AT TIME ZONE 'UTC')::date THEN
            made := (sample.sampled_at AT TIME ZONE 'UTC')::date;
            PERFORM opsmon.make_history_day('history_samples', made);
        END IF;
        INSERT INTO opsmon.history_samples
            (sampled_at, current_lsn, directory_bytes, recycled_bytes, archived_count, failed_count,
             epoch, volumes, volume_size_bytes, volume_free_bytes, volume_free_inodes, slots,
             slot_active, slot_wal_status, slot_retained_bytes, consumers, consumer_address,
             consumer_state, consumer_lag_bytes, consumer_unsent_bytes, consumer_replay_lag_us,
             session_state, sessions)
        SELECT sample.sampled_at, sample.current_lsn, sample.directory_bytes,
               sample.recycled_bytes, sample.archived_count, sample.failed_count,
               opsmon.history_epoch(sample.sampled_at, sample.system_identifier, sample.timeline,
                                    sample.server_started_at, sample.archiver_stats_reset),
               opsmon.history_keys(sample.volumes), sample.volume_size_bytes,
               sample.volume_free_bytes, sample.volume_free_inodes,
               opsmon.history_keys(sample.slots), sample.slot_active,
               opsmon.history_keys(sample.slot_wal_status), sample.slot_retained_bytes,
               opsmon.history_keys(sample.consumers), opsmon.history_keys(sample.consumer_address),
               opsmon.history_keys(sample.consumer_state), sample.consumer_lag_bytes,
               sample.consumer_unsent_bytes, sample.consumer_replay_lag_us,
               opsmon.history_keys(sample.session_state), sample.sessions
         WHERE NOT EXISTS (SELECT FROM opsmon.history_samples h
                            WHERE h.sampled_at = sample.sampled_at);
    END LOOP;
    RETURN reached;
END
$$;
COMMENT ON FUNCTION opsmon.record_samples(int8, int4) IS
    'Writes samples after a position in memory into the history; the position it came to. Called by the sampler';

-- The drill: from a scratch slot to the alert, as an incident would go.

CREATE FUNCTION opsmon.note_drill(outcome text, detail text) RETURNS void
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'opsmon_note_drill';
COMMENT ON FUNCTION opsmon.note_drill(text, text) IS
    'Enters a drill into the ledger, done or failed; called by opsmon.drill()';

CREATE FUNCTION opsmon.drill(OUT step int4, OUT what text, OUT passed bool, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    slot CONSTANT name := 'opsmon_drill_' || pg_backend_pid();
    began CONSTANT timestamptz := clock_timestamp();
    failed bool := false;
BEGIN
    step := 1;
    what := 'guard and reclaimer run';
    SELECT count(*) = 2, string_agg(w.worker || ' ticked ' || w.last_tick_at, ', ')
      INTO passed, detail
      FROM opsmon.live_workers() w
     WHERE w.worker IN ('guard', 'reclaimer')
       AND w.last_tick_at > clock_timestamp() - interval '5 s' - 3 * w.tick_interval;
    failed := failed OR NOT passed;
    RETURN NEXT;

    -- A temporary one: gone with an error or with the session, whatever happens here.
    step := 2;
    what := 'a scratch slot is made';
    PERFORM pg_create_physical_replication_slot(slot, true, true);
    passed := true;
    detail := slot;
    RETURN NEXT;

    step := 3;
    what := 'the guard sees that it holds WAL';
    LOOP
        SELECT h.sampled_at - began INTO detail
          FROM opsmon.live_wal_holders() h WHERE h.name = slot::text;
        passed := FOUND;
        EXIT WHEN passed OR clock_timestamp() > began + interval '30 s';
        PERFORM pg_sleep(0.02);
    END LOOP;
    detail := CASE WHEN passed THEN 'after ' || detail ELSE 'not within 30 s' END;
    failed := failed OR NOT passed;
    RETURN NEXT;

    step := 4;
    what := 'the plan says what would be done about it';
    SELECT true, p.action || ': ' || p.why INTO passed, detail
      FROM opsmon.live_guard_plan() p WHERE p.target = slot::text;
    passed := FOUND;
    failed := failed OR NOT passed;
    RETURN NEXT;

    step := 5;
    what := 'the scratch slot is removed';
    PERFORM pg_drop_replication_slot(slot);
    SELECT count(*) = 0 INTO passed FROM pg_replication_slots s WHERE s.slot_name = slot;
    detail := NULL;
    failed := failed OR NOT passed;
    RETURN NEXT;

    step := 6;
    what := 'the ledger takes an entry; the alert OpsmonDrill follows from it';
    PERFORM opsmon.note_drill(CASE WHEN failed THEN 'failed' ELSE 'done' END,
                              'slot ' || slot);
    LOOP
        SELECT 'event ' || e.number INTO detail
          FROM opsmon.live_guard_events() e WHERE e.action = 'drill' AND e.at >= began
         ORDER BY e.number DESC LIMIT 1;
        passed := FOUND;
        EXIT WHEN passed OR clock_timestamp() > began + interval '60 s';
        PERFORM pg_sleep(0.02);
    END LOOP;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION opsmon.drill() IS
    'Makes a scratch slot, follows it through the guard up to the ledger, whose entry sets off the alert OpsmonDrill, and removes it';

-- Thirty days of samples with a hundred slots and five consumers, rolled up: what tests/bench/07_history.pl asks.
DO $$
DECLARE
    today date := now() AT TIME ZONE 'UTC'; day date;
    epoch int4 := opsmon.history_epoch(now(), 1, 1, now() - interval '40 days', NULL);
    volumes int4[] := opsmon.history_keys('{wal,data}');
    slots int4[] := opsmon.history_keys(ARRAY(SELECT 'slot_' || i FROM generate_series(1, 100) i));
    reserved int4[] := opsmon.history_keys(ARRAY(SELECT 'reserved'::text FROM generate_series(1, 100) i));
    consumers int4[] := opsmon.history_keys('{slot_1,slot_2,slot_3,slot_4,slot_5}');
    address int4[] := opsmon.history_keys('{10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5}');
    streaming int4[] := opsmon.history_keys('{streaming,streaming,streaming,streaming,streaming}');
    states int4[] := opsmon.history_keys('{active,idle,NULL}');
BEGIN
    FOR n IN REVERSE 30..1 LOOP
        day := today - n;
        PERFORM opsmon.make_history_day('history_samples', day), opsmon.make_history_day('history_minutes', day);
        INSERT INTO opsmon.history_samples
        SELECT (day + i * interval '10 seconds')::timestamp AT TIME ZONE 'UTC',
               pg_lsn(((30 - n)::numeric * 8640 + i) * 160000 + i % 977), 16777216 * (50 + i % 13), 16777216, i / 60, 0, epoch,
               volumes, '{100000000000,500000000000}', ARRAY[80000000000 - 1000 * i, 300000000000 + i], '{6000000,30000000}',
               slots, a.active, reserved, a.retained,
               consumers, address, streaming, ARRAY[i, 2 * i, 3 * i, 0, i % 7], ARRAY[i % 5, 0, 0, 0, 0], ARRAY[700 + i, 800, 900, 1000, NULL],
               states, ARRAY[i % 20, 100, 12]
          FROM generate_series(0, 8639) i,
               LATERAL (SELECT array_agg(s <> 17) AS active, array_agg((i * 1000003::int8 * s) % 100000000) AS retained FROM generate_series(1, 100) s WHERE i >= 0) a;
        PERFORM opsmon.roll_up_minutes(day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
        PERFORM opsmon.roll_up_hours(day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
        COMMIT;
    END LOOP;
END
$$;

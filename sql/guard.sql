-- The guard's ladder, letter for letter: whoever changes it changes what happens to somebody's server.
SELECT * FROM opsmon.guard_ladder;

\d opsmon.guard
\d opsmon.wal_retention
\d opsmon.guard_events

DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT count(*) = 2 FROM opsmon.guard);
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
SELECT mode, volume, usable_bytes BETWEEN 1 AND size_bytes AS usable,
       reusable_bytes >= 0 AS reusable, rescue_free_bytes < fence_free_bytes AS fence,
       fence_free_bytes < evict_free_bytes AS evict, evict_free_bytes < relieve_free_bytes AS relieve,
       relieve_free_bytes < watch_free_bytes AS watch, thresholds_refused, age < '1 minute' AS fresh
  FROM opsmon.guard ORDER BY volume DESC;

SELECT holder, name, held_bytes >= 0 AS held, age < '1 minute' AS fresh FROM opsmon.wal_retention;

-- The guard's ladder, letter for letter: whoever changes it changes what happens to somebody's server.
SELECT * FROM opsmon.guard_ladder;

\d opsmon.guard
\d opsmon.wal_retention
\d opsmon.guard_events
\d opsmon.guard_plan
\d opsmon.guard_state
\d opsmon.consumers

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

SELECT holder, name, held_bytes >= 0 AS held, age < '1 minute' AS fresh, why FROM opsmon.wal_retention
 WHERE holder <> 'next checkpoint';

-- Every pair that can happen is counted, also while there is none.
SELECT action, string_agg(outcome, ', ' ORDER BY outcome) FROM opsmon.guard_event_counts GROUP BY action ORDER BY action;

SELECT mode, fence, fence_by_hand, archiver_stuck, reports_lost FROM opsmon.guard_state;

\set VERBOSITY terse
-- People may write nonsense into the table of consumers; it is refused.
INSERT INTO opsmon.consumers (name, policy) VALUES ('s', 'sometimes');
INSERT INTO opsmon.consumers (name, max_retained) VALUES ('s', -1);
INSERT INTO opsmon.consumers (name) VALUES ('');

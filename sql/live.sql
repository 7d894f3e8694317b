-- The live views of statements, locks, horizons, settings and of the receiving side, on a primary on
-- which nothing is wrong. What needs other sessions or a standby is tests/tap's.
DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT guard_ticks > 0 AND sampler_ticks > 0 FROM opsmon.status);
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;

\d opsmon.slow_queries
\d opsmon.statements
\d opsmon.blocking
\d opsmon.xmin_horizon
\d opsmon.wraparound
\d opsmon.idle_in_transaction
\d opsmon.advice
\d opsmon.receiver

-- nothing waits, nobody is idle in a transaction, no pg_stat_statements, no receiver
SELECT * FROM opsmon.statements;
SELECT * FROM opsmon.blocking;
SELECT * FROM opsmon.idle_in_transaction;
SELECT * FROM opsmon.receiver;
SELECT * FROM opsmon.advice;
SELECT count(*) FILTER (WHERE kind NOT IN ('session')) AS others FROM opsmon.xmin_horizon;

-- every database, and how far it is
SELECT count(*) = (SELECT count(*) FROM pg_database) AS all_of_them,
       bool_and(xid_age BETWEEN 0 AND 1000000) AS xid_age, bool_and(mxid_age >= 0) AS mxid_age,
       bool_and(percent_of_stop BETWEEN 0 AND 1) AS percent, bool_and(severity = 'ok') AS ok,
       bool_and(what_to_do IS NULL) AS nothing_to_do
  FROM opsmon.wraparound;

-- what is slow is a setting
SELECT opsmon.slow_query_threshold();
-- with the code alone: its words are others in 17
\set VERBOSITY sqlstate
ALTER SYSTEM SET opsmon.slow_query_threshold = '-2';
\set VERBOSITY default
ALTER SYSTEM SET opsmon.slow_query_threshold = 'long';
ALTER SYSTEM SET opsmon.slow_query_text = 'some';
-- A session takes a reload only between its statements; a new one has what the postmaster has, and
-- that is soon enough when the guard has it too.
CREATE PROCEDURE reload(guard_mode text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_reload_conf();
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT mode = guard_mode FROM opsmon.guard_state);
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
ALTER SYSTEM SET opsmon.guard = off;
ALTER SYSTEM SET opsmon.slow_query_threshold = -1;
CALL reload('off');
\c -
SELECT opsmon.slow_query_threshold();
SELECT count(*) FROM opsmon.slow_queries WHERE running;

-- texts: cut between characters, shown as they are, or not at all
SELECT opsmon.shows_query_text(), opsmon.readable('as it is: ä'), length(opsmon.shown_query(repeat('ä', 600))),
       opsmon.readable(NULL) IS NULL AS none;
ALTER SYSTEM SET opsmon.guard = observe;
ALTER SYSTEM SET opsmon.slow_query_text = off;
CALL reload('observe');
\c -
SELECT opsmon.shows_query_text(), opsmon.shown_query('SELECT secret') IS NULL AS hidden;
ALTER SYSTEM RESET opsmon.slow_query_text;
ALTER SYSTEM RESET opsmon.slow_query_threshold;

-- advice comes with its numbers, and goes with its reason
ALTER SYSTEM SET opsmon.guard = off;
ALTER SYSTEM SET max_wal_size = '1000TB';
ALTER SYSTEM SET wal_sender_timeout = 0;
ALTER SYSTEM SET synchronous_standby_names = 'any 2 (a, b, c)';
CALL reload('off');
\c -
SELECT severity, setting, value, reason LIKE 'checkpoints let pg_wal grow to 1000 TB %' AS reason, statement LIKE 'ALTER SYSTEM SET max_wal_size = ''%MB''; SELECT pg_reload_conf();' AS statement
  FROM opsmon.advice WHERE setting = 'max_wal_size';
SELECT severity, setting, value, reason, statement FROM opsmon.advice WHERE setting <> 'max_wal_size';
SET synchronous_commit = local;
SELECT count(*) FROM opsmon.advice WHERE setting = 'synchronous_standby_names'; -- nobody waits
ALTER SYSTEM RESET opsmon.guard;
ALTER SYSTEM RESET max_wal_size;
ALTER SYSTEM RESET wal_sender_timeout;
ALTER SYSTEM RESET synchronous_standby_names;
CALL reload('observe');
\c -
SELECT * FROM opsmon.advice;
DROP PROCEDURE reload;

-- what is typed to end somebody: nothing that would do nothing, and nothing that would mean another
SELECT backend_type, state, wait_event_type,
       opsmon.to_end_session(42, backend_type, state, wait_event_type)
  FROM (VALUES ('client backend', 'active', NULL),
               ('client backend', 'active', 'Lock'),
               ('client backend', 'active', 'Client'),
               ('client backend', 'idle in transaction', 'Client'),
               ('client backend', 'disabled', NULL),
               ('walsender', 'active', 'IO'),
               ('autovacuum worker', 'active', NULL),
               ('logical replication worker', NULL, 'Activity'),
               ('startup', NULL, 'Lock'),
               (NULL, NULL, NULL)) s(backend_type, state, wait_event_type);
SELECT opsmon.to_end_prepared('it''s\', current_database());
SELECT opsmon.to_end_prepared('schön', current_database());
SELECT opsmon.to_end_prepared('schön', 'gone') IS NULL AS bytes_of_another_encoding,
       opsmon.to_end_prepared('plain', 'gone') AS the_same_in_all,
       opsmon.to_end_prepared(E'a\tb', current_database()) IS NULL AS tab,
       opsmon.to_end_prepared(E'a\nb', current_database()) IS NULL AS line,
       opsmon.to_end_prepared(E'\u0085', current_database()) IS NULL AS next_line;
SET quote_all_identifiers = on;
SELECT opsmon.quoted_name('postgres'), opsmon.quoted_name('Repl-User'), opsmon.quoted_name(NULL);
RESET quote_all_identifiers;

-- pg_monitor reads every one of them, nobody else any
CREATE ROLE regress_opsmon_nobody;
CREATE ROLE regress_opsmon_reader IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA opsmon TO regress_opsmon_nobody;
SET ROLE regress_opsmon_nobody;
SELECT * FROM opsmon.wraparound;
SELECT * FROM opsmon.live_slow_queries();
SELECT * FROM opsmon.live_blocking();
SELECT * FROM opsmon.live_statements();
SELECT * FROM opsmon.receiver;
RESET ROLE;
REVOKE USAGE ON SCHEMA opsmon FROM regress_opsmon_nobody;
SET ROLE regress_opsmon_reader;
SELECT (SELECT count(*) FROM opsmon.slow_queries) >= 0 AS slow_queries,
       (SELECT count(*) FROM opsmon.statements) AS statements,
       (SELECT count(*) FROM opsmon.blocking) AS blocking,
       (SELECT count(*) FROM opsmon.xmin_horizon) >= 0 AS xmin_horizon,
       (SELECT count(*) FROM opsmon.wraparound) > 0 AS wraparound,
       (SELECT count(*) FROM opsmon.idle_in_transaction) AS idle,
       (SELECT count(*) FROM opsmon.advice) AS advice,
       (SELECT count(*) FROM opsmon.receiver) AS receiver,
       (SELECT count(*) FROM opsmon.wal_retention) > 0 AS wal_retention;
RESET ROLE;
DROP ROLE regress_opsmon_nobody, regress_opsmon_reader;

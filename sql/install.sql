-- What CREATE EXTENSION makes, who may use it, and what is said when it cannot be made. (Partitions
-- are left out where names are shown: they carry the day's date.)
DROP EXTENSION opsmon;
CREATE EXTENSION opsmon;

-- every object has a description
SELECT c.relkind, c.relname
  FROM pg_class c
 WHERE c.relnamespace = 'opsmon'::regnamespace AND c.relkind IN ('r', 'v', 'p', 'S')
   AND obj_description(c.oid, 'pg_class') IS NULL;
SELECT p.oid::regprocedure FROM pg_proc p
 WHERE p.pronamespace = 'opsmon'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL;

-- every object that is not a C function has its search_path fixed; only what the sidecar is granted is security definer
SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE p.pronamespace = 'opsmon'::regnamespace
   AND ((p.prosecdef AND p.proname <> 'learn_slony') OR (l.lanname <> 'c' AND
        NOT coalesce(p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false)));

-- the interface, in full
SELECT c.relname, c.relkind FROM pg_class c
 WHERE c.relnamespace = 'opsmon'::regnamespace AND c.relkind IN ('r', 'v', 'p')
   AND NOT c.relispartition ORDER BY 1;
SELECT p.proname, pg_get_function_arguments(p.oid) FROM pg_proc p
 WHERE p.pronamespace = 'opsmon'::regnamespace AND p.proname !~ '^live_' ORDER BY 1;

-- PUBLIC has nothing, pg_monitor reads
SELECT c.relname FROM pg_class c
 WHERE c.relnamespace = 'opsmon'::regnamespace AND c.relkind IN ('r', 'v', 'p')
   AND (has_table_privilege('public', c.oid, 'SELECT')
        OR NOT has_table_privilege('pg_monitor', c.oid, 'SELECT')
        OR has_table_privilege('pg_monitor', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'));
SELECT p.proname, has_function_privilege('pg_monitor', p.oid, 'EXECUTE') AS pg_monitor
  FROM pg_proc p WHERE p.pronamespace = 'opsmon'::regnamespace
   AND (has_function_privilege('public', p.oid, 'EXECUTE')
        OR NOT has_function_privilege('pg_monitor', p.oid, 'EXECUTE'))
 ORDER BY 1;

CREATE ROLE regress_opsmon_nobody;
CREATE ROLE regress_opsmon_reader IN ROLE pg_monitor;
SET ROLE regress_opsmon_nobody;
SELECT * FROM opsmon.status;
SELECT * FROM opsmon.live_slots();
RESET ROLE;
SET ROLE regress_opsmon_reader;
SELECT count(*) FROM opsmon.status;
SELECT count(*) >= 0 AS readable FROM opsmon.history_wal;
SELECT opsmon.record_samples(0);
DELETE FROM opsmon.history_samples;
RESET ROLE;

-- dropping leaves nothing behind
DROP EXTENSION opsmon;
SELECT count(*) FROM pg_namespace WHERE nspname = 'opsmon';

-- a schema that is there already is not taken over
CREATE SCHEMA opsmon AUTHORIZATION regress_opsmon_nobody;
-- 18 also says where in the script
\set SHOW_CONTEXT never
CREATE EXTENSION opsmon;
\set SHOW_CONTEXT errors
DROP SCHEMA opsmon;
DROP ROLE regress_opsmon_nobody, regress_opsmon_reader;
CREATE EXTENSION opsmon;

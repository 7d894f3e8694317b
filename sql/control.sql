-- Control functions: who may call them, and what the ledger says of who did.
SELECT p.proname, p.proacl IS NOT NULL AND NOT EXISTS (
           SELECT FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner) AS superusers_only
  FROM pg_proc p
 WHERE p.oid IN ('opsmon.evict(text)'::regprocedure, 'opsmon.fence(bool, text)'::regprocedure,
                 'opsmon.guard_suspend(interval)'::regprocedure, 'opsmon.drill()'::regprocedure,
                 'opsmon.note_drill(text, text)'::regprocedure)
 ORDER BY p.proname;

CREATE ROLE regress_dba;
CREATE ROLE regress_reader IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA opsmon TO regress_dba;
GRANT EXECUTE ON FUNCTION opsmon.guard_suspend(interval) TO regress_dba;
SET application_name = 'by hand';

SET ROLE regress_reader;
SELECT opsmon.guard_suspend('1 min');
SELECT opsmon.fence(true, 'x');
SET ROLE regress_dba;
SELECT opsmon.guard_suspend('1 min') > now() AS suspended;
SELECT opsmon.fence(true, 'x');
RESET ROLE;
SELECT opsmon.guard_suspend('0') IS NULL AS resumed;

DO $$
BEGIN
    FOR i IN 1..600 LOOP
        EXIT WHEN (SELECT count(*) = 2 FROM opsmon.live_guard_events() e WHERE e.pid = pg_backend_pid());
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
SELECT e.action, e.outcome, e.who = session_user AS is_session_user, e.acted_as, e.application_name,
       e.client = coalesce(host(inet_client_addr()) || ':' || inet_client_port(), 'local') AS client
  FROM opsmon.live_guard_events() e WHERE e.pid = pg_backend_pid() ORDER BY e.number;

RESET application_name;
REVOKE ALL ON SCHEMA opsmon FROM regress_dba;
REVOKE ALL ON FUNCTION opsmon.guard_suspend(interval) FROM regress_dba;
DROP ROLE regress_dba, regress_reader;

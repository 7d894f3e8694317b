# The fence, statement by statement: a row here for each row of the table in docs/fence.md. Raised by hand;
# the writers log in as an ordinary role.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', <<'CONF');
opsmon.fence_wait = 100ms
max_prepared_transactions = 5
wal_level = logical
autovacuum = off
CONF
$node->safe_psql('postgres', q{
    CREATE ROLE app LOGIN;
    CREATE ROLE keeper LOGIN;
    CREATE ROLE keepers ROLE keeper;
    GRANT ALL ON SCHEMA public TO app, keeper;
    CREATE TABLE one_of_postgres (a int);
    INSERT INTO one_of_postgres VALUES (1);
    GRANT ALL ON one_of_postgres TO app;
    GRANT EXECUTE ON FUNCTION pg_switch_wal(), pg_create_restore_point(text), lo_import(text) TO app;
    GRANT pg_read_server_files TO app;
    CREATE FUNCTION as_its_owner() RETURNS void SECURITY DEFINER LANGUAGE sql AS 'INSERT INTO one_of_postgres VALUES (2)';
    CREATE FUNCTION as_its_owner_by_plpgsql() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS
        $f$BEGIN INSERT INTO one_of_postgres VALUES (2); END$f$;
    ALTER SYSTEM SET opsmon.history_retention = 0});
$node->reload;

# What psql says when app runs this: the SQLSTATE of its last error, or an empty text.
sub outcome {
    my ($sql, $role) = @_;
    my ($code, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql",
        extra_params => [ '-U', $role // 'app' ], on_error_stop => 1, timeout => $PostgreSQL::Test::Utils::timeout_default);
    return '' if $code == 0;
    return $err =~ /.*(?:ERROR|FATAL):  (\w{5}):/s ? $1 : "code $code: $err";
}
sub passes { my ($name, $sql, $role) = @_; is(outcome($sql, $role), '', "passes: $name"); return; }
sub refused { my ($name, $sql, $role) = @_; is(outcome($sql, $role), '53100', "refused: $name"); return; }
sub fence { my ($sql) = @_; return $node->safe_psql('postgres', "SELECT opsmon.fence($sql)"); }

is(outcome(q{
    CREATE TABLE t (a int PRIMARY KEY, b text);
    INSERT INTO t SELECT g, 'x' FROM generate_series(1, 1000) g;
    CREATE UNLOGGED TABLE u (a int);
    CREATE TABLE to_drop (a int); CREATE TABLE to_truncate (a int); CREATE TABLE drop_in_block (a int);
    CREATE INDEX to_drop_index ON to_truncate (a);
    CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
    CREATE SEQUENCE s; CREATE VIEW v AS SELECT * FROM t;
    CREATE FUNCTION inserts() RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO t VALUES (-1); END';
    CREATE FUNCTION emits() RETURNS void LANGUAGE plpgsql AS
        $f$DECLARE l pg_lsn; BEGIN l := pg_logical_emit_message(false, 'a', 'b'); END$f$;
    CREATE FUNCTION truncates() RETURNS void LANGUAGE sql AS 'TRUNCATE to_truncate';
    CREATE PROCEDURE commits() LANGUAGE plpgsql AS 'BEGIN COMMIT; PERFORM 1; COMMIT; END';
    CREATE PROCEDURE writes() LANGUAGE plpgsql AS 'BEGIN COMMIT; INSERT INTO t VALUES (-2); COMMIT; END';
    SELECT lo_create(4711);
    BEGIN; INSERT INTO t VALUES (-10); PREPARE TRANSACTION 'to_commit';
    BEGIN; INSERT INTO t VALUES (-11); PREPARE TRANSACTION 'to_roll_back'}), '', 'what the statements are about');

fence(q{true, 'the test'});
my $lsn = $node->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');

# --- refused -------------------------------------------------------------------------------------------------
my @refused = (
    [ 'INSERT', q{INSERT INTO t VALUES (-1)} ],
    [ 'UPDATE', q{UPDATE t SET b = 'y' WHERE a = 1} ],
    [ 'UPDATE through a view', q{UPDATE v SET b = 'y' WHERE a = 1} ],
    [ 'DELETE', q{DELETE FROM t WHERE a = 1} ],
    [ 'MERGE', q{MERGE INTO t USING (VALUES (1)) x(a) ON x.a = t.a WHEN MATCHED THEN DELETE} ],
    [ 'a SELECT that writes in its WITH', q{WITH w AS (INSERT INTO t VALUES (-1) RETURNING a) SELECT * FROM w} ],
    [ 'INSERT into an unlogged table', q{INSERT INTO u VALUES (1)} ],
    [ "a temporary table's rows moved into another", q{WITH w AS (DELETE FROM t RETURNING *) SELECT count(*) FROM w} ],
    (map { [ "SELECT FOR $_", "SELECT * FROM t WHERE a = 1 FOR $_" ] } 'UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE'),
    [ 'a cursor FOR UPDATE', q{BEGIN; DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE; FETCH c; COMMIT} ],
    [ 'COPY FROM', qq{COPY t FROM stdin;\n-1\tx\n\\.\n} ],
    [ 'COPY of a query that writes', q{COPY (DELETE FROM t RETURNING *) TO stdout} ],
    [ 'EXECUTE of a write', q{PREPARE p AS INSERT INTO t VALUES (-1); EXECUTE p} ],
    [ 'EXPLAIN ANALYZE of a write', q{EXPLAIN ANALYZE INSERT INTO t VALUES (-1)} ],
    [ 'EXPLAIN ANALYZE CREATE TABLE AS', q{EXPLAIN ANALYZE CREATE TABLE n AS SELECT 1} ],
    [ 'a function that writes', q{SELECT inserts()} ],
    [ 'a function of a superuser, as its owner', q{SELECT as_its_owner()} ],
    [ 'a function of a superuser, as its owner, in plpgsql', q{SELECT as_its_owner_by_plpgsql()} ],
    [ 'a DO block that writes', q{DO 'BEGIN INSERT INTO t VALUES (-1); END'} ],
    [ 'a procedure that commits and writes', q{CALL writes()} ],
    [ 'SET that names a setting of ours', q{SET opsmon.fence_exempt_roles = 'app'}, '55P02' ],
    [ 'after SET TRANSACTION READ WRITE', q{BEGIN; SET TRANSACTION READ WRITE; INSERT INTO t VALUES (-1)} ],
    [ 'after SET SESSION CHARACTERISTICS', q{SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; INSERT INTO t VALUES (-1)} ],
    [ 'after a savepoint', q{BEGIN; SAVEPOINT a; INSERT INTO t VALUES (-1)} ],
    [ 'after a ROLLBACK of a failed transaction', qq{\\set ON_ERROR_STOP 0\nBEGIN; SELECT 1/0; ROLLBACK;\n\\set ON_ERROR_STOP 1\nINSERT INTO t VALUES (-1)} ],
    [ 'after a COMMIT of a failed transaction', qq{\\set ON_ERROR_STOP 0\nBEGIN; SELECT 1/0; COMMIT;\n\\set ON_ERROR_STOP 1\nINSERT INTO t VALUES (-1)} ],
    [ 'after a COMMIT outside a transaction', q{COMMIT; INSERT INTO t VALUES (-1)} ],
    [ 'after a COMMIT in the same message', q{BEGIN\; COMMIT\; INSERT INTO t VALUES (-1)} ],
    [ 'CREATE TABLE', q{CREATE TABLE n (a int)} ],
    [ 'CREATE TABLE AS', q{CREATE TABLE n AS SELECT 1} ],
    [ 'SELECT INTO', q{SELECT 1 AS a INTO n} ],
    [ 'CREATE TEMP TABLE', q{CREATE TEMP TABLE n (a int)} ],
    [ 'CREATE INDEX', q{CREATE INDEX ON t (b)} ],
    [ 'CREATE INDEX CONCURRENTLY', q{CREATE INDEX CONCURRENTLY ON t (b)} ],
    [ 'CREATE VIEW', q{CREATE VIEW n AS SELECT 1} ],
    [ 'CREATE FUNCTION', q{CREATE FUNCTION n() RETURNS int LANGUAGE sql AS 'SELECT 1'} ],
    [ 'REFRESH MATERIALIZED VIEW', q{REFRESH MATERIALIZED VIEW m} ],
    [ 'ALTER TABLE', q{ALTER TABLE t ADD c int} ],
    [ 'COMMENT', q{COMMENT ON TABLE t IS 'x'} ],
    [ 'GRANT', q{GRANT SELECT ON t TO PUBLIC} ],
    [ 'ALTER ROLE', q{ALTER ROLE app SET work_mem = '1MB'} ],
    [ 'VACUUM', q{VACUUM t} ],
    [ 'VACUUM FULL', q{VACUUM FULL t} ],
    [ 'ANALYZE', q{ANALYZE t} ],
    [ 'REINDEX', q{REINDEX TABLE t} ],
    [ 'REINDEX CONCURRENTLY', q{REINDEX TABLE CONCURRENTLY t} ],
    [ 'CLUSTER', q{CLUSTER t USING t_pkey} ],
    [ 'NOTIFY', q{NOTIFY n} ],
    [ 'pg_notify', q{SELECT pg_notify('n', '')} ],
    [ 'PREPARE TRANSACTION', q{BEGIN; SELECT 1; PREPARE TRANSACTION 'n'} ],
    [ 'nextval', q{SELECT nextval('s')} ],
    [ 'nextval in a loop', q{DO 'BEGIN LOOP PERFORM nextval(''s''); END LOOP; END'} ],
    [ 'setval', q{SELECT setval('s', 100)} ],
    [ 'txid_current', q{SELECT txid_current()} ],
    [ 'pg_current_xact_id', q{SELECT pg_current_xact_id()} ],
    [ 'LOCK, which is ACCESS EXCLUSIVE', q{BEGIN; LOCK TABLE u} ],
    [ 'DROP in a DO block', q{DO 'BEGIN DROP TABLE to_drop; END'} ],
    [ 'TRUNCATE in a DO block', q{DO 'BEGIN TRUNCATE to_truncate; END'} ],
    [ 'TRUNCATE in a function', q{SELECT truncates()} ],
    [ 'TRUNCATE after a savepoint', q{BEGIN; SAVEPOINT a; TRUNCATE to_truncate} ],
    [ 'DROP OWNED in a DO block', q{DO 'BEGIN DROP OWNED BY app; END'} ],
    [ 'lo_create', q{SELECT lo_create(0)} ],
    [ 'lo_from_bytea', q{SELECT lo_from_bytea(0, 'x')} ],
    [ 'lo_put', q{SELECT lo_put(4711, 0, 'x')} ],
    [ 'lo_unlink', q{SELECT lo_unlink(4711)} ],
    [ 'lowrite', q{BEGIN; SELECT lowrite(lo_open(4711, 131072), 'x')} ],
    [ 'lo_import of the server', q{SELECT lo_import('PG_VERSION')} ],
    [ 'lo_import of the client, by the fast path', q{\lo_import /dev/null} ],
    [ 'pg_logical_emit_message', q{SELECT pg_logical_emit_message(false, 'a', 'b')} ],
    [ 'pg_logical_emit_message of bytes', q{SELECT pg_logical_emit_message(true, 'a', 'b'::bytea)} ],
    [ 'pg_logical_emit_message in a function', q{SELECT emits()} ],
    [ 'pg_switch_wal', q{SELECT pg_switch_wal()} ],
    [ 'pg_create_restore_point', q{SELECT pg_create_restore_point('n')} ],
);
for my $row (@refused) {
    my ($name, $sql, $expected) = @$row;
    is(outcome($sql), $expected // '53100', "refused: $name");
}
my $written = $node->safe_psql('postgres', "SELECT pg_current_wal_insert_lsn() - '$lsn'");
cmp_ok($written, '<', 32 * 1024, "what_is_refused_writes_nothing ($written bytes)");

# --- passes --------------------------------------------------------------------------------------------------
passes('SELECT', q{SELECT count(*) FROM t});
passes('a cursor', q{BEGIN; DECLARE c CURSOR FOR SELECT * FROM t; FETCH c; MOVE c; CLOSE c; COMMIT});
passes('COPY TO', q{COPY t TO stdout});
passes('EXPLAIN of a write', q{EXPLAIN INSERT INTO t VALUES (-1)});
passes('EXPLAIN ANALYZE of a SELECT', q{EXPLAIN ANALYZE SELECT count(*) FROM t});
passes('PREPARE of a write', q{PREPARE p AS INSERT INTO t VALUES (-1); DEALLOCATE p});
passes('a DO block that reads', q{DO 'BEGIN PERFORM count(*) FROM t; END'});
passes('a procedure that commits', q{CALL commits()});
passes('SET, SHOW, RESET, DISCARD', q{SET work_mem = '1MB'; SHOW work_mem; RESET work_mem; DISCARD ALL});
passes("LOCK IN $_ MODE", "BEGIN; LOCK TABLE u IN $_ MODE; COMMIT") for 'ACCESS SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE';
passes('LISTEN, UNLISTEN', q{LISTEN n; UNLISTEN n});
passes('SAVEPOINT and its end', q{BEGIN; SAVEPOINT a; SELECT 1; RELEASE a; SAVEPOINT b; ROLLBACK TO b; ROLLBACK});
passes('txid_current_if_assigned', q{SELECT txid_current_if_assigned(), pg_current_xact_id_if_assigned()});
passes('reading a large object', q{SELECT lo_get(4711)});
passes('COMMIT PREPARED', q{COMMIT PREPARED 'to_commit'});
passes('ROLLBACK PREPARED', q{ROLLBACK PREPARED 'to_roll_back'});
passes('TRUNCATE', q{TRUNCATE to_truncate});
passes('DROP INDEX', q{DROP INDEX to_drop_index});
passes('DROP MATERIALIZED VIEW', q{DROP MATERIALIZED VIEW m});
passes('DROP TABLE', q{DROP TABLE to_drop});
{
    my $before = $node->safe_psql('postgres', 'SELECT extract(epoch FROM clock_timestamp())');
    passes('TRUNCATE three times', q{TRUNCATE to_truncate; TRUNCATE to_truncate; BEGIN; TRUNCATE to_truncate; COMMIT});
    cmp_ok($node->safe_psql('postgres', 'SELECT extract(epoch FROM clock_timestamp())'), '>=', $before + 2,
        'truncate_in_a_loop_is_held_to_one_a_second');
}
passes('DROP TABLE in a block', q{BEGIN; DROP TABLE drop_in_block; COMMIT});
passes('SET CONSTRAINTS', q{BEGIN; SET CONSTRAINTS ALL IMMEDIATE; COMMIT});
is($node->safe_psql('postgres', q{SELECT string_agg(a::text, ' ' ORDER BY a) FROM t WHERE a < 0}), '-10',
    'only what was prepared before the fence was committed');

# --- exempt --------------------------------------------------------------------------------------------------
my $super = $node->safe_psql('postgres', 'SELECT current_user');
passes('a superuser: CHECKPOINT, ALTER SYSTEM, reload', q{CHECKPOINT; ALTER SYSTEM SET work_mem = '5MB'; ALTER SYSTEM RESET work_mem; SELECT pg_reload_conf()}, $super);
passes('a superuser: slots', q{SELECT pg_create_physical_replication_slot('x', true); SELECT pg_drop_replication_slot('x')}, $super);
passes('a superuser: terminate and cancel', q{SELECT pg_cancel_backend(0), pg_terminate_backend(0)}, $super);
passes('a superuser: writes', q{CREATE TABLE n (a int); INSERT INTO n VALUES (1); VACUUM n; DROP TABLE n; CREATE DATABASE n; DROP DATABASE n}, $super);
passes('a superuser: DROP and LOCK in a DO block, nextval', q{CREATE TABLE n (a int); DO 'BEGIN LOCK TABLE n; TRUNCATE n; DROP TABLE n; END'; SELECT nextval('s'), txid_current()}, $super);
passes('a superuser who has set another role', q{SET ROLE app; INSERT INTO one_of_postgres VALUES (3)}, $super);
refused('a superuser who has become another session user', q{SET SESSION AUTHORIZATION app; INSERT INTO one_of_postgres VALUES (3)}, $super);
refused('a role that is a member of nothing', q{CREATE TABLE n (a int)}, 'keeper');
$node->safe_psql('postgres', q{ALTER SYSTEM SET opsmon.fence_exempt_roles = 'nobody_of_this_name, keepers'});
$node->reload;
$node->poll_query_until('postgres', q{SELECT current_setting('opsmon.fence_exempt_roles') LIKE 'nobody%'}) or die 'timed out';
passes('a member of an exempt role', q{CREATE TABLE n (a int); DROP TABLE n}, 'keeper');
refused('a superuser, where superusers are not exempt', q{CREATE TABLE n (a int)}, $super);
$node->safe_psql('postgres', q{ALTER SYSTEM RESET opsmon.fence_exempt_roles});
$node->reload;
$node->poll_query_until('postgres', q{SELECT current_setting('opsmon.fence_exempt_roles') = 'superusers'}) or die 'timed out';

# --- what is said --------------------------------------------------------------------------------------------
my ($code, $out, $err) = $node->psql('postgres', 'INSERT INTO t VALUES (-1)', extra_params => [ '-U', 'app' ]);
like($err, qr/ERROR:  writes are fenced: \Q$super\E raised the fence by hand\nDETAIL:  The reason given is: the test\nHINT:  SELECT opsmon\.fence\(false\) lowers it/,
    'the_error_says_who_raised_it_why_and_what_to_type');
wait_until($node, q{action = 'fence' AND who = current_user AND detail = 'the test'}, 'live_guard_events()');
pass('the_ledger_has_who_and_why');

# --- temporary tables that exist -----------------------------------------------------------------------------
fence('false');
my $session = $node->background_psql('postgres', extra_params => [ '-U', 'app' ], on_error_stop => 0);
$session->query_safe('CREATE TEMP TABLE own (a int, b text)');
fence(q{true, 'again'});
$session->query_safe(q{INSERT INTO own VALUES (1); UPDATE own SET b = 'x'; SELECT * FROM own FOR UPDATE; DELETE FROM own; COPY own FROM '/dev/null'; DROP TABLE own; DISCARD TEMP; DISCARD ALL});
pass('passes: a temporary table that exists');
$session->quit;
fence('false');
is(outcome('INSERT INTO t VALUES (-20)'), '', 'all_is_as_before_when_it_is_down');

# --- asked for wrongly ---------------------------------------------------------------------------------------
for my $case ([ 'NULL', qr/must be true or false/ ], [ 'true', qr/a fence needs a reason/ ], [ "true, ' '", qr/a fence needs a reason/ ],
    [ "true, repeat('x', 201)", qr/at most 200 bytes/ ]) {
    my (undef, undef, $error) = $node->psql('postgres', "SELECT opsmon.fence($case->[0])");
    like($error, $case->[1], "opsmon.fence($case->[0]) is refused");
}
(undef, undef, $err) = $node->psql('postgres', 'SELECT opsmon.fence(false)');
like($err, qr/NOTICE:  no fence was raised by hand/, 'lowering_what_is_down_does_nothing');
is(outcome(q{SELECT opsmon.fence(true, 'x')}), '42501', 'an_ordinary_role_raises_no_fence');
is(outcome(q{SELECT opsmon.guard_suspend('1 hour')}), '42501', 'nor_suspends_the_guard');
for my $duration ('-1 s', '25 hours', '1 month', '-1 month', '1000000000 days', '2 days -25 hours 1 s') {
    my (undef, undef, $error) = $node->psql('postgres', "SELECT opsmon.guard_suspend('$duration')");
    if ($duration =~ /^2 days/) { is($error, '', "suspended for $duration"); }
    else { like($error, qr/0 to 24 hours/, "opsmon.guard_suspend('$duration') is refused"); }
}
wait_until($node, q{suspended_until > now() + interval '22 hours'}, 'guard_state');
is($node->safe_psql('postgres', q{SELECT opsmon.guard_suspend('0') IS NULL}), 't', 'resumed');
wait_until($node, q{suspended_until IS NULL}, 'guard_state');
wait_until($node, q{action = 'resume' AND who = current_user}, 'live_guard_events()');
pass('suspending_and_resuming_are_in_the_ledger');

$node->stop;
done_testing();

# The fence and what a statement leaves to others: parallel workers, the COMMIT, C code, a handler that catches cancels,
# what a connection has sent before, the walsender that runs SQL. And who must not suffer for it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonProtocol;

my $node = start_primary('primary', <<'CONF');
opsmon.fence_wait = 100ms
opsmon.guard_interval = 1s
wal_log_hints = on
wal_level = logical
max_connections = 30
autovacuum = off
max_wal_size = 10GB
CONF
my $is_16 = $node->safe_psql('postgres', q{SELECT current_setting('server_version_num')::int >= 160000}) eq 't';
my $in_a_worker = 'SET ' . ($is_16 ? 'debug_parallel_query' : 'force_parallel_mode') . ' = on; SET parallel_leader_participation = off;';
$node->safe_psql('postgres', $_) for 'CREATE ROLE app LOGIN REPLICATION', 'GRANT ALL ON SCHEMA public TO app', 'CREATE ROLE watcher LOGIN', 'GRANT pg_monitor TO watcher',
  'CREATE EXTENSION pgrowlocks', 'CREATE EXTENSION pg_buffercache', 'CREATE EXTENSION pgstattuple', 'GRANT EXECUTE ON FUNCTION pg_relpages(text), pg_relpages(regclass) TO app';
make_unread($node, 'unread', 60_000);
sub as_app { my ($sql) = @_; return $node->psql('postgres', $sql, extra_params => [ '-U', 'app' ]); }
sub session { return $node->background_psql('postgres', extra_params => [ '-U', 'app' ], on_error_stop => 0, @_) }
sub begin { my ($session, $sql) = @_; $session->query_until(qr/begun/, "\\echo begun\n$sql;\n"); return; }
sub told { my ($session) = @_; my $text = $session->{stderr}; $session->{stderr} = ''; return $text; }
sub fence { my ($sql) = @_; return $node->safe_psql('postgres', "SELECT opsmon.fence($sql)"); }
sub rows { return $node->safe_psql('postgres', 'SELECT count(*) FROM noted') }
sub wal { return $node->safe_psql('postgres', q{SELECT pg_current_wal_insert_lsn() - '0/0'}) }
# Run by the server, which is nearer: as soon as somebody else has written a megabyte.
my $fence_when_written = q{DO $$DECLARE start pg_lsn := pg_current_wal_insert_lsn(); BEGIN
    WHILE pg_current_wal_insert_lsn() - start < 1000000 AND clock_timestamp() < statement_timestamp() + interval '20 s' LOOP PERFORM pg_sleep(0.001); END LOOP;
    PERFORM opsmon.fence(true, 'the test'); END$$};
my ($code, $out, $err);

as_app($_) for 'CREATE TABLE noted (a int, t text)', 'CREATE SEQUENCE s',
  q{CREATE FUNCTION emit(n int) RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS $$BEGIN
        FOR i IN 1 .. n LOOP PERFORM pg_logical_emit_message(false, 'x', repeat('x', 100000)); END LOOP; RETURN n; END$$},
  q{CREATE FUNCTION note(n int) RETURNS int LANGUAGE plpgsql AS $$BEGIN
        INSERT INTO noted SELECT i, repeat('y', 500) FROM generate_series(1, n) i; RETURN n; END$$},
  q{CREATE FUNCTION reading(n int) RETURNS int LANGUAGE plpgsql AS $$DECLARE x bigint; BEGIN FOR i IN 1 .. n LOOP x := pg_relpages('noted'); END LOOP; RETURN n; END$$},
  q{CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM note(1); RETURN NULL; END$$},
  q{CREATE FUNCTION setting(n int) RETURNS int LANGUAGE plpgsql AS $$DECLARE x bigint; BEGIN FOR i IN 1 .. n LOOP x := setval('s', i); END LOOP; RETURN n; END$$},
  # Ends by itself: what this test waits for must not hang when it fails.
  q{CREATE FUNCTION catching() RETURNS int LANGUAGE plpgsql AS $$DECLARE y pg_lsn; n int := 0; BEGIN
        WHILE clock_timestamp() < statement_timestamp() + interval '20 s' LOOP
            BEGIN LOOP y := pg_logical_emit_message(false, 'x', repeat('x', 10000)); EXIT WHEN clock_timestamp() > statement_timestamp() + interval '20 s'; END LOOP;
            EXCEPTION WHEN query_canceled THEN n := n + 1; END;
        END LOOP; RETURN n; END$$},
  q{CREATE FUNCTION catching_without_end() RETURNS int LANGUAGE plpgsql AS $$DECLARE n int := 0; BEGIN
        WHILE clock_timestamp() < statement_timestamp() + interval '20 s' LOOP
            BEGIN LOOP n := n + 1; EXIT WHEN clock_timestamp() > statement_timestamp() + interval '20 s'; END LOOP; EXCEPTION WHEN query_canceled THEN NULL; END;
        END LOOP; RETURN n; END$$},
  # Until it catches a cancel a while after another.
  q{CREATE FUNCTION catching_twice() RETURNS text LANGUAGE plpgsql AS $$DECLARE y pg_lsn; caught timestamptz; BEGIN
        WHILE clock_timestamp() < statement_timestamp() + interval '60 s' LOOP
            BEGIN LOOP y := pg_logical_emit_message(false, 'x', repeat('x', 1000)); PERFORM pg_sleep(0.001); EXIT WHEN clock_timestamp() > statement_timestamp() + interval '60 s'; END LOOP;
            EXCEPTION WHEN disk_full THEN NULL;
                WHEN query_canceled THEN IF clock_timestamp() - caught > interval '2 s' THEN RETURN 'twice'; END IF; caught := clock_timestamp(); END;
        END LOOP; RETURN 'once'; END$$},
  q{CREATE FUNCTION dividing() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN 1 / 0; EXCEPTION WHEN division_by_zero THEN RETURN 0; END$$};

# ---- by hand: functions in parallel workers

fence(q{true, 'the test'});
(undef, undef, $err) = as_app("$in_a_worker SELECT emit(10)");
like($err, qr/writes are fenced/, 'what_a_parallel_worker_calls_is_refused');
(undef, $out) = as_app("$in_a_worker SELECT count(*) FROM noted");
like($out, qr/^0$/m, 'and_what_it_reads_passes');
fence('false');
my $worked = session();
begin($worked, "$in_a_worker SELECT emit(100000)");
$node->safe_psql('postgres', $fence_when_written);
$worked->query('SELECT 1');
like(told($worked), qr/canceling statement|writes are fenced/, 'a_parallel_worker_that_writes_messages_is_stopped');
fence('false');

# ---- what is left to the COMMIT

my %deferring = map { $_ => session() } qw(written not_written);
$_->query_safe('CREATE TEMP TABLE t (a int); CREATE CONSTRAINT TRIGGER d AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_row()')
  for values %deferring;
$deferring{written}->query_safe('BEGIN; INSERT INTO t VALUES (1)');
my $keeping = session();
$keeping->query_safe('BEGIN; INSERT INTO noted VALUES (1)');
my $before = rows();
fence(q{true, 'the test'});
$deferring{written}->query_safe('COMMIT');
is(rows() - $before, 1, 'what_was_deferred_before_the_fence_belongs_to_the_COMMIT');
$before = rows();
$deferring{not_written}->query('BEGIN; INSERT INTO t VALUES (1); COMMIT');
like(told($deferring{not_written}), qr/writes are fenced/, 'nothing_is_deferred_under_the_fence');
(undef, undef, $err) = as_app('BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT note(1000) FROM generate_series(1, 10); COMMIT');
like($err, qr/writes are fenced/, 'a_cursor_that_a_COMMIT_reads_to_its_end_writes_nothing');
$keeping->query_safe('DECLARE c CURSOR WITH HOLD FOR SELECT note(1)');
$keeping->query('COMMIT');
like(told($keeping), qr/writes are fenced/, 'nor_does_one_of_a_transaction_that_had_written');
is(rows(), $before, 'and nothing is there');
fence('false');

# ---- what a connection has used before, without BEGIN

for my $call (q{setting(%d)}, q{emit(%d)}) {
    my $pipeline = connect_as($node, 'app');
    run_without_sync($pipeline, 'SELECT ' . sprintf $call, 3);
    fence(q{true, 'the test'});
    my (undef, $error) = run_without_sync($pipeline, 'SELECT ' . sprintf $call, 4);
    like($error, qr/writes are fenced/, 'what_a_pipeline_has_used_before_is_asked_about_again');
    fence('false');
    close $pipeline;
}

# ---- who waits at one fence and passes is as old as any to the next

$node->append_conf('postgresql.conf', "opsmon.fence_wait = 20s\n");
$node->reload;
my $hiccup = session();
fence(q{true, 'the test'});
begin($hiccup, q{SELECT count(pg_logical_emit_message(false, 'x', repeat('x', 10000))) FROM generate_series(1, 200000) WHERE pg_sleep(0.0001) IS NOT NULL});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Extension' AND usename = 'app'}) or die 'timed out';
fence('false');
$node->safe_psql('postgres', $fence_when_written);
$hiccup->query('SELECT 1');
like(told($hiccup), qr/canceling statement/, 'who_has_waited_at_a_fence_is_cancelled_by_the_next');
fence('false');
$node->append_conf('postgresql.conf', "opsmon.fence_wait = 100ms\n");
$node->reload;

# ---- an outbox: its transactions are idle, not writing

my $outbox = session();
$outbox->query_safe(q{BEGIN; INSERT INTO noted VALUES (2); SELECT pg_logical_emit_message(true, 'o', 'x')});
my $cancelled = $node->safe_psql('postgres', 'SELECT cancelled_statements FROM opsmon.guard_state');
fence(q{true, 'the test'});
my $ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 20");
is($node->safe_psql('postgres', 'SELECT cancelled_statements FROM opsmon.guard_state'), $cancelled, 'who_is_idle_after_a_message_is_not_signalled');
$outbox->query_safe('COMMIT');
is(told($outbox), '', 'and_its_COMMIT_passes');
fence('false');

# ---- a COPY that failed is over

my $copier = session();
$copier->query(qq{BEGIN; INSERT INTO noted VALUES (3); SAVEPOINT a;\nCOPY noted (a) FROM STDIN;\nnot a number\n\\.\nROLLBACK TO a});
like(told($copier), qr/invalid input syntax/, 'a COPY fails');
fence(q{true, 'the test'});
$ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 20");
is($node->safe_psql('postgres', 'SELECT cancelled_statements FROM opsmon.guard_state'), $cancelled, 'who_is_idle_after_a_COPY_that_failed_is_not_signalled');
$copier->query_safe('COMMIT');
is(told($copier), '', 'and_its_COMMIT_passes');
fence('false');

# ---- a COPY is one, whatever its transaction did before

my $copying = session();
$copying->query_safe(q{BEGIN; SELECT pg_logical_emit_message(true, 'o', 'x')});
$copying->query_until(qr/begun/, "\\echo begun\nCOPY noted (a) FROM STDIN;\n" . "4\n4\n");
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'COPY%' AND wait_event = 'ClientRead'}) or die 'timed out';
fence(q{true, 'the test'});
# It hears of it when its client sends more; for waiting until then it does not lose its session.
$ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 150");
$copying->query_until(qr/done/, "5\n\\.\n\\echo done\n");
like(told($copying), qr/canceling statement/, 'a_COPY_that_waits_for_its_client_is_cancelled');
$copying->query_safe('ROLLBACK');
fence('false');

# ---- commands of many short transactions, and a writer that begins late

as_app(q{DO $$BEGIN FOR i IN 1 .. 600 LOOP EXECUTE format('CREATE TABLE many_%s AS SELECT g FROM generate_series(1, 300) g', i); END LOOP; END$$});
for my $command ('VACUUM FULL', 'VACUUM (FREEZE, DISABLE_PAGE_SKIPPING)', 'ANALYZE') {
    my $session = $node->background_psql('postgres', on_error_stop => 0);
    $session->query_safe('SET vacuum_cost_delay = 2; SET vacuum_cost_limit = 20');
    begin($session, $command . ' ' . join ', ', map { "many_$_" } 1 .. 600);
    $node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query ~ '^(VACUUM|ANALYZE)' AND state = 'active'}) or die 'timed out';
    fence(q{true, 'the test'});
    $session->query('SELECT 1');
    like(told($session), qr/canceling statement/, "$command\_is_cancelled_between_its_transactions_too");
    fence('false');
    $session->quit;
}

my $late = session();
begin($late, q{INSERT INTO noted SELECT i, repeat('z', 100) FROM (SELECT pg_sleep(1)) p, generate_series(1, 5000000) i});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'INSERT%'}) or die 'timed out';
fence(q{true, 'the test'});
$before = wal();
$late->query('SELECT 1');
like(told($late), qr/canceling statement/, 'who_begins_to_write_later_is_cancelled');
cmp_ok(wal() - $before, '<', 100_000_000, 'soon_after_it_begins');
fence('false');

# ---- cancels that are caught

my $catching = session();
begin($catching, 'SELECT catching()');
$node->safe_psql('postgres', $fence_when_written);
$catching->query('SELECT 1');
like(told($catching), qr/writes are fenced/, 'who_catches_his_cancel_is_asked_about_what_he_calls_again');
fence('false');

# ---- nor is one fence the next

my $twice = session();
begin($twice, 'SELECT catching_twice()');
$cancelled = $node->safe_psql('postgres', 'SELECT cancelled_statements FROM opsmon.guard_state');
$node->safe_psql('postgres', $fence_when_written);
wait_until($node, "cancelled_statements > $cancelled", 'guard_state');
fence('false');
# At rest the guard looks once a second: longer than who has caught a cancel may be at it.
$ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 3");
fence(q{true, 'the test'});
is($twice->query('SELECT 1'), "twice\n1", 'what_was_caught_under_one_fence_costs_no_session_under_the_next') or diag told($twice);
fence('false');

# ---- who has not heard of his cancel yet does not lose his session

my $slow = connect_as($node, 'app');
send_query($slow, q{BEGIN; INSERT INTO noted VALUES (5); SELECT repeat('x', 10000) FROM generate_series(1, 10000)});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'ClientWrite'}) or die 'timed out';
fence(q{true, 'the test'});
$ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 150");
like(read_answer($slow), qr/^.*57014.*canceling statement/, 'who_waits_for_a_slow_client_is_cancelled_and_not_terminated');
close $slow;
fence('false');

# ---- the second stage

sub widen {
    $node->safe_psql('postgres', q{DO $$BEGIN FOR i IN 1 .. 400 LOOP PERFORM pg_logical_emit_message(false, 'x', repeat('x', 1000000));
        EXIT WHEN (SELECT fence FROM opsmon.guard_state) = 'everything'; END LOOP; END$$});
    return wait_until($node, q{fence = 'everything'}, 'guard_state');
}
# Its place among the walsenders stays that of a backup.
my $has_backed_up = connect_as($node, 'app', replication => 'database');
send_query($has_backed_up, q{BASE_BACKUP (TARGET 'blackhole', CHECKPOINT 'fast', WAIT false)});
is(read_answer($has_backed_up), '', 'a walsender has taken a backup');
send_query($has_backed_up, q{SELECT count(a) FROM unread WHERE length(a) > 0 AND pg_sleep(0.001) IS NOT NULL});
$node->safe_psql('postgres', 'CHECKPOINT');
fence_by_guard($node);
my $asked = session();
$asked->query_safe(q{BEGIN; SELECT reading(1)});
my $copy = $node->background_psql('postgres', extra_params => [ '-U', 'app' ], on_error_stop => 0, replication => 'database');
begin($copy, q{COPY (SELECT count(a) FROM unread WHERE length(a) > 0 AND pg_sleep(0.0002) IS NOT NULL) TO STDOUT});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'walsender' AND query LIKE 'COPY%'}) or die 'timed out';
widen();
like(read_answer($has_backed_up), qr/canceling statement/, 'and_its_SQL_is_ended_as_any_other');
close $has_backed_up;
$asked->query('SELECT reading(1)');
like(told($asked), qr/everything is fenced/, 'what_was_asked_about_in_the_first_stage_is_asked_about_in_the_second');
$copy->query('SELECT 1');
like(told($copy), qr/canceling statement|everything is fenced/, 'SQL_of_a_walsender_is_ended_as_any_other');
(undef, undef, $err) = as_app('SELECT catching_without_end()');
like($err, qr/terminating connection/, 'who_catches_every_cancel_loses_his_session');
my $dividing = connect_as($node, 'app');
send_query($dividing, q{SELECT dividing(), repeat('x', 10000) FROM generate_series(1, 10000)});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'ClientWrite'}) or die 'timed out';
$node->poll_query_until('postgres', q{SELECT clock_timestamp() - query_start > interval '3 s' FROM pg_stat_activity WHERE wait_event = 'ClientWrite'}) or die 'timed out';
like(read_answer($dividing), qr/^.*57014.*canceling statement/, 'who_caught_another_error_before_he_was_cancelled_keeps_his_session');
close $dividing;
(undef, undef, $err) = as_app(q{SELECT currtid2('unread', '(0,1)'::tid)});
like($err, qr/everything is fenced/, 'C_code_of_the_server_that_reads_a_table_is_refused');
(undef, undef, $err) = as_app(q{SELECT count(*) FROM pgrowlocks('unread')});
like($err, qr/everything is fenced/, 'C_code_of_which_nobody_knows_what_it_reads_is_refused');
my @watcher = (extra_params => [ '-U', 'watcher' ]);
is(($node->psql('postgres', 'SELECT count(*) FROM pg_buffercache', @watcher))[0], 0, 'what_only_looks_at_memory_passes');
for my $view (split /\n/, $node->safe_psql('postgres', q{SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'opsmon'::regnamespace AND c.relkind = 'v'
        AND has_table_privilege('watcher', c.oid, 'SELECT') AND c.relname NOT LIKE 'history%' ORDER BY 1})) {
    ($code, undef, $err) = $node->psql('postgres', "SELECT * FROM opsmon.$view", @watcher);
    is($code, 0, "opsmon.$view\_is_read_while_everything_is_fenced") or diag $err;
}

$_->quit for $worked, values %deferring, $keeping, $outbox, $copier, $copying, $late, $catching, $twice, $hiccup, $asked, $copy;
$node->stop;
done_testing();

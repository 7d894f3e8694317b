# The fence and what is in flight: running writers, open transactions, commits, those who wait, workers of
# the server, and the second stage.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', <<'CONF');
opsmon.fence_wait = 100ms
wal_level = logical
autovacuum_naptime = 1s
max_wal_size = 10GB
max_connections = 40
CONF
my $super = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', q{
    CREATE ROLE app LOGIN; GRANT ALL ON SCHEMA public TO app;
    ALTER SYSTEM SET opsmon.history_retention = 0});
$node->reload;

sub session {
    my ($role) = @_;
    # Several are held through the whole file, which is longer than one wait may be.
    return $node->background_psql('postgres', extra_params => [ '-U', $role ], on_error_stop => 0,
        timeout => 10 * $PostgreSQL::Test::Utils::timeout_default);
}
sub begin { my ($session, $sql) = @_; $session->query_until(qr/begun/, "\\echo begun\n$sql;\n"); return; }
sub fence { my ($sql) = @_; return $node->safe_psql('postgres', "SELECT opsmon.fence($sql)"); }
# Waits for a condition on the sessions of a role, or of a kind of process.
sub wait_for {
    my ($condition) = @_;
    $node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND $condition")
      or die "timed out waiting for $condition";
    return;
}
sub app { my ($sql) = @_; return $node->psql('postgres', $sql, extra_params => [ '-U', 'app' ]); }
sub set { my (%value) = @_; $node->safe_psql('postgres', "ALTER SYSTEM SET $_ = '$value{$_}'") for sort keys %value; $node->reload; return; }
# What a session was told since it was asked last.
sub told { my ($session) = @_; my $text = $session->{stderr}; $session->{stderr} = ''; return $text; }

is((app(q{
    CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t VALUES (1), (2);
    CREATE TABLE big (a int, b text);
    CREATE TABLE child (a int REFERENCES t DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE noted (a int);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO noted VALUES (new.a); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER note AFTER INSERT ON child DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
    CREATE TABLE floods (a int);
    CREATE FUNCTION flood() RETURNS trigger LANGUAGE plpgsql AS
        $f$BEGIN LOOP INSERT INTO big SELECT g, repeat('x', 500) FROM generate_series(1, 100) g; END LOOP; END$f$;
    CREATE CONSTRAINT TRIGGER flood AFTER INSERT ON floods DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION flood()}))[0], 0, 'tables');

# --- what is writing -------------------------------------------------------------------------------------------
my $writer = session('app');
my $super_writer = session($super);
my $endless = q{INSERT INTO big SELECT generate_series(1, 2000000000), repeat('x', 500)};
begin($_, $endless) for $writer, $super_writer;
my $flooder = session('app');
begin($flooder, q{SELECT count(pg_logical_emit_message(false, 'x', 'x')) FROM pg_class a, pg_class b, pg_class c, pg_class d});
wait_for(q{usename = 'app' AND state = 'active' AND query LIKE 'SELECT count(pg_logical%'});
my $copier = session('app');
$copier->query_until(qr/begun/, "\\echo begun\nCOPY big FROM stdin;\n" . "1\tx\n" x 5000);
wait_for(q{usename = 'app' AND wait_event = 'ClientRead' AND backend_xid IS NOT NULL AND query LIKE 'COPY%'});
wait_for(qq{usename = '$_' AND backend_xid IS NOT NULL AND query LIKE 'INSERT INTO big%'}) for 'app', $super;

# --- what is open ----------------------------------------------------------------------------------------------
my ($committer, $goes_on, $reader) = map { session('app') } 1 .. 3;
$committer->query_safe('BEGIN');
$committer->query_safe('INSERT INTO child VALUES (1)');
$goes_on->query_safe('BEGIN');
$goes_on->query_safe('INSERT INTO t VALUES (10)');
$reader->query_safe('BEGIN');
$reader->query_safe('INSERT INTO t VALUES (20)');

fence(q{true, 'the test'});
wait_for(qq{usename = '$_' AND state = 'idle' AND query LIKE 'INSERT INTO big%'}) for 'app', $super;
$writer->query('SELECT 1');
like(told($writer), qr/canceling statement due to user request/, 'a_running_writer_is_cancelled');
$super_writer->query('SELECT 1');
like(told($super_writer), qr/canceling statement due to user request/, 'whoever_it_is');
wait_for(q{usename = 'app' AND state = 'idle' AND query LIKE 'SELECT count(pg_logical%'});
$flooder->query('SELECT 1');
like(told($flooder), qr/canceling statement due to user request/, 'also_who_writes_without_a_transaction_number');
$flooder->quit;
$copier->query_until(qr/ended/, "\\.\n\\echo ended\n");
like(told($copier), qr/canceling statement due to user request/, 'also_a_COPY_that_waits_for_its_client');
my $lsn = $node->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');

# Longer than the sweep needs twice over: it would be cancelled if it looked like a writer.
$reader->query_safe('SELECT count(*) FROM pg_class a, pg_class b, generate_series(1, 30)');
$reader->query_safe('COMMIT');
pass('who_wrote_before_may_read_and_commit');
$committer->query_safe('COMMIT');
pass('COMMIT_passes');
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM child), (SELECT count(*) FROM noted)'), '1|1', 'with_what_it_had_deferred');
$goes_on->query('INSERT INTO t VALUES (11)');
like(told($goes_on), qr/writes are fenced/, 'the_next_write_of_an_open_transaction_is_refused');
$goes_on->query_safe('ROLLBACK');
is($node->safe_psql('postgres', q{SELECT string_agg(a::text, ' ' ORDER BY a) FROM t}), '1 2 20', 'what_was_committed_is_there_and_nothing_else');
my $large = session($super);
$large->query_safe($endless =~ s/2000000000/200000/r);
pass('what_an_exempt_role_begins_under_the_fence_is_not_cancelled');
$large->quit;
cmp_ok($node->safe_psql('postgres', q{SELECT cancelled_statements FROM opsmon.guard_state}), '>=', 3, 'the_cancelled_are_counted');

# --- who waits -------------------------------------------------------------------------------------------------
set('opsmon.fence_wait' => '60s');
$node->poll_query_until('postgres', q{SELECT current_setting('opsmon.fence_wait') = '1min'}) or die 'timed out';
my $refused = $node->safe_psql('postgres', q{SELECT refused_statements FROM opsmon.guard_state});
begin($writer, 'INSERT INTO t VALUES (30)');
wait_for(q{usename = 'app' AND state = 'active' AND wait_event_type = 'Extension'});
begin($goes_on, 'INSERT INTO t VALUES (31)');
$node->poll_query_until('postgres', q{SELECT count(*) = 2 FROM pg_stat_activity WHERE usename = 'app' AND wait_event_type = 'Extension'}) or die 'timed out';
my $waiting = $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE query LIKE '%VALUES (31)%' AND usename = 'app'});
$node->safe_psql('postgres', "SELECT pg_cancel_backend($waiting)");
wait_for(qq{pid = $waiting AND state = 'idle'});
fence('false');
$writer->query_safe('SELECT 1');
is($node->safe_psql('postgres', 'SELECT count(*) FROM t WHERE a IN (30, 31)'), '1', 'who_waited_writes_when_the_fence_comes_down');
is($node->safe_psql('postgres', q{SELECT refused_statements FROM opsmon.guard_state}), $refused, 'and_nobody_was_refused');
$goes_on->query('SELECT 1');
like(told($goes_on), qr/canceling statement/, 'who_waits_can_be_cancelled');
set('opsmon.fence_wait' => '100ms');
$node->poll_query_until('postgres', q{SELECT current_setting('opsmon.fence_wait') = '100ms'}) or die 'timed out';

# --- a commit that waits for its standby -----------------------------------------------------------------------
set(synchronous_standby_names => 'nobody');
# The server takes a moment to know of the setting.
begin($writer, q{DO 'BEGIN FOR i IN 1 .. 20000 LOOP INSERT INTO big VALUES (0); COMMIT; END LOOP; END'});
wait_for(q{usename = 'app' AND wait_event = 'SyncRep'});
fence(q{true, 'the test'});
my $ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 20");
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND wait_event = 'SyncRep'}), '1',
    'a_commit_goes_on_waiting_for_its_standby');
fence('false');
set(synchronous_standby_names => '');
$writer->query('SELECT 1');
unlike(told($writer), qr/canceling/, 'and_is_told_nothing');

# --- commits, when the fence goes up again and again -----------------------------------------------------------
my $received = $node->basedir . '/received';
mkdir $received or die "cannot make $received: $!";
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('receiver', true)});
my $receiver = IPC::Run::start([ 'pg_receivewal', '-d', $node->connstr . ' application_name=receiver', '-D', $received, '--synchronous', '--no-loop',
    '-S', 'receiver' ], '>', \my $receiver_out, '2>', \my $receiver_err);
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_replication WHERE application_name = 'receiver' AND state = 'streaming'}) or die 'timed out';
set(synchronous_standby_names => 'receiver');
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'}) or die 'timed out';
my $script = $node->basedir . '/commits.sql';
append_to_file($script, "INSERT INTO noted VALUES (0);\n" x 50000); # more than there is time for
my $before_commits = -s $node->logfile;
my @commits = map { IPC::Run::start([ 'psql', '-X', '-q', '-d', $node->connstr . ' dbname=postgres user=app', '-f', $script ], '>', '/dev/null', '2>', '/dev/null') } 1 .. 8;
wait_for(q{usename = 'app' AND wait_event = 'SyncRep'});
# The pauses are for the writers to get going again in; eight calls a second are taken, so it goes on for a minute.
$node->safe_psql('postgres', q{DO $$BEGIN
    FOR i IN 1 .. 250 LOOP
        PERFORM opsmon.fence(true, 'the test'); PERFORM pg_sleep(0.001 + 0.005 * random());
        PERFORM opsmon.fence(false); PERFORM pg_sleep(0.01 + 0.02 * random());
    END LOOP; END$$});
$_->kill_kill for @commits;
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM noted WHERE a = 0'), '>', 500, 'commits_while_the_fence_goes_up_and_down');
unlike(log_since($node, $before_commits), qr/canceling wait for synchronous replication/, 'never_cancels_a_wait_for_a_synchronous_standby');
set(synchronous_standby_names => '');
$receiver->kill_kill;
$node->poll_query_until('postgres', q{SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'receiver'}) or die 'timed out';
$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'app' AND query LIKE 'INSERT INTO noted%' AND state = 'active'}) or die 'timed out';
$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('receiver')});

# --- logical apply ---------------------------------------------------------------------------------------------
my $publisher = new_node('publisher');
$publisher->append_conf('postgresql.conf', "wal_level = logical\nopsmon.database = 'template1'\n");
$publisher->start;
$publisher->safe_psql('postgres', 'CREATE TABLE replicated (a int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE replicated');
$node->safe_psql('postgres', 'CREATE TABLE replicated (a int PRIMARY KEY)');
$node->safe_psql('postgres', q{CREATE SUBSCRIPTION sub CONNECTION '} . $publisher->connstr . q{ dbname=postgres' PUBLICATION p});
$publisher->safe_psql('postgres', 'INSERT INTO replicated VALUES (1)');
$node->poll_query_until('postgres', 'SELECT count(*) = 1 FROM replicated') or die 'timed out';
my $position = -s $node->logfile;
fence(q{true, 'the test'});
my $held = $node->safe_psql('postgres', 'SELECT held_commits FROM opsmon.guard_state');
$publisher->safe_psql('postgres', 'INSERT INTO replicated SELECT generate_series(2, 1000)');
wait_until($node, "held_commits > $held", 'guard_state');
wait_for(q{backend_type LIKE 'logical replication%' AND wait_event_type = 'Extension'});
$lsn = $node->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
$publisher->safe_psql('postgres', 'INSERT INTO replicated SELECT generate_series(1001, 100000)');
$ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 10");
cmp_ok($node->safe_psql('postgres', "SELECT pg_current_wal_insert_lsn() - '$lsn'"), '<', 1024 * 1024, 'a_held_apply_worker_writes_nothing_more');
is($node->safe_psql('postgres', 'SELECT count(*) FROM replicated'), '1', 'nor_commits');
fence('false');
$node->poll_query_until('postgres', 'SELECT count(*) = 100000 FROM replicated') or die 'timed out';
unlike(log_since($node, $position), qr/logical replication.*(ERROR|FATAL)|has started/, 'and_goes_on_where_it_was_without_an_error');
$node->safe_psql('postgres', 'DROP SUBSCRIPTION sub');
$publisher->stop;

# --- autovacuum ------------------------------------------------------------------------------------------------
is((app(q{CREATE TABLE dead (a int) WITH (autovacuum_enabled = off, autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0);
    INSERT INTO dead SELECT generate_series(1, 1000); DELETE FROM dead}))[0], 0, 'dead rows');
fence(q{true, 'the test'});
$node->safe_psql('postgres', 'ALTER TABLE dead SET (autovacuum_enabled = on)');
wait_for(q{backend_type = 'autovacuum worker' AND wait_event_type = 'Extension'});
is($node->safe_psql('postgres', q{SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 'dead'}), '0', 'autovacuum_is_held');
fence('false');
$node->poll_query_until('postgres', q{SELECT autovacuum_count > 0 FROM pg_stat_user_tables WHERE relname = 'dead'}) or die 'timed out';
pass('and_does_its_work_afterwards');

# --- the second stage ------------------------------------------------------------------------------------------
# More than any volume has: the guard fences at once.
my $huge = 2_000_000_000;
my @rungs = qw(rescue fence evict relieve watch);
my $scan = session('app');
$scan->query_safe('SELECT 1');
$node->safe_psql('postgres', q{CREATE FUNCTION slowly_planned() RETURNS text IMMUTABLE LANGUAGE plpgsql AS
    $f$DECLARE t text; BEGIN t := pg_sleep(0.08)::text; RETURN 'x'; END$f$});
my ($deferred, $floods, $temporary) = map { session('app') } 1 .. 3;
$temporary->query_safe('CREATE TEMP TABLE own (a int)');
$deferred->query_safe('BEGIN; INSERT INTO child VALUES (2)');
$floods->query_safe('BEGIN; INSERT INTO floods VALUES (1)');
set('opsmon.guard_rungs' => 'fence', 'opsmon.guard' => 'enforce',
    (map { ("opsmon.$rungs[$_]_free" => $_ == 0 ? '16MB' : ($huge + $_) . 'MB') } 0 .. 4));
wait_until($node, q{fence = 'writers'}, 'guard_state');
my (undef, undef, $err) = app('INSERT INTO t VALUES (50)');
like($err, qr/ERROR:  writes are fenced: the (WAL|data) volume has \d+ MB left\n(DETAIL:  .*holds?.* MB\.\n|DETAIL:  .*held by.* MB\.\n)?HINT:  .*opsmon\.guard_plan/,
    'the_error_says_how_much_is_left_and_what_to_look_at');
begin($scan, 'SELECT count(*) FROM t a, pg_class b, pg_class c, pg_class d, pg_class e');
$temporary->query_safe('INSERT INTO own VALUES (1)');
begin($floods, 'COMMIT');
wait_until($node, q{fence = 'everything'}, 'guard_state');
pass('the_fence_widens_when_somebody_writes_on');
$floods->query('SELECT 1');
like(told($floods), qr/canceling statement|everything is fenced/, 'a_deferred_trigger_that_writes_without_end_is_ended');
is($node->safe_psql('postgres', 'SELECT count(*) FROM floods'), '0', 'and_its_commit_is_rolled_back');
$deferred->query('COMMIT');
like(told($deferred), qr/canceling statement|everything is fenced/, 'a_deferred_trigger_does_not_pass_the_second_stage');
wait_for(q{usename = 'app' AND state = 'idle' AND query LIKE 'SELECT count(*) FROM t a%'});
$scan->query('SHOW work_mem');
like(told($scan), qr/canceling statement/, 'the_second_stage_ends_who_reads');
(undef, undef, $err) = app('SELECT * FROM t');
like($err, qr/ERROR:  everything is fenced/, 'refused in the second stage: reading a table');
for my $sql ('INSERT INTO own VALUES (2)', 'DELETE FROM own', 'SELECT * FROM own', q{COPY own FROM '/dev/null'}, 'DISCARD TEMP') {
    $temporary->query($sql);
    like(told($temporary), qr/everything is fenced/, "refused in the second stage: $sql, of a temporary table");
}
for my $sql ('TRUNCATE noted', 'DROP TABLE noted', 'COPY t TO stdout', 'EXPLAIN SELECT * FROM t', 'INSERT INTO t VALUES (51)') {
    (undef, undef, $err) = app($sql);
    like($err, qr/everything is fenced/, "refused in the second stage: $sql");
}
for my $sql ('SELECT 1', 'SELECT relname FROM pg_class', 'SELECT pid FROM pg_stat_activity', 'BEGIN; SET work_mem = 64; SHOW work_mem; COMMIT') {
    is((app($sql))[0], 0, "passes in the second stage: $sql");
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM t WHERE a < 3'), '2', 'exempt_roles_read_on');
is(($node->psql('postgres', "$_ noted"))[0], 0, "exempt_roles_give_room_back_in_the_second_stage: $_") for 'TRUNCATE', 'DROP TABLE';
(undef, undef, $err) = app('SELECT pg_sleep(600)');
like($err, qr/canceling statement/, 'what_reads_nothing_is_cancelled_when_it_does_not_end');
# Constant, so computed when it is planned, before the fence has met the statement.
is(join('', map { ($node->psql('postgres', 'SELECT slowly_planned()'))[1] } 1 .. 5), 'xxxxx', 'exempt_roles_may_plan_for_a_while');
fence(q{true, 'the test'});
set(map { ("opsmon.${_}_free" => '0') } @rungs);
wait_until($node, q{fence = 'writers'}, 'guard_state');
pass('the_guard_lowers_its_own_and_leaves_what_was_raised_by_hand');
fence('false');
is((app('INSERT INTO t VALUES (60)'))[0], 0, 'and_all_is_as_before');
$_->quit for $writer, $super_writer, $copier, $committer, $goes_on, $reader, $scan, $deferred, $floods, $temporary;

$node->stop;
done_testing();

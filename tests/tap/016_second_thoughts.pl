# People change their minds: what is said in opsmon.consumers counts from the commit on, also when nobody can read it
# just then, and when an eviction has begun; and one by hand that is cancelled half-way is in the ledger for what it did.
use strict;
use warnings;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', "max_wal_size = 64MB\nmin_wal_size = 32MB\nmax_prepared_transactions = 2\n");
$node->append_conf('postgresql.conf', "opsmon.sample_interval = 1h\n"); # so that nothing is read by chance
$node->reload;
my $fill = q{SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, 60)};
sub pid_of {
    my ($type) = @_;
    return $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = '$type'");
}
sub slots {
    return $node->safe_psql('postgres', q{SELECT coalesce(string_agg(slot_name, ' ' ORDER BY slot_name), '') FROM pg_replication_slots});
}

# The sampler is frozen at the worst moment: "expendable" is what was read, "protect" is what was said since.
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('precious', true)});
$node->safe_psql('postgres', "$fill; CHECKPOINT");
my $before = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
$node->safe_psql('postgres', q{INSERT INTO opsmon.consumers (name, policy) VALUES ('precious', 'expendable')});
wait_until($node, "policies_loaded_at > '$before'", 'guard_state');
pass('a_change_is_read_at_once_and_not_with_the_next_sample');
my $sampler = pid_of('opsmon sampler');
kill 'STOP', $sampler;
$node->safe_psql('postgres', q{UPDATE opsmon.consumers SET policy = 'protect'});
wait_until($node, q{target = 'precious' AND why ~ 'not loaded'}, 'guard_plan');
stand_at_evict($node);
wait_until($node, q{volume = 'wal' AND rung = 'evict' AND mode = 'enforce'}, 'guard');
my $ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 20");
is(slots(), 'precious', 'nobody_is_evicted_by_what_was_said_before');
kill 'CONT', $sampler;
wait_until($node, q{target = 'precious' AND action = 'keep' AND why !~ 'not loaded'}, 'guard_plan');
is(slots(), 'precious', 'and_not_by_what_is_said_now');

# A change that is rolled back is none.
my $loaded = $node->safe_psql('postgres', 'SELECT policies_loaded_at FROM opsmon.guard_state');
kill 'STOP', $sampler;
$node->safe_psql('postgres', q{BEGIN; DELETE FROM opsmon.consumers; ROLLBACK});
is($node->safe_psql('postgres', q{SELECT count(*) FROM opsmon.guard_plan WHERE why ~ 'not loaded'}), '0',
    'a_change_that_is_rolled_back_is_none');
kill 'CONT', $sampler;
stand_down($node);

# An eviction by hand goes by what is said now, too: it waits until that is read, and does not guess.
kill 'STOP', $sampler;
$node->safe_psql('postgres', q{UPDATE opsmon.consumers SET policy = 'ask'});
my ($code, $out, $err) = $node->psql('postgres', q{SELECT * FROM opsmon.evict('precious')});
like($err, qr/what opsmon.consumers says of replication slot "precious" is not known.*HINT:.*pg_drop_replication_slot/s, 'nobody_is_evicted_by_hand_by_what_was_said_before');
is(slots(), 'precious', 'and is still there');
kill 'CONT', $sampler;

# Nobody would hear of the commit.
($code, $out, $err) = $node->psql('postgres', q{BEGIN; UPDATE opsmon.consumers SET policy = 'protect'; PREPARE TRANSACTION 'later'});
like($err, qr/cannot PREPARE a transaction that has changed opsmon.consumers\nHINT:/, 'what_is_said_is_said_by_its_commit');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), '0', 'nothing is prepared');

# The guard has ordered it and the reclaimer is at it, but who uses the slot does not end: he is stopped again each time
# that he is told to go on.
sub used_slot {
    my ($slot) = @_;
    $node->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('$slot', true)");
    my $client = IPC::Run::start([ 'pg_receivewal', '--no-loop', '-d', $node->connstr('postgres'), '-D', PostgreSQL::Test::Utils::tempdir(), '--slot', $slot ],
        '>', \my $said, '2>', \my $complained);
    $node->poll_query_until('postgres', "SELECT active FROM pg_replication_slots WHERE slot_name = '$slot'") or die 'timed out';
    kill 'STOP', $client->{KIDS}[0]{PID};
    return ($client, $node->safe_psql('postgres', "SELECT active_pid FROM pg_replication_slots WHERE slot_name = '$slot'"));
}
my %changes = (
    protect => q{UPDATE opsmon.consumers SET policy = 'protect' WHERE name = 'used'},
    suspend => q{PERFORM opsmon.guard_suspend('1 h')},
    room => q{COPY (SELECT 'opsmon.evict_free = 0') TO PROGRAM 'cat >> postgresql.auto.conf'; PERFORM pg_reload_conf()},
    observe => q{COPY (SELECT 'opsmon.guard = observe') TO PROGRAM 'cat >> postgresql.auto.conf'; PERFORM pg_reload_conf()});
for my $change (sort keys %changes) {
    my $then = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
    $node->safe_psql('postgres', q{DELETE FROM opsmon.consumers WHERE name = 'used'; INSERT INTO opsmon.consumers (name, policy) VALUES ('precious', 'protect') ON CONFLICT (kind, name) DO UPDATE SET policy = 'protect';
        INSERT INTO opsmon.consumers (name, policy) VALUES ('used', 'expendable')});
    $node->safe_psql('postgres', q{SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'precious'});
    my ($client, $walsender) = used_slot('used');
    $node->safe_psql('postgres', "$fill; CHECKPOINT");
    wait_until($node, "policies_loaded_at > '$then'", 'guard_state');
    my $holding = fork // die "fork: $!";
    if ($holding == 0) {
        my $test = getppid;
        while (getppid == $test && kill 'STOP', $walsender) { }
        POSIX::_exit(0);
    }
    # In the server, which is nearer: he can be held for some tenths of a second.
    my $person = $node->background_psql('postgres');
    $person->query_until(qr/begun/, <<"SQL");
\\echo begun
DO \$\$BEGIN
    FOR i IN 1 .. 60000 LOOP
        EXIT WHEN EXISTS (SELECT FROM opsmon.live_guard_events() WHERE action = 'evict' AND outcome = 'ordered' AND target = 'used' AND at > '$then');
        PERFORM pg_sleep(0.001);
    END LOOP;
    $changes{$change};
END\$\$;
SQL
    stand_at_evict($node);
    $person->quit;
    wait_until($node, "action = 'evict' AND outcome = 'refused' AND target = 'used' AND at > '$then'", 'live_guard_events()');
    kill 'KILL', $holding;
    waitpid $holding, 0;
    $node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
    $node->reload;
    kill 'CONT', $walsender;
    is(slots(), 'used', "$change\_ends_an_eviction_that_has_begun");
    $node->safe_psql('postgres', q{SELECT opsmon.guard_suspend('0')});
    stand_down($node);
    kill 'KILL', $client->{KIDS}[0]{PID};
    eval { $client->finish };
    $node->poll_query_until('postgres', q{SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'used'}) or die 'timed out';
    $node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('used')});
}

# Cancelled while its WAL is waited for: the slot is gone, and the ledger knows.
$before = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
$node->safe_psql('postgres', q{DELETE FROM opsmon.consumers});
wait_until($node, "policies_loaded_at > '$before'", 'guard_state');
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('precious', true)});
$node->safe_psql('postgres', "$fill; CHECKPOINT");
my $checkpointer = pid_of('checkpointer');
kill 'STOP', $checkpointer;
($code, $out, $err) = $node->psql('postgres', q{SET statement_timeout = '300ms'; SELECT * FROM opsmon.evict('precious')});
kill 'CONT', $checkpointer;
like($err, qr/canceling statement due to statement timeout/, 'an_eviction_by_hand_can_be_cancelled');
is(slots(), '', 'its slot is gone all the same');
wait_until($node, q{action = 'evict' AND outcome = 'done' AND target = 'precious' AND detail ~ '^dropped; interrupted' AND who <> 'guard'},
    'live_guard_events()');
pass('and_the_ledger_says_so');

($code, $out, $err) = $node->psql('postgres', 'SELECT * FROM opsmon.evict(NULL)');
like($err, qr/ERROR:  opsmon.evict\(\) needs the name of a replication slot/, 'nobody_is_no_consumer');
($code, $out, $err) = $node->psql('postgres', q{SELECT * FROM opsmon.evict(repeat('x', 100000))});
like($err, qr/ERROR:  replication slot "x{64}" does not exist/, 'a_name_is_not_repeated_at_any_length');

$node->stop;
done_testing();

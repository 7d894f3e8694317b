# People change their minds: what is said in opsmon.consumers counts from the commit on, also when nobody can read it
# just then; and an eviction by hand that is cancelled half-way is in the ledger for what it did.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', "max_wal_size = 64MB\nmin_wal_size = 32MB\n");
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
my %mb = (evict_free => 2_000_000_000, relieve_free => 2_000_000_001, watch_free => 2_000_000_002);
$node->safe_psql('postgres', "ALTER SYSTEM SET opsmon.$_ = '$mb{$_}MB'") for sort keys %mb;
$node->safe_psql('postgres', 'ALTER SYSTEM SET opsmon.guard = enforce');
$node->reload;
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
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;
wait_until($node, q{mode = 'observe'}, 'guard_state');

# Cancelled while its WAL is waited for: the slot is gone, and the ledger knows.
$node->safe_psql('postgres', q{DELETE FROM opsmon.consumers});
my $checkpointer = pid_of('checkpointer');
kill 'STOP', $checkpointer;
my ($code, $out, $err) = $node->psql('postgres', q{SET statement_timeout = '300ms'; SELECT * FROM opsmon.evict('precious')});
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

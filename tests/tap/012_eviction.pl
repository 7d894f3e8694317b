# A slot is taken: by a person and by the guard, orphaned or in use by somebody who does not let go; its
# WAL is freed by one checkpoint; what must not be taken is not; and an order is never begun twice.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', <<'END');
wal_level = logical
max_wal_size = 10GB
min_wal_size = 32MB
checkpoint_timeout = 1h
autovacuum = off
opsmon.stall_time = 1s
opsmon.stall_bytes = 1MB
opsmon.rescue_free = 16MB
opsmon.fence_free = 64MB
opsmon.evict_free = 80MB
opsmon.relieve_free = 100MB
opsmon.watch_free = 120MB
END

sub write_wal {
    my ($mb) = @_;
    $node->safe_psql('postgres',
        "SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, $mb)");
    return;
}
# A new slot begins where the last checkpoint did.
sub make_slot {
    my ($slot) = @_;
    $node->safe_psql('postgres', "CHECKPOINT; SELECT pg_create_physical_replication_slot('$slot', true)");
    return;
}
sub slot_exists {
    my ($slot) = @_;
    return $node->safe_psql('postgres', "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '$slot'");
}
# The guard works with what the sampler has read of opsmon.consumers.
sub policies {
    my (%policy_of) = @_;
    my $values = join ', ', map { "('$_', '$policy_of{$_}')" } sort keys %policy_of;
    my $at = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
    $node->safe_psql('postgres', "BEGIN; DELETE FROM opsmon.consumers; INSERT INTO opsmon.consumers (name, policy) VALUES $values; COMMIT");
    wait_until($node, "policies_loaded_at > '$at'", 'guard_state');
    return;
}
sub last_event {
    my ($action) = @_;
    return $node->safe_psql('postgres', "SELECT coalesce(max(number), 0) FROM opsmon.live_guard_events() WHERE action = '$action'");
}
sub forced_checkpoints {
    my ($position) = @_;
    my @all = log_since($node, $position) =~ /checkpoint starting: immediate force/g;
    return scalar @all;
}
my $oldest = q{SELECT min(substr(name, 9)) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'};

# ---------------------------------------------------------------------------------------------------
# By hand

my $evict = sub { return $node->psql('postgres', "SELECT outcome, freed_bytes > 0, detail FROM opsmon.evict('$_[0]')") };
my ($code, $out, $error) = $evict->('nobody');
like($error, qr/replication slot "nobody" does not exist\nHINT:/, 'an_unknown_consumer_is_an_error_with_a_hint');

make_slot('older');
write_wal(40);
make_slot('younger');
write_wal(40);
$node->safe_psql('postgres', 'CHECKPOINT');
wait_until($node, q{name = 'older' AND marginal_bytes > 30000000}, 'wal_retention');

policies(older => 'protect');
($code, $out, $error) = $evict->('older');
like($error, qr/replication slot "older" is protected\nHINT:  Change its policy in opsmon\.consumers first/,
    'a_protected_slot_is_refused');
is(slot_exists('older'), 1, 'and is still there');
policies(older => 'ask');

my $session = $node->background_psql('postgres');
$session->query_safe(q{SELECT pg_create_physical_replication_slot('of_a_session', true, true)});
($code, $out, $error) = $evict->('of_a_session');
like($error, qr/replication slot "of_a_session" is a temporary one/, 'a_temporary_slot_is_refused');
$session->quit;

# The younger of two holds nothing alone: it goes, and no checkpoint is wasted on it.
my $position = -s $node->logfile;
my $oldest_before = $node->safe_psql('postgres', $oldest);
($code, $out) = $evict->('younger');
is($out, 'done|f|dropped; no WAL was held by this slot alone', 'says_when_nothing_is_freed');
is($node->safe_psql('postgres', $oldest), $oldest_before, 'nothing is');
is(forced_checkpoints($position), 0, 'no_checkpoint_is_forced_when_nothing_can_be_removed');

# The oldest frees what was predicted, at once, by one checkpoint; and a ROLLBACK changes nothing.
$out = $node->safe_psql('postgres', q{BEGIN; SELECT outcome, freed_bytes > 60000000, detail FROM opsmon.evict('older'); ROLLBACK});
is($out, 'done|t|', 'an_orphaned_slot_is_dropped_and_its_wal_is_freed');
is(slot_exists('older'), 0, 'a_rollback_does_not_bring_it_back');
is(forced_checkpoints($position), 1, 'one_checkpoint_is_enough');
ok($node->safe_psql('postgres', $oldest) gt $oldest_before, 'the segments are gone when it returns');
wait_until($node, q{action = 'evict' AND outcome = 'ordered' AND target = 'older' AND who <> 'guard'}, 'guard_events');
wait_until($node, q{action = 'evict' AND outcome = 'done' AND target = 'older' AND who <> 'guard'
    AND before_bytes - after_bytes > 60000000}, 'guard_events');
pass('the_ledger_says_who_it_was_and_what_was_freed');

# ---------------------------------------------------------------------------------------------------
# In use by somebody who does not let go. pg_receivewal, for it keeps its end open and unread when
# it is stopped.

# One that streams from a new slot, and its walsender.
sub receiver {
    my ($slot) = @_;
    my $folder = PostgreSQL::Test::Utils::tempdir();
    make_slot($slot);
    my $client = IPC::Run::start(
        ['pg_receivewal', '--no-loop', '-d', $node->connstr('postgres'), '-D', $folder, '--slot', $slot],
        '>', \my $said, '2>', \my $complained);
    $node->poll_query_until('postgres',
        "SELECT count(*) = 1 FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid
          WHERE s.slot_name = '$slot' AND r.state = 'streaming'") or die "timed out: $slot";
    my $walsender = $node->safe_psql('postgres', "SELECT active_pid FROM pg_replication_slots WHERE slot_name = '$slot'");
    return ($client, $client->{KIDS}[0]{PID}, $walsender);
}

my ($client, $client_pid, $walsender) = receiver('client_stopped');
kill 'STOP', $client_pid;
write_wal(60);
$node->safe_psql('postgres', 'CHECKPOINT');
($code, $out) = $evict->('client_stopped');
is($out, 'done|t|', 'a_walsender_whose_client_does_not_read_is_ended');
is(slot_exists('client_stopped'), 0, 'and its slot is gone');
kill 'CONT', $client_pid;
$client->finish;

($client, $client_pid, $walsender) = receiver('walsender_stopped');
kill 'STOP', $walsender;
write_wal(60);
$node->safe_psql('postgres', 'CHECKPOINT');
($code, $out) = $evict->('walsender_stopped');
is($out, 'done|t|', 'a_walsender_that_is_stopped_itself_is_ended');
$client->finish;

# ---------------------------------------------------------------------------------------------------
# By the guard

make_slot('kept');
write_wal(20);
make_slot('taken');
write_wal(60);
$node->safe_psql('postgres', 'CHECKPOINT');
policies(kept => 'protect', taken => 'expendable');
stand_at_evict($node);
wait_until($node, q{volume = 'wal' AND rung = 'evict'}, 'guard');
my $ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 20");
is($node->safe_psql('postgres', q{SELECT string_agg(slot_name, ' ' ORDER BY slot_name) FROM pg_replication_slots}), 'kept taken',
    'the_guard_takes_nobody_behind_a_protected_slot');
policies(kept => 'last', taken => 'expendable');
wait_until($node, q{action = 'evict' AND outcome = 'done' AND target = 'kept' AND who = 'guard' AND mode = 'enforce'
    AND before_bytes - after_bytes > 10000000}, 'guard_events');
pass('the_guard_takes_it_when_it_is_protected_no_more');
wait_until($node, q{action = 'evict' AND outcome = 'done' AND target = 'taken' AND who = 'guard'
    AND before_bytes - after_bytes > 40000000}, 'guard_events');
pass('one_at_a_time_until_nobody_is_left');
stand_down($node);

# A checkpointer that does not move: the slot is dropped, and the reclaimer waits; its successor does
# not begin again what it did not finish.
make_slot('taken');
write_wal(60);
$node->safe_psql('postgres', 'CHECKPOINT');
policies(taken => 'expendable');
my $checkpointer = $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'});
kill 'STOP', $checkpointer;
my $ordered = last_event('evict');
stand_at_evict($node);
$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_replication_slots}) or die 'timed out: not dropped';
pass('a_frozen_checkpointer_does_not_keep_a_slot_from_being_dropped');
$ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 5");
pass('and the guard goes on looking');
my $reclaimer = $node->safe_psql('postgres', 'SELECT reclaimer_pid FROM opsmon.guard_state');
kill 'TERM', $reclaimer;
wait_until($node, qq{number > $ordered AND action = 'evict' AND outcome = 'done' AND target = 'taken' AND detail ~ '^dropped; the process .* was interrupted'}, 'live_guard_events()');
kill 'CONT', $checkpointer;
wait_until($node, "reclaimer_pid <> $reclaimer", 'guard_state');
# (One that is refused before, because the reclaimer has not read the settings yet, is given again.)
is($node->safe_psql('postgres', qq{SELECT count(*) FROM opsmon.live_guard_events() e
     WHERE e.action = 'evict' AND e.outcome = 'ordered' AND e.number >
           (SELECT f.number FROM opsmon.live_guard_events() f WHERE f.number > $ordered AND f.detail ~ 'interrupted')}), '0',
    'an_interrupted_order_is_told_for_what_it_did_and_not_begun_twice');
stand_down($node);

$node->stop;
done_testing();

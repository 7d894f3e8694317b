# A standby that was away for a while and catches up while others go on writing: whoever makes progress is not
# taken, however close to the end it gets.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

my $primary = start_server('primary', wal => 'wal');
prepare_writers($primary);
my $standby = start_standby($primary, 'standby');
reload_with($primary, 'opsmon.stall_time' => '1min', 'opsmon.stall_bytes' => '256MB');
my $slot = $standby->name;

# The pause.
my $receiver = $standby->safe_psql('postgres', 'SELECT pid FROM pg_stat_wal_receiver');
kill 'STOP', $receiver;
prefill($primary, 250);
my $behind = $primary->safe_psql('postgres', 'SELECT (pg_current_wal_lsn() - restart_lsn) / 1048576 FROM pg_replication_slots')
  =~ s/\..*//r;
cmp_ok($behind, '>', 150, 'the standby is far behind');

start_probe($primary);
my @writers = start_writer($primary, q{insert});
wait_for($primary, q{SELECT count(*) > 0 FROM opsmon.live_guard_events() WHERE to_rung IN ('evict', 'fence', 'rescue')},
    'the rung is reached on which consumers are taken');
pass('the rung is reached on which consumers are taken');
kill 'CONT', $receiver;
my @results = map { finish_writer($_) } @writers;
my $least_mb = end_probe($primary);
is(panicked($primary), undef, 'no PANIC');
is(slots_left($primary), $slot, 'the standby still has its slot');
is(was_taken($primary), '', 'nobody was taken');
wait_for_fence_down($primary);
$primary->wait_for_catchup($standby, 'replay');
pass('it has caught up');
note(ledger($primary));
is($standby->safe_psql('postgres', q{SELECT count(*) FROM acknowledged}),
    $primary->safe_psql('postgres', q{SELECT count(*) FROM acknowledged}), 'and has all');
ok(crash_and_recover($primary), 'comes up after a crash');
is(lost_commits($primary, @writers), '', 'all that was acknowledged is there');
verdict("$behind MB behind and not taken; @results, least free $least_mb MB");
end_server($_) for $standby, $primary;
done_testing();

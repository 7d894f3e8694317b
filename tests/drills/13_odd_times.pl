# The clock jumps by years, reloads come by the hundred, the extension is dropped under the fence: the guard, which
# uses none of it to decide, holds all the same.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

# The clock.
my $clock = "$PostgreSQL::Test::Utils::tmp_check/clock";
sub set_clock {
    my ($seconds) = @_;
    open my $file, -e $clock ? '+<' : '>', $clock or die "$clock: $!";
    syswrite $file, pack('q', $seconds);
    close $file;
    return;
}
set_clock(0);
my $node;
{
    local $ENV{LD_PRELOAD} = "$Drill::folder/tools/wrong_clock.so";
    local $ENV{WRONG_CLOCK_FILE} = $clock;
    $node = start_server('clock', wal => 'wal');
}
prepare_writers($node);
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('dead', true)});
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('moving', true)});
my $year = 365 * 24 * 3600;
write_wal($node, 64);
set_clock(3 * $year);
cmp_ok($node->safe_psql('postgres', 'SELECT extract(year FROM now())'), '>', (gmtime)[5] + 1902, 'the server believes the wrong clock');
reload_with($node, 'opsmon.stall_time' => '1h'); # three years by that clock
$node->safe_psql('postgres', q{SELECT pg_replication_slot_advance('moving', pg_current_wal_flush_lsn())});
my $writer = start_writer($node, 'insert');
my $result = finish_writer($writer);
note("clock forward: $result");
is(panicked($node), undef, 'clock forward: no PANIC');
like($result, qr/cancelled|refused/, 'clock forward: the fence holds');
is(slots_left($node), 'dead moving', 'clock forward: nobody has been stalled for an hour');
set_clock(-3 * $year);
reload_with($node, 'opsmon.stall_time' => '1s');
wait_for($node, q{SELECT count(*) = 0 FROM pg_replication_slots WHERE slot_name = 'dead'}, 'the dead one is taken');
wait_for_fence_down($node);
pass('clock back: the dead one is taken and the fence comes down');
note(ledger($node));
set_clock(0);
ok(crash_and_recover($node), 'clock: comes up after a crash');
is(lost_commits($node, $writer), '', 'clock: all that was acknowledged is there');
end_server($node);

# Reloads.
$node = start_server('reloads', wal => 'wal');
prepare_writers($node);
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
set_policy($node, orphan => 'protect');
my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
my $storm = fork // die "fork: $!";
if (!$storm) {
    $SIG{TERM} = sub { POSIX::_exit(0) };
    while (1) { kill 'HUP', $postmaster; select undef, undef, undef, 0.002 }
}
start_probe($node);
$writer = start_writer($node, 'insert');
$result = finish_writer($writer);
kill 'TERM', $storm;
waitpid $storm, 0;
my $least_mb = end_probe($node);
is(panicked($node), undef, 'reloads: no PANIC');
like($result, qr/cancelled|refused/, 'reloads: the fence holds');
is(slots_left($node), 'orphan', 'reloads: the protected slot is left');

# The extension is dropped under the fence, and made again.
$node->safe_psql('postgres', 'DROP EXTENSION opsmon CASCADE');
my ($code, $out, $err) = by_app($node, q{INSERT INTO acknowledged VALUES ('fenced', 1)});
isnt($code, 0, 'dropped: the fence holds without the extension');
$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('orphan')});
$node->safe_psql('postgres', 'CHECKPOINT');
my $passed = 0;
for (1 .. 20) { # each waits for opsmon.fence_wait by itself
    ($code) = by_app($node, q{INSERT INTO acknowledged VALUES ('free', 1)});
    last if $passed = $code == 0;
}
ok($passed, 'dropped: and comes down without it');
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
wait_for_fence_down($node);
pass('dropped: made again, it is as before');
is(lost_commits($node, $writer), '', 'all that was acknowledged is there');
is(panicked($node), undef, 'dropped: no PANIC');
verdict("clock set by 3 years and back, 500 reloads a second, extension dropped under the fence: least free $least_mb MB");
end_server($node);
done_testing();

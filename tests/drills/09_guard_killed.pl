# The guard is ended, killed or frozen, at each rung. It comes back in the right state; what it fenced stays fenced
# meanwhile; and a fence does not outlive its reason when the guard is not there to lift it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

my $node = start_server('primary', wal => 'wal', conf => "restart_after_crash = on\n");
prepare_writers($node, 1000);
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
set_policy($node, orphan => 'protect');

my %free_mb = (watch => 235, relieve => 185, evict => 130, fence => 60);
for my $rung (qw(watch relieve evict fence)) {
    prefill($node, $free_mb{$rung} - 15); # at last the fence stops even this
    wait_for($node, "SELECT rung_number >= (SELECT rung_number FROM opsmon.guard_ladder WHERE rung = '$rung') FROM opsmon.guard WHERE volume = 'wal'",
        "it stands on $rung");
    my $stood = rung($node);
    my $word = fence_state($node);
    my $guard = guard_pid($node);
    kill 'TERM', $guard;
    Opsmon::wait_for_new_worker($node, 'guard', $guard);
    is(rung($node), $stood, "$rung: ended, it stands where it stood");
    is(fence_state($node), $word, "$rung: and so does the fence");

    $guard = guard_pid($node);
    my $position = -s $node->logfile;
    kill 'KILL', $guard; # the postmaster takes everybody down and recovers
    $node->wait_for_log(qr/all server processes terminated; reinitializing/, $position);
    wait_until_up($node);
    Opsmon::wait_for_new_worker($node, 'guard', $guard);
    wait_for($node, "SELECT rung_number >= (SELECT rung_number FROM opsmon.guard_ladder WHERE rung = '$rung') FROM opsmon.guard WHERE volume = 'wal'",
        "it stands on $rung again");
    # The second stage is for those who were writing: none of them is left.
    is(fence_state($node), $word eq 'down' ? 'down' : 'writers', "$rung: killed, the server recovers and it stands there again");
}
is(slots_left($node), 'orphan', 'nothing was taken');

# Frozen under the fence; then the reason goes away.
my ($code, $out, $err) = by_app($node, q{INSERT INTO acknowledged VALUES ('fenced', 1)});
isnt($code, 0, 'writes are refused');
like($err, qr/ERROR/, 'with an error');
my $guard = guard_pid($node);
kill 'STOP', $guard;
$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('orphan')});
$node->safe_psql('postgres', 'CHECKPOINT');
my $passed = 0;
for (1 .. 20) { # each waits for opsmon.fence_wait by itself
    ($code) = by_app($node, q{INSERT INTO acknowledged VALUES ('free', 2)});
    last if $passed = $code == 0;
}
ok($passed, 'a fence does not outlive its reason, guard or no guard');
kill 'CONT', $guard;
wait_for_fence_down($node);
pass('and the guard, thawed, takes it down');
is(guard_pid($node), $guard, 'it is the same one');
is(panicked($node), undef, 'no PANIC');
verdict('ended and killed on watch, relieve, evict and fence, frozen under the fence: each time right again');
end_server($node);
done_testing();

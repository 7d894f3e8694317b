# A consumer that is connected and frozen: its client (a virtual machine that is paused, a full disk), or the
# walsender itself. Core's own cap waits for such a walsender without end, and no checkpoint completes any more.
# Here it is ended and its slot taken, or the fence holds; never a PANIC.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

sub frozen {
    my ($what, $policy, $freeze) = @_;
    my $node = start_server($what =~ tr/ /_/r, wal => 'wal');
    prepare_writers($node);
    my $receiver = start_receiver($node, 'frozen');
    set_policy($node, frozen => $policy) if $policy ne 'ask'; # ask is for what nobody has classified
    my $walsender = $node->safe_psql('postgres', q{SELECT active_pid FROM pg_replication_slots});
    my $frozen = $freeze eq 'client' ? $receiver->{KIDS}[0]{PID} : $walsender;
    kill 'STOP', $frozen;
    start_probe($node);
    my @writers = map { start_writer($node, $_) } qw(insert toast);
    my @results = map { finish_writer($_) } @writers;
    is(panicked($node), undef, "$what: no PANIC");
    is(join(' ', grep { !/^(finished|cancelled|refused)$/ } @results), '', "$what: the writers came to a good end");
    wait_for($node, q{SELECT count(*) = 0 FROM pg_replication_slots}, 'the slot is taken');
    wait_for($node, "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $walsender", 'its walsender is gone');
    pass("$what: the slot was taken and its walsender ended");
    wait_for_fence_down($node);
    note(ledger($node));
    my $least_mb = end_probe($node);
    my ($code) = by_app($node, q{INSERT INTO acknowledged VALUES ('after', 1)});
    is($code, 0, "$what: people write");
    kill 'CONT', $frozen;
    $receiver->signal('TERM');
    eval { $receiver->finish };
    ok(crash_and_recover($node), "$what: comes up after a crash");
    is(lost_commits($node, @writers), '', "$what: all that was acknowledged is there");
    verdict("$what: slot taken, @results, least free $least_mb MB");
    end_server($node);
    return;
}

frozen('client frozen', 'ask', 'client');
frozen('client frozen and expendable', 'expendable', 'client');
frozen('walsender frozen', 'expendable', 'walsender');

# A protected one is not taken, whatever it costs.
my $node = start_server('protected', wal => 'wal');
prepare_writers($node);
my $receiver = start_receiver($node, 'frozen');
set_policy($node, frozen => 'protect');
kill 'STOP', $receiver->{KIDS}[0]{PID};
start_probe($node);
my @writers = (start_writer($node, 'insert'));
my $result = finish_writer($writers[0]);
my $least_mb = end_probe($node);
is(panicked($node), undef, 'protected: no PANIC');
is(slots_left($node), 'frozen', 'protected: it is not taken');
like($result, qr/cancelled|refused/, 'protected: the fence ends it');
kill 'CONT', $receiver->{KIDS}[0]{PID};
wait_for_fence_down($node);
pass('protected: when it goes on, the fence comes down');
is(slots_left($node), 'frozen', 'protected: and it still is there');
ok(crash_and_recover($node), 'protected: comes up after a crash');
is(lost_commits($node, @writers), '', 'protected: all that was acknowledged is there');
verdict("protected: not taken, $result, least free $least_mb MB");
end_server($node);
done_testing();

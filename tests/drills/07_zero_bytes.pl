# Nobody has held it: the guard is frozen, WAL fills the volume to the last byte and the server PANICs. It comes up
# again without anybody doing anything, thanks to the ballast: at its next start, and in its own crash restart.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

sub filled_to_the_end {
    my ($how, $restarts) = @_;
    my $node = start_server($how =~ tr/ /_/r, wal => 'wal',
        conf => "opsmon.ballast_size = 64MB\nrestart_after_crash = $restarts\n");
    prepare_writers($node, 1000);
    wait_for($node, q{SELECT ballast_wal_bytes >= 64 * 1048576 FROM opsmon.guard_state}, 'the ballast is built');
    $node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
    set_policy($node, orphan => 'protect');
    kill 'STOP', guard_pid($node);
    my @writers = (start_writer($node, 'toast'));
    my $position = -s $node->logfile;
    is(finish_writer($writers[0]), 'broken', "$how: the writer met a PANIC");
    like(panicked($node), qr/No space left on device/, "$how: there was nothing left");
    if ($restarts eq 'on') {
        $node->wait_for_log(qr/all server processes terminated; reinitializing/, $position);
        wait_until_up($node);
        pass("$how: it comes back by itself");
    } else {
        $node->wait_for_log(qr/database system is shut down/, $position);
        $node->_update_pid(-1);
        ok($node->start(fail_ok => 1), "$how: it comes up");
    }
    is(lost_commits($node, @writers), '', "$how: all that was acknowledged is there");
    wait_for($node, q{SELECT fence <> 'down' FROM opsmon.guard_state}, 'the guard fences');
    is(slots_left($node), 'orphan', "$how: the protected slot is left");
    wait_for($node, q{SELECT count(*) > 0 FROM opsmon.live_guard_events() WHERE action = 'ballast released'}, 'the ledger knows');
    note(ledger($node));
    my $room = int free_mb($node);
    $node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('orphan')});
    $node->safe_psql('postgres', 'CHECKPOINT');
    wait_for_fence_down($node);
    my ($code) = by_app($node, q{INSERT INTO acknowledged VALUES ('after', 1)});
    is($code, 0, "$how: with the slot dropped people write again");
    verdict("$how: up again with $room MB free");
    end_server($node);
    return;
}

filled_to_the_end('next start', 'off');
filled_to_the_end('crash restart', 'on');
done_testing();

# Two dead slots, and the older one is protected: taking the younger would free nothing, so it is not taken.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

my $node = start_server('primary', wal => 'wal');
prepare_writers($node);
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('older', true)});
write_wal($node, 64);
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('younger', true)});
set_policy($node, older => 'protect', younger => 'expendable');
start_probe($node);
my @writers = (start_writer($node, 'insert'));
my $result = finish_writer($writers[0]);
my $least_mb = end_probe($node);
note(ledger($node));
is(panicked($node), undef, 'no PANIC');
like($result, qr/cancelled|refused/, 'the fence ends it');
is(slots_left($node), 'older younger', 'the younger is not sacrificed for nothing');
ok(!ledger_has($node, q{action = 'evict' AND outcome IN ('ordered', 'done', 'failed')}), 'nor was it tried');

# With the older one gone it is worth something.
set_policy($node, older => 'expendable');
wait_for($node, q{SELECT count(*) = 0 FROM pg_replication_slots}, 'both are taken');
wait_for_fence_down($node);
is(was_taken($node), 'older younger', 'with the older one released, both are taken in order');
ok(crash_and_recover($node), 'comes up after a crash');
is(lost_commits($node, @writers), '', 'all that was acknowledged is there');
verdict("younger left as long as it would free nothing; $result, least free $least_mb MB");
end_server($node);
done_testing();

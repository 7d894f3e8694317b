# WAL that waits for the summarizer (17 and later) is nobody's to remove, and a slot behind it loses
# none, whatever its cap says. The guard sees that without waiting for the summarizer, and from the
# first moment of a start. A server without a summarizer keeps nothing for one.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $conf = "max_wal_size = 10GB\ncheckpoint_timeout = 1h\nmax_slot_wal_keep_size = 16MB\n";
my $node = new_node('primary');
my $summarizes = $node->pg_version >= 17;
$conf .= "summarize_wal = on\n" if $summarizes;
$node->append_conf('postgresql.conf', $conf);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
wait_until($node, q{guard_ticks > 0 AND sampler_ticks > 0 AND recorder = 'recording'});

# What the server's own view says of the slot, for as long as both agree.
sub agreed_status {
    my ($wanted) = @_;
    return $node->poll_query_until('postgres', qq{
        SELECT s.wal_status = '$wanted' AND p.wal_status = '$wanted'
          FROM opsmon.slots s JOIN pg_replication_slots p USING (slot_name)});
}

my $summarizer;
if ($summarizes) {
    my $of_activity = q{FROM pg_stat_activity WHERE backend_type = 'walsummarizer'};
    $node->poll_query_until('postgres', "SELECT count(*) = 1 $of_activity") or die 'no summarizer';
    # What is written next is not summarized, however long the test takes.
    $summarizer = $node->safe_psql('postgres', "SELECT pid $of_activity");
    kill 'STOP', $summarizer;
}
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('behind', true)});
$node->safe_psql('postgres', q{SELECT pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000)) FROM generate_series(1, 60)});
wait_until($node, q{safe_wal_size < 0}, 'slots');
ok(agreed_status($summarizes ? 'reserved' : 'unreserved'),
    'a_slot_over_its_cap_is_as_safe_as_the_server_says');
$node->poll_query_until('postgres', q{SELECT count(*) = } . ($summarizes ? 1 : 0)
      . q{ FROM opsmon.wal_retention WHERE holder = 'summarizer'});
is($node->safe_psql('postgres', q{SELECT count(*) FROM opsmon.wal_retention WHERE holder = 'summarizer'}),
    $summarizes ? 1 : 0, 'the_summarizer_is_shown_as_holding_wal_where_there_is_one');

$node->safe_psql('postgres', 'CHECKPOINT');
ok(agreed_status($summarizes ? 'reserved' : 'lost'), 'a_checkpoint_takes_only_what_nobody_else_keeps');
my $ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks");
is(status($node, 'guard_failures'), '0', 'the_guard_goes_on_while_the_summarizer_stands');

if ($summarizes) {
    kill 'CONT', $summarizer;
    $node->poll_query_until('postgres', q{
        SELECT summarized_lsn >= here.lsn - 32000000
          FROM pg_get_wal_summarizer_state(), (SELECT pg_current_wal_lsn() AS lsn) here})
      or die 'nothing is summarized';
    $node->safe_psql('postgres', 'CHECKPOINT');
}
ok(agreed_status('lost'), 'what_is_summarized_protects_no_slot');

# The first looks of a server that starts after a crash, before it knows its timeline.
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('held', true);
    SELECT pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000)) FROM generate_series(1, 200)});
$node->stop('immediate');
$node->start;
wait_until($node, q{worker = 'reclaimer' AND ticks > 1}, 'live_workers()');
is($node->safe_psql('postgres', q{SELECT sum(failures) FROM opsmon.live_workers() WHERE worker <> 'sampler'}),
    '0', 'no_look_fails_while_a_server_starts');

$node->stop;
done_testing();

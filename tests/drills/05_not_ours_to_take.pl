# Slots that look unused and are not: one that another program moves on (as Patroni does on replicas), and one
# that belongs to a session. They are not touched, although nobody has classified them; the dead one beside them
# is taken. (Slots synchronised from a primary exist from PostgreSQL 17 on.)
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
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('dead', true)});
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('member', true)});
prefill($node, 330);

# Patroni's way: no process ever uses the slot, its position is advanced from time to time.
my $script = "$PostgreSQL::Test::Utils::tmp_check/advance.sql";
append_to_file($script, q{SELECT pg_replication_slot_advance('member', pg_current_wal_flush_lsn()) \watch 0.3});
my $advancing = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $script ], '<', \undef, '>', "$script.out", '2>', "$script.err");
wait_for($node, q{SELECT pg_current_wal_flush_lsn() - restart_lsn < 33554432 FROM pg_replication_slots WHERE slot_name = 'member'}, 'somebody moves it on');
my $session = $node->background_psql('postgres');
$session->query_safe(q{SELECT pg_create_physical_replication_slot('of_a_session', true, true)});
wait_for($node, q{SELECT count(*) = 3 FROM opsmon.slots}, 'the guard knows all three');

start_probe($node);
my @writers = (start_writer($node, 'insert'));
my @results = map { finish_writer($_) } @writers;
wait_for($node, q{SELECT count(*) = 0 FROM pg_replication_slots WHERE slot_name = 'dead'}, 'the dead one is taken');
my $least_mb = end_probe($node);
note(ledger($node));
is(panicked($node), undef, 'no PANIC');
is(was_taken($node), 'dead', 'the dead one was taken');
is(slots_left($node), 'member of_a_session', 'and nobody else');
$session->quit;
wait_for_fence_down($node);
$advancing->signal('TERM');
eval { $advancing->finish };
ok(crash_and_recover($node), 'comes up after a crash');
is(lost_commits($node, @writers), '', 'all that was acknowledged is there');
verdict("dead taken; member and of_a_session left; @results, least free $least_mb MB");
end_server($node);
done_testing();

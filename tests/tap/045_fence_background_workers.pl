# The fence and background workers of other extensions that run statements, here pg_cron's: they are sessions like any
# other.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', <<'CONF');
shared_preload_libraries = 'opsmon, pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = on
cron.log_run = off
opsmon.fence_wait = 100ms
opsmon.guard_interval = 1s
max_worker_processes = 20
max_wal_size = 10GB
CONF
$node->safe_psql('postgres', $_) for 'CREATE EXTENSION pg_cron', 'CREATE TABLE noted (a int, t text)';
$node->safe_psql('postgres', q{SELECT cron.schedule('* * * * *', $$INSERT INTO noted SELECT generate_series(1, 1000000000), repeat('y', 500)$$)});

my $writing = q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'INSERT INTO noted%' AND state = 'active' AND backend_xid IS NOT NULL AND backend_type <> 'client backend'};
$node->poll_query_until('postgres', $writing) or die 'timed out waiting for the job';
$node->safe_psql('postgres', 'SELECT cron.unschedule(jobid) FROM cron.job');
my $position = -s $node->logfile;
$node->safe_psql('postgres', q{SELECT opsmon.fence(true, 'the test')});
$node->poll_query_until('postgres', $writing, 'f') or die 'timed out waiting for its end';
my $wal = $node->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
like(log_since($node, $position), qr/canceling statement due to user request/, 'a_worker_that_writes_is_cancelled_as_a_session_is');
my $ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 20");
cmp_ok($node->safe_psql('postgres', "SELECT pg_current_wal_insert_lsn() - '$wal'"), '<', 1_000_000, 'and_nothing_writes_on');
$node->safe_psql('postgres', 'SELECT opsmon.fence(false)');

$node->stop;
done_testing();

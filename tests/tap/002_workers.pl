# The workers: one failed tick never ends them, a signal ends them cleanly, the postmaster brings them
# back, and a reload reaches them.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary');

# A tick of the sampler that fails: the WAL directory cannot be read for a moment.
my $wal_directory = $node->data_dir . '/pg_wal';
my $sampler = worker_pid($node, 'sampler');
my $position = -s $node->logfile;
chmod 0300, $wal_directory or die "chmod: $!";
wait_until($node, q{sampler_failures >= 3 AND sampler_last_error LIKE '%pg_wal%'});
chmod 0700, $wal_directory or die "chmod: $!";
wait_until($node, q{sampler_last_error IS NULL AND sampler_age < '5s'});
is(worker_pid($node, 'sampler'), $sampler, 'a_failed_tick_never_ends_the_sampler');
my @errors = log_since($node, $position) =~ /(\[$sampler\] ERROR:  could not open directory "pg_wal")/g;
is(scalar @errors, 1, 'a_lasting_failure_is_logged_once');

# A tick of the recorder that fails: a session holds the table, and our waiting has a limit.
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE opsmon.history_samples IN ACCESS EXCLUSIVE MODE');
wait_until($node, q{recorder = 'failing' AND recorder_last_error LIKE '%lock timeout%'});
my $ticks = status($node, 'sampler_ticks');
wait_until($node, "sampler_ticks > $ticks + 2");
pass('a_locked_history_table_does_not_stop_sampling');
$holder->query_safe('COMMIT');
$holder->quit;
wait_until($node, q{recorder = 'recording' AND recorder_last_error IS NULL});
is(worker_pid($node, 'sampler'), $sampler, 'a_failed_record_never_ends_the_sampler');

# Tables that cannot be written for another reason: the server was made read-only.
$node->safe_psql('postgres', 'ALTER SYSTEM SET default_transaction_read_only = on');
$node->reload;
wait_until($node, q{recorder = 'failing' AND recorder_last_error LIKE '%read-only%'});
wait_until($node, q{sampler_age < '2s' AND guard_age < '2s'});
pass('live_views_go_on_in_a_read_only_server');
$node->safe_psql('postgres',
    'SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only');
$node->reload;
wait_until($node, q{recorder = 'recording'});

# SIGHUP: intervals take effect at once.
$node->safe_psql('postgres', q{ALTER SYSTEM SET opsmon.sample_interval = '1h'});
$node->safe_psql('postgres', q{ALTER SYSTEM SET opsmon.guard_interval = '1min'});
$node->reload;
wait_until($node, q{sample_interval = '1 hour' AND guard_interval = '1 min'});
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$ticks = status($node, 'sampler_ticks');
$node->reload;
wait_until($node, "sampler_ticks > $ticks + 1 AND guard_interval = '100ms'");
pass('a_reload_shortens_a_long_interval_at_once');

# No history when it is switched off.
$node->safe_psql('postgres', q{ALTER SYSTEM SET opsmon.history_retention = 0});
$node->reload;
wait_until($node, q{recorder = 'off'});
my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_wal');
$ticks = status($node, 'sampler_ticks');
wait_until($node, "sampler_ticks > $ticks + 2");
is($node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_wal'),
    $rows, 'writes_no_history_when_retention_is_zero');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;
wait_until($node, q{recorder = 'recording'});

# SIGTERM: each worker ends and comes back; nobody else notices.
my $session = $node->background_psql('postgres');
my $backend = $session->query_safe('SELECT pg_backend_pid()');
for my $worker (qw(guard sampler)) {
    my $pid = worker_pid($node, $worker);
    kill 'TERM', $pid;
    wait_for_new_worker($node, $worker, $pid);
    pass("the $worker comes back after SIGTERM");
}
is($node->safe_psql('postgres', "SELECT pg_terminate_backend($sampler) FROM pg_sleep(0)") ne '', 1,
    'pg_terminate_backend is answered');
is($session->query_safe('SELECT pg_backend_pid()'), $backend, 'sessions are not disturbed');
$session->quit;

# The guard has no database connection: it is in no system view, and needs no slot of max_connections.
my $guard = worker_pid($node, 'guard');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE pid = $guard"),
    '0', 'the_guard_has_no_database_connection');

$node->stop;
done_testing();

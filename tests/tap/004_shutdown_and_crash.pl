# Every way a server goes down, and back up again.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', "restart_after_crash = on\n");

for my $mode (qw(smart fast immediate)) {
    my $position = -s $node->logfile;
    $node->stop($mode);
    my $log = log_since($node, $position);
    unlike($log, qr/PANIC|TRAP|segfault|signal 11|signal 6/, "$mode shutdown: nothing breaks");
    # in an immediate shutdown everybody dies the same way
    unlike($log, qr/opsmon.*(ERROR|FATAL)/, "$mode shutdown: the workers end without an error");
    $node->start;
    wait_until($node, q{guard_ticks > 0 AND sampler_ticks > 0 AND recorder = 'recording'});
    pass("runs_again_after_a_${mode}_shutdown");
}

# The workers are back with empty shared memory.
for my $victim (qw(backend guard sampler)) {
    my $pid = $victim eq 'backend'
      ? $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum launcher'})
      : worker_pid($node, $victim);
    my $old_guard = worker_pid($node, 'guard');
    crash($node, $pid);
    wait_until($node, "guard_pid <> $old_guard AND guard_ticks > 0 AND sampler_ticks > 0 AND recorder = 'recording'");
    pass("runs_again_after_the_crash_of_a_$victim");
}

# A dead consumer is not forgotten over a crash: what it owes is all it holds.
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('dead', true)});
$node->safe_psql('postgres', q{SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, 20)});
my $old_guard = worker_pid($node, 'guard');
crash($node, $old_guard);
wait_until($node, "guard_pid <> $old_guard AND guard_ticks > 0");
$node->poll_query_until('postgres', q{SELECT wal_since_progress_bytes > 16 * 1024 * 1024 AND wal_since_progress_bytes <= retained_bytes FROM opsmon.slots})
  or die 'timed out';
pass('a_dead_consumer_is_not_forgotten_over_a_crash');
$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('dead')});
wait_until($node, q{sampler_ticks > 0});

# The postmaster dies: no worker outlives it.
my @workers = (worker_pid($node, 'guard'), worker_pid($node, 'sampler'));
ok(vanish($node, @workers), 'no_worker_outlives_the_postmaster');
$node->start;
wait_until($node, q{guard_ticks > 0 AND sampler_ticks > 0 AND recorder = 'recording'});
pass('runs_again_after_a_crash_of_the_whole_server');

# Connections are refused for lack of room: what is published stays fresh.
my $session = $node->background_psql('postgres');
$node->stop;
$node->append_conf('postgresql.conf', "max_connections = 4\nsuperuser_reserved_connections = 1\nmax_wal_senders = 0\nwal_level = minimal\n");
$node->start;
wait_until($node, q{guard_age < '2s' AND sampler_age < '2s'});
my @sessions = map { $node->background_psql('postgres') } 1 .. 4;
my ($code, $out, $err) = $node->psql('postgres', 'SELECT 1');
like($err, qr/too many clients/, 'no connection is left');
is($sessions[0]->query_safe(q{SELECT pg_sleep(0.5); SELECT guard_age < '2s' AND sampler_age < '2s' FROM opsmon.status}) =~ /t$/,
    1, 'samples_when_no_connection_is_left');
$_->quit for @sessions;

$node->stop;
done_testing();

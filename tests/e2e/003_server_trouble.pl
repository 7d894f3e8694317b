# The server in trouble: down, restarted, frozen, out of connections, without the extension, with a
# frozen worker. /metrics answers at once all the while, and nothing stale looks fresh.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use Opsmon;
use OpsmonSidecar;

my $node = new_node('primary');
$node->append_conf('postgresql.conf', "max_connections = 8\nsuperuser_reserved_connections = 3\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
# The extension is not there yet, and somebody has put views of his own in its place.
$node->safe_psql('postgres', q{
    CREATE ROLE mallory;
    CREATE SCHEMA opsmon AUTHORIZATION mallory;
    GRANT USAGE ON SCHEMA opsmon TO PUBLIC;
    SET ROLE mallory;
    CREATE FUNCTION opsmon.f() RETURNS int8 LANGUAGE plpgsql AS $f$BEGIN RAISE LOG 'mallory runs as %', current_user; RETURN 1; END$f$;
    CREATE VIEW opsmon.status AS SELECT opsmon.f() AS timeline;
    GRANT SELECT ON opsmon.status TO PUBLIC});
my $sidecar = start_sidecar(sidecar_conf($node));

my $slowest_s = 0;
my $page = sub {
    my $began = time;
    my $text = metrics($sidecar);
    my $took = time - $began;
    $slowest_s = $took if $took > $slowest_s;
    return $text;
};
# Waits until postgresql_up has the value, and the sources named are gone or there.
my $wait_for_up = sub {
    my ($value, $what) = @_;
    wait_for($what, sub {
        my $text = $page->();
        $text =~ /^postgresql_up $value$/m && ($value ? $text =~ /^postgresql_wal_size_bytes /m && $text =~ /^postgresql_volume_free_bytes/m
            : $text !~ /^postgresql_(?!up |volume_(?:info|size|free)|wal_volume_full )/m && $text =~ /^opsmon_collector_success\{collector="postgresql"\} 0$/m
              && $text =~ /^opsmon_collector_success\{collector="postgresql_guard"\} 0$/m
              && $text =~ /^opsmon_collector_success\{collector="postgresql_sampler"\} 0$/m);
    }, $sidecar);
    pass($what);
};

wait_for('the sidecar says what is missing', sub {
    slurp_file($sidecar->{log}) =~ /CREATE EXTENSION opsmon/ && (metric($sidecar, 'postgresql_up') // 0) == 1
      && (metric($sidecar, 'opsmon_collector_success{collector="postgresql"}') // 1) == 0;
}, $sidecar);
pass('says_what_to_do_when_the_extension_is_missing');
unlike(slurp_file($node->logfile), qr/LOG:  mallory runs as/, 'never_runs_what_stands_in_the_extensions_place');
$node->safe_psql('postgres', 'DROP SCHEMA opsmon CASCADE');
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
$wait_for_up->(1, 'sees_the_extension_as_soon_as_it_is_created');

$node->stop('fast');
$wait_for_up->(0, 'a_stopped_server_is_down_and_its_series_are_gone');
like(get("$sidecar->{url}/api/v1/collectors")->{content}, qr/"collector":"postgresql","duration_seconds":[^,]+,"error":"cannot connect/, 'and why stands among the collectors');
my $last_success = metric($sidecar, 'opsmon_collector_last_success_timestamp_seconds{collector="postgresql"}');
cmp_ok($last_success, '<', time, 'and says when it was last well');
$node->start;
$wait_for_up->(1, 'a_started_server_is_up_again');

# Frozen: the postmaster and the sidecar's own backend.
my $frozen = $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE application_name = 'opsmon-sidecar'});
my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
kill 'STOP', $postmaster, $frozen;
$wait_for_up->(0, 'a_frozen_server_is_down');
kill 'CONT', $postmaster, $frozen;
$wait_for_up->(1, 'a_thawed_server_is_up_again');

# Out of connections for ordinary users: ours is terminated, and what is left is reserved.
my @sessions = map { $node->background_psql('postgres') } 1 .. 5;
$node->safe_psql('postgres', q{SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'opsmon-sidecar'});
$wait_for_up->(0, 'a_server_without_a_free_connection_is_down_for_us');
like(slurp_file($sidecar->{log}), qr/remaining connection slots are reserved|too many clients/, 'and the log says why');
$_->quit for @sessions;
$wait_for_up->(1, 'comes_back_when_there_is_a_connection');

# One worker is frozen: what it publishes is old, and is left out; the other's stays.
my $lines = scalar(() = slurp_file($sidecar->{log}) =~ /\n/g);
my $guard = worker_pid($node, 'guard');
kill 'STOP', $guard;
wait_for('the frozen guard is noticed', sub {
    my $text = $page->();
    $text =~ /^opsmon_collector_success\{collector="postgresql_guard"\} 0$/m && $text !~ /^postgresql_guard_rung/m && $text !~ /^postgresql_volume_usable_bytes/m
      && $text =~ /^postgresql_volume_free_bytes/m && $text =~ /^postgresql_wal_size_bytes /m && $text =~ /^postgresql_up 1$/m;
}, $sidecar);
pass('the_values_of_a_frozen_worker_never_look_fresh');
kill 'CONT', $guard;
$wait_for_up->(1, 'and_return_with_it');
cmp_ok(scalar(() = slurp_file($sidecar->{log}) =~ /\n/g) - $lines, '<', 8, 'a lasting failure is logged when it changes, not each cycle');

cmp_ok($slowest_s, '<', 0.5, 'metrics_answer_at_once_all_the_while');
note sprintf 'slowest answer: %.0f ms', 1000 * $slowest_s;

is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
$node->stop;
done_testing();

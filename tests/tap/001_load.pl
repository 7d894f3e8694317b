# Loading: only through shared_preload_libraries, with a clear error otherwise, and never in the way of
# a server that starts.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $plain = PostgreSQL::Test::Cluster->new('plain');
$plain->init;
my $conf = slurp_file($ENV{OPSMON_CONF});
$conf =~ s/^shared_preload_libraries.*\n//m;
$plain->append_conf('postgresql.conf', $conf);
$plain->start;
for my $statement ('CREATE EXTENSION opsmon', "LOAD 'opsmon'") {
    my ($code, $out, $err) = $plain->psql('postgres', $statement);
    isnt($code, 0, "refuses without preloading: $statement");
    like($err, qr/opsmon must be loaded via "shared_preload_libraries"/, 'says what is wrong');
    like($err, qr/HINT:.*shared_preload_libraries in postgresql.conf and restart/, 'and what to do');
}
$plain->safe_psql('postgres', 'SELECT 1');
$plain->stop;

my $node = new_node('preloaded');
$node->append_conf('postgresql.conf', <<END);
opsmon.guard_interval = 'often'
opsmon.sample_interval = -3
opsmon.no_such_setting = 1
opsmon.history_retention = 99999d
END
my $position = -s $node->logfile // 0;
$node->start;
pass('starts_with_settings_that_make_no_sense');
my $log = log_since($node, $position);
like($log, qr/WARNING:.*opsmon\.guard_interval.*often/, 'warns of a value of the wrong type');
like($log, qr/WARNING:.*opsmon\.sample_interval/, 'warns of a value out of range');
like($log, qr/WARNING:.*opsmon\.no_such_setting/, 'warns of an unknown setting');
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
wait_until($node, 'guard_ticks > 0 AND sampler_ticks > 0');
is(status($node, 'guard_interval'), '00:00:01', 'takes the default instead');

# From 16 on the server frees itself what it was given for the value before.
for my $rungs ('fence', 'relieve, fence', 'rescue', 'fence') {
    $node->append_conf('postgresql.conf', "opsmon.guard_rungs = '$rungs'\n");
    $node->reload;
    $node->poll_query_until('postgres', "SELECT current_setting('opsmon.guard_rungs') = '$rungs'")
      or die "the server does not take opsmon.guard_rungs = '$rungs'";
}
pass('lists_of_rungs_replace_one_another_at_reloads');
$node->stop;

# Single-user mode: no workers, and everything still answers.
$node->append_conf('postgresql.conf', "opsmon.guard_interval = 100ms\n");
my $in = "SELECT count(*) AS statuses FROM opsmon.status;\n";
my ($out, $err) = ('', '');
ok( IPC::Run::run(
        [ 'postgres', '--single', '-D', $node->data_dir, 'postgres' ],
        '<', \$in, '>', \$out, '2>', \$err),
    'single-user mode starts');
like($out, qr/statuses = "1"/, 'single_user_mode_answers_without_workers');

# Binary upgrade mode (pg_upgrade): the library loads, no worker is registered.
command_ok(
    [ 'pg_ctl', '-w', '-D', $node->data_dir, '-l', $node->logfile, '-o', '-b', 'start' ],
    'binary upgrade mode starts');
is($node->safe_psql('postgres', 'SELECT guard_pid IS NULL AND sampler_pid IS NULL FROM opsmon.status'),
    't', 'binary_upgrade_mode_has_no_workers');
command_ok([ 'pg_ctl', '-w', '-D', $node->data_dir, 'stop' ], 'and stops');

done_testing();

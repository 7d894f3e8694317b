# The extension and its database come and go while the server runs: not created yet, created, dropped,
# recreated, upgraded; database dropped, renamed, used as a template, named wrongly.
use strict;
use warnings;
use File::Copy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = new_node('primary');
$node->append_conf('postgresql.conf', "opsmon.database = 'monitored'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon'); # to look through, from another database

# The database does not exist yet: the sampler waits longer from try to try, the server is well.
my $position = 0;
ok($node->wait_for_log(qr/database "monitored" does not exist/, $position),
    'says that its database does not exist');
wait_until($node, q{guard_age < '2s'});
pass('the_guard_needs_no_database');
$node->safe_psql('postgres', 'CREATE DATABASE monitored');
wait_until($node, q{recorder = 'no extension' AND sampler_age < '2s'});
pass('samples_before_the_extension_is_created');

$node->safe_psql('monitored', 'CREATE EXTENSION opsmon');
wait_until($node, q{recorder = 'recording'});
pass('records_as_soon_as_the_extension_is_created');
my $sampler = worker_pid($node, 'sampler');

$node->safe_psql('monitored', 'DROP EXTENSION opsmon');
wait_until($node, q{recorder = 'no extension'});
is($node->safe_psql('monitored', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'opsmon'}),
    '0', 'drop_leaves_nothing_behind');
$node->safe_psql('monitored', 'CREATE EXTENSION opsmon');
wait_until($node, q{recorder = 'recording'});
is(worker_pid($node, 'sampler'), $sampler, 'the_sampler_lives_through_drop_and_create');

# Many times in a row, against the recorder's own writing.
for (1 .. 20) {
    $node->safe_psql('monitored', 'DROP EXTENSION opsmon; CREATE EXTENSION opsmon');
}
wait_until($node, q{recorder = 'recording'});
is(worker_pid($node, 'sampler'), $sampler, 'the_sampler_lives_through_many_of_them');

# what the status shows may still be of the extension before the last one
$node->poll_query_until('monitored', 'SELECT count(*) > 0 FROM opsmon.history_wal')
  or die 'timed out waiting for history';

# An upgrade while running, with data in place. The next version adds a column.
my $version = $node->safe_psql('monitored', 'SELECT opsmon.library_version()');
my $upgrade = extension_folder() . "/opsmon--$version--99.0.0.sql";
append_to_file($upgrade, "ALTER TABLE opsmon.history_samples ADD COLUMN tap_upgrade int4;\n");
$node->safe_psql('monitored', q{ALTER EXTENSION opsmon UPDATE TO '99.0.0'});
unlink $upgrade;
my $rows = $node->safe_psql('monitored', 'SELECT count(*) FROM opsmon.history_wal');
cmp_ok($rows, '>', 0, 'history is kept over an upgrade');
$node->poll_query_until('monitored', "SELECT count(*) > $rows FROM opsmon.history_wal")
  or die 'timed out waiting for history after the upgrade';
is(status($node, 'recorder'), 'recording', 'records_through_an_upgrade');

# Renamed: the sampler gets out of the way, then waits for the name it was told.
$node->safe_psql('postgres', 'ALTER DATABASE monitored RENAME TO renamed');
pass('its_database_can_be_renamed_while_it_runs');
wait_for_new_worker_attempt('renamed');
$node->safe_psql('postgres', 'ALTER DATABASE renamed RENAME TO monitored');
wait_until($node, q{recorder = 'recording' AND sampler_age < '2s'});
pass('comes_back_when_the_name_does');

# A template, then dropped: plainly, without FORCE.
$node->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE monitored');
pass('its_database_can_be_copied_while_it_runs');
wait_until($node, q{recorder = 'recording' AND sampler_age < '2s'});
$node->safe_psql('postgres', 'DROP DATABASE monitored');
pass('its_database_can_be_dropped_while_it_runs');
wait_until($node, q{guard_age < '2s'});

# Told another database, it moves there.
$node->append_conf('postgresql.conf', "opsmon.database = 'copied'\n");
$node->reload;
wait_until($node, q{recorder = 'recording' AND sampler_age < '2s'});
pass('moves_to_another_database_at_a_reload');
$node->safe_psql('postgres', 'DROP DATABASE copied WITH (FORCE)');
pass('its_database_can_be_dropped_by_force');

# Back to a sane state, without a restart.
$node->append_conf('postgresql.conf', "opsmon.database = 'postgres'\n");
$node->reload;
wait_until($node, q{recorder = 'recording' AND sampler_age < '2s'});
pass('recovers_without_a_restart_of_the_server');

$node->stop;
done_testing();

# The log says, after this moment, that the sampler looked for its old database in vain.
sub wait_for_new_worker_attempt {
    my ($new_name) = @_;
    ok($node->wait_for_log(
            qr/opsmon sampler leaves database "monitored".*database "monitored" does not exist/s,
            $position),
        "sampler_steps_aside_and_does_not_follow_to_$new_name");
    return;
}

# The sampler is a superuser: nothing that anybody else was allowed to do may make it run his code, act in
# his name, or look away.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = new_node('primary');
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\nmax_connections = 60\n");
$node->start;

# Default privileges gave a role everything on whatever superusers create.
$node->safe_psql('postgres', q{
    CREATE ROLE app LOGIN;
    GRANT pg_monitor TO app;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO app;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO app;
    CREATE SCHEMA app AUTHORIZATION app;
    CREATE EXTENSION opsmon});
is($node->safe_psql('postgres', q{
    SELECT count(*) FROM pg_class WHERE relnamespace = 'opsmon'::regnamespace
       AND has_table_privilege('app', oid, 'INSERT, UPDATE, DELETE, TRIGGER, TRUNCATE')}),
    '0', 'default_privileges_give_nobody_a_hold_on_the_tables');
is($node->safe_psql('postgres', q{SELECT has_schema_privilege('app', 'opsmon', 'CREATE'), has_function_privilege('app', 'opsmon.record_samples(int8, int4)', 'EXECUTE')}),
    'f|f', 'nor_on_the_schema_or_its_functions');

# Somebody granted it afterwards: the trigger is made, and never runs in the sampler. (The partitions of
# today and tomorrow are there then: on a later one the grant would not hold.)
$node->poll_query_until('postgres', q{SELECT count(*) = 2 FROM opsmon.history_days('history_samples')}) or die 'timed out';
$node->safe_psql('postgres', 'GRANT ALL ON ALL TABLES IN SCHEMA opsmon TO app');
$node->safe_psql('postgres', q{
    SET ROLE app;
    CREATE FUNCTION app.take_over() RETURNS trigger LANGUAGE plpgsql AS
        $f$BEGIN EXECUTE 'ALTER ROLE app SUPERUSER'; RETURN new; EXCEPTION WHEN others THEN RETURN new; END$f$;
    CREATE TRIGGER take_over BEFORE INSERT ON opsmon.history_samples FOR EACH ROW EXECUTE FUNCTION app.take_over()});
my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_wal');
$node->poll_query_until('postgres', "SELECT count(*) > $rows + 2 FROM opsmon.history_wal") or die 'timed out';
is($node->safe_psql('postgres', q{SELECT rolsuper FROM pg_roles WHERE rolname = 'app'}), 'f',
    'a_trigger_of_somebody_elses_never_runs_in_the_sampler');
$node->safe_psql('postgres', 'DROP TRIGGER take_over ON opsmon.history_samples');

# The owner of the database sets another role for its sessions.
$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE owned OWNER owner');
$node->safe_psql('owned', 'CREATE EXTENSION opsmon');
$node->safe_psql('postgres', q{ALTER DATABASE owned SET role = 'owner'; ALTER DATABASE owned SET search_path = 'nowhere'});
$node->append_conf('postgresql.conf', "opsmon.database = 'owned'\n");
my $position = -s $node->logfile;
$node->reload;
$node->wait_for_log(qr/opsmon sampler moves/, $position);
wait_until($node, q{recorder = 'recording' AND sampler_ticks > 2 AND sampler_failures = 0});
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM opsmon.activity WHERE backend_type = 'checkpointer'}) or die 'timed out';
pass('the_owner_of_the_database_cannot_blind_the_sampler');

# Very many different sessions: whose group does not fit still counts.
$node->append_conf('postgresql.conf', "max_connections = 400\n");
$node->restart;
wait_until($node, q{sampler_ticks > 0});
my @sessions = map { my $s = $node->background_psql('postgres'); $s->query_safe("SET application_name = 'session_$_'"); $s } 1 .. 270;
$node->poll_query_until('postgres', q{SELECT sum(sessions) FILTER (WHERE state = 'idle') >= 270 FROM opsmon.connections}) or die 'timed out';
is(status($node, 'activity_groups_omitted > 0'), 't', 'groups were left out');
pass('sessions_count_even_when_their_group_does_not_fit');
$_->quit for @sessions;

# One walsender with several slots is one row. (A look before it made them knows it by its application name.)
my $walsender = $node->background_psql('postgres', extra_params => ['--no-psqlrc'], replication => 'database');
$walsender->query_safe("CREATE_REPLICATION_SLOT $_ TEMPORARY PHYSICAL") for qw(a b c);
my $made = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
$node->poll_query_until('postgres', "SELECT count(*) >= 1 FROM opsmon.replication WHERE sampled_at > '$made'") or die 'timed out';
is($node->safe_psql('postgres', 'SELECT count(*), min(consumer) FROM opsmon.replication'), '1|a',
    'a_walsender_with_several_slots_is_one_row');
$walsender->quit;

# SIGINT, which is what pg_cancel_backend sends, ends nothing.
my $sampler = worker_pid($node, 'sampler');
for (1 .. 5) {
    $node->safe_psql('postgres', "SELECT pg_cancel_backend($sampler)");
    my $ticks = status($node, 'sampler_ticks');
    wait_until($node, "sampler_ticks > $ticks");
}
is(worker_pid($node, 'sampler'), $sampler, 'a_cancel_never_ends_the_sampler');

# A lock on its database that nobody releases does not hold up a shutdown.
$node->safe_psql('postgres', q{BEGIN; ALTER DATABASE owned RENAME TO renamed; PREPARE TRANSACTION 'forgotten'});
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND classid = 'pg_database'::regclass}) or die 'timed out';
$node->stop('fast');
pass('waiting_for_its_database_never_holds_up_a_shutdown');
$node->start;
$node->safe_psql('postgres', q{ROLLBACK PREPARED 'forgotten'});
wait_until($node, q{recorder = 'recording' AND sampler_age < '5s'});
pass('and it goes on when the lock is gone');

# pg_upgrade: the new server has the library, and need not have preloaded it.
$node->stop;
my $conf = slurp_file($node->data_dir . '/postgresql.conf') =~ s/^shared_preload_libraries.*$//mgr;
my $file = $node->data_dir . '/postgresql.conf';
unlink $file;
append_to_file($file, $conf);
command_ok([ 'pg_ctl', '-w', '-D', $node->data_dir, '-l', $node->logfile, '-o', '-b', 'start' ], 'binary upgrade mode, not preloaded');
my ($code, $out, $err) = $node->psql('postgres', "LOAD 'opsmon'");
is($code, 0, 'pg_upgrade_can_load_a_library_that_is_not_preloaded') or diag $err;
($code, $out, $err) = $node->psql('postgres', 'SELECT * FROM opsmon.slots');
like($err, qr/was not loaded via "shared_preload_libraries"/, 'and what needs more says so');
command_ok([ 'pg_ctl', '-w', '-D', $node->data_dir, 'stop' ], 'and stops');

done_testing();

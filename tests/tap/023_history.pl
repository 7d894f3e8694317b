# The days of the history: made ahead, dropped as a whole, never at the cost of a reader; left out of dumps,
# gone with the extension.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', "max_locks_per_transaction = 256\n");
sub value { return $node->safe_psql('postgres', $_[0]); }
sub wait_for { $node->poll_query_until('postgres', $_[0]) or die "timed out waiting for $_[0]"; return; }

# The history is tidied once a minute, and when the sampler has started anew.
sub tidy {
    my $pid = worker_pid($node, 'sampler');
    kill 'TERM', $pid;
    wait_for_new_worker($node, 'sampler', $pid);
    return wait_until($node, q{recorder = 'recording'});
}

# --- made ahead ----------------------------------------------------------------------------------------------
my $days = q{SELECT string_agg((day - (now() AT TIME ZONE 'UTC')::date)::text, ' ' ORDER BY day) FROM opsmon.history_days};
wait_for("SELECT ($days('history_samples')) = '0 1' AND ($days('history_minutes')) ~ '1\$'");
pass('today_and_tomorrow_have_their_partitions');
is(value(q{SELECT count(*) FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
            WHERE p.relname IN ('history_samples', 'history_minutes') AND p.relkind = 'p'
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = i.inhrelid AND d.deptype = 'e')}),
    '0', 'every_partition_belongs_to_the_extension');

# --- rolled up -----------------------------------------------------------------------------------------------
$node->safe_psql('postgres', q{
    DO $$ DECLARE day date; BEGIN
        FOR i IN 0..34 LOOP
            day := (now() AT TIME ZONE 'UTC')::date - i;
            PERFORM opsmon.make_history_day('history_samples', day);
            PERFORM opsmon.make_history_day('history_minutes', day);
        END LOOP;
    END $$});
# an hour of yesterday, from a sample of now
$node->safe_psql('postgres', q{
    CREATE TEMP TABLE one AS SELECT * FROM opsmon.history_samples ORDER BY sampled_at LIMIT 1;
    INSERT INTO opsmon.history_samples
    SELECT (json_populate_record(one, json_build_object('sampled_at',
               date_bin('1 hour', one.sampled_at, '2000-01-01 00:00+00') - interval '24 hours' + i * interval '10 seconds'))).*
      FROM one, generate_series(0, 359) i});
tidy();
wait_for(q{SELECT count(*) = 60 AND sum(samples) = 360 FROM opsmon.history_minutes WHERE at < now() - interval '12 hours'});
pass('whole_minutes_are_rolled_up');
wait_for(q{SELECT count(*) = 1 AND sum(samples) = 360 FROM opsmon.history_hours});
pass('whole_hours_too');
tidy();
is(value(q{SELECT count(*), sum(samples) FROM opsmon.history_minutes WHERE at < now() - interval '12 hours'}),
    '60|360', 'and_each_once');

# --- dropped -------------------------------------------------------------------------------------------------
my $oldest = q{SELECT min(day) - (now() AT TIME ZONE 'UTC')::date FROM opsmon.history_days};
wait_for("SELECT ($oldest('history_samples')) = -30 AND ($oldest('history_minutes')) = -30");
pass('days_older_than_the_retention_are_dropped');

# Somebody reads, for long: the days stay, and nobody waits for anybody.
my $reader = $node->background_psql('postgres');
$reader->query_safe('BEGIN; SELECT count(*) FROM opsmon.history_wal');
$node->safe_psql('postgres', q{ALTER SYSTEM SET opsmon.history_retention = '25d'});
$node->reload;
my $failures = status($node, 'recorder_failures');
my $rows = value('SELECT count(*) FROM opsmon.history_samples');
tidy();
for (1 .. 20) {
    is(value('SELECT count(*) FROM pg_locks WHERE NOT granted'), '0', 'nobody_waits_for_a_lock') or last;
}
wait_for("SELECT count(*) > $rows + 5 FROM opsmon.history_samples");
is(value("$oldest('history_samples')"), '-30', 'a_day_that_is_read_stays');
is(status($node, 'recorder_failures'), $failures, 'which_is_no_failure');
is($reader->query_safe('SELECT count(*) > 0 FROM opsmon.history_wal'), 't', 'the reader reads on');

# A day can be made meanwhile, and read.
$node->safe_psql('postgres', q{SET lock_timeout = '50ms'; SELECT opsmon.make_history_day('history_samples', '2040-01-01')});
pass('a_day_is_made_beside_a_long_reader');
$node->safe_psql('postgres', q{SELECT opsmon.drop_history_day('history_samples', 'history_samples_20400101')});
is(value(q{SELECT count(*) FROM opsmon.history_days('history_samples') WHERE day = '2040-01-01'}), '1',
    'and_not_dropped_beside_it');
$reader->query_safe('COMMIT');
# It does not wait, and the recorder writes a row just now and then.
wait_for(q{SELECT opsmon.drop_history_day('history_samples', 'history_samples_20400101')});
pass('but_afterwards');

# The other way round: a session that wants the table for itself waits for no transaction of the recorder.
tidy();
wait_for("SELECT ($oldest('history_samples')) = -25 AND ($oldest('history_minutes')) = -25");
pass('the_days_go_when_the_reader_has_gone');
$reader->query_safe(q{SET lock_timeout = '2s'});
for (1 .. 10) {
    $reader->query_safe('BEGIN; LOCK TABLE opsmon.history_samples IN ACCESS EXCLUSIVE MODE; COMMIT');
}
pass('the_recorder_never_holds_up_a_lock_for_long');
$reader->quit;

# --- nobody else's code --------------------------------------------------------------------------------------
$node->safe_psql('postgres', q{
    CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no DDL here'; END$$;
    SET session_replication_role = replica;
    SELECT opsmon.drop_history_day('history_samples', d.partition) FROM opsmon.history_days('history_samples') d
     ORDER BY d.day DESC LIMIT 1;
    RESET session_replication_role;
    CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()});
tidy();
wait_for("SELECT ($days('history_samples')) ~ ' 0 1\$'");
pass('an_event_trigger_does_not_keep_the_sampler_from_making_days');
$node->safe_psql('postgres', 'DROP EVENT TRIGGER refuse');

# Somebody was given everything on whatever superusers create.
$node->safe_psql('postgres', q{
    CREATE ROLE app LOGIN;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app, PUBLIC;
    SELECT opsmon.drop_history_day('history_samples', d.partition) FROM opsmon.history_days('history_samples') d
     ORDER BY d.day DESC LIMIT 1});
tidy();
wait_for("SELECT ($days('history_samples')) ~ ' 0 1\$'");
is(value(q{SELECT count(*) FROM opsmon.history_days('history_samples') d
            WHERE has_table_privilege('app', 'opsmon.' || d.partition, 'SELECT, INSERT, UPDATE, DELETE, TRIGGER')}),
    '0', 'default_privileges_give_nobody_a_hold_on_a_new_day');
$node->safe_psql('postgres', 'ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM app, PUBLIC');

# --- dump and drop -------------------------------------------------------------------------------------------
my $dump = "$PostgreSQL::Test::Utils::tmp_check/dump.sql";
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
unlike(slurp_file($dump), qr/history_(samples|minutes)_\d|COPY opsmon\.history/, 'a_dump_has_no_history_in_it');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'and can be restored');
is($node->safe_psql('restored', 'SELECT count(*) FROM opsmon.history_wal'), '0', 'with_an_empty_history');
$node->append_conf('postgresql.conf', "opsmon.database = 'restored'\n");
$node->reload;
$node->poll_query_until('restored', 'SELECT count(*) > 1 FROM opsmon.history_wal') or die 'timed out';
pass('which_is_written_from_then_on');

$node->safe_psql('postgres', 'DROP EXTENSION opsmon');
is(value(q{SELECT count(*) FROM pg_namespace WHERE nspname = 'opsmon'}) . value(q{SELECT count(*) FROM pg_class WHERE relname LIKE 'history%'}),
    '00', 'the_extension_can_be_dropped_and_takes_its_days_along');

$node->stop;
done_testing();

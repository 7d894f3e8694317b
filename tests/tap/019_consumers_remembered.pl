# What is known of consumers stays known: over restarts, crashes, promotions and dumps, without false alarms; what people
# say is theirs; and the remembering costs next to nothing and is in nobody's way.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $primary = start_primary('primary', "opsmon.consumer_grace = 1s\nwal_keep_size = 512MB\n");
sub sql { return $primary->safe_psql('postgres', $_[0]) }
sub samples { # so many more, of those that are learned from
    my ($node, $count) = @_;
    my $ticks = status($node, 'sampler_ticks');
    return wait_until($node, "sampler_ticks > $ticks + $count");
}
sub settled {
    my ($node) = @_;
    return wait_until($node, q{greatest(began_at, (SELECT started_at FROM opsmon.live_workers() WHERE worker = 'guard')) < now() - interval '11 s'}, 'consumer_watch');
}
my $events = q{SELECT coalesce(string_agg(name || ' ' || event, ', ' ORDER BY at, name), '') FROM opsmon.consumer_events};

my $user = sql('SELECT quote_ident(current_user)');
my $roaming = "roaming $user\@local"; # streams without a slot
$primary->backup('base');
my $roam = PostgreSQL::Test::Cluster->new('roaming');
$roam->init_from_backup($primary, 'base', has_streaming => 1);
$roam->start;
my $fixed = new_standby($primary, 'fixed');
wait_until($primary, qq{name = '$_' AND state = 'present'}, 'consumers') for $roaming, 'fixed';
sql(q{UPDATE opsmon.consumers SET owner = 'dba', expected = true, policy = 'protect' WHERE name = 'fixed'});
sql(q{INSERT INTO opsmon.consumers (name, policy, owner) VALUES ('announced', 'expendable', 'etl')});
settled($primary);
my $before = sql($events);
unlike($before, qr/vanished/, 'nobody is missed so far');

# Nothing to tell: nothing is written, sample after sample.
sub written { return sql(q{SELECT pg_stat_get_tuples_inserted(c) + pg_stat_get_tuples_updated(c) + pg_stat_get_tuples_deleted(c) FROM (SELECT 'opsmon.consumers'::regclass::oid) t(c)}) }
samples($primary, 5); # the statistics of the last change arrive
my $written = written();
samples($primary, 20);
is(written(), $written, 'a_sample_with_nothing_new_writes_nothing');

# What the learner notes does not hold up the guard, what people say does: seen while nobody reads policies.
my $sampler = worker_pid($primary, 'sampler');
kill 'STOP', $sampler;
sql(q{SET session_replication_role = replica; UPDATE opsmon.consumers SET last_seen = now(), state = state, held_bytes_max = 0, application_name = 'x'});
is(sql(q{SELECT count(*) FROM opsmon.guard_plan WHERE why ~ 'not loaded'}), '0', 'what_is_learned_does_not_hold_up_the_guard');
sql(q{UPDATE opsmon.consumers SET policy = 'ask' WHERE name = 'announced'});
wait_until($primary, q{target = 'fixed' AND why ~ 'not loaded'}, 'guard_plan');
pass('and_what_people_say_does');
kill 'CONT', $sampler;
wait_until($primary, q{target = 'fixed' AND why = 'protected'}, 'guard_plan');

# A table that somebody holds locked costs what is learned, and neither samples nor history.
my $log_before = -s $primary->logfile; # it may be told of before the LOCK has returned here
my $locker = $primary->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE opsmon.consumers');
my $failures = sql('SELECT failures FROM opsmon.live_learner()');
wait_until($primary, "failures > $failures + 2 AND last_error ~ 'lock timeout'", 'live_learner()');
my $rows = sql('SELECT count(*) FROM opsmon.history_wal');
$primary->poll_query_until('postgres', "SELECT count(*) > $rows + 2 FROM opsmon.history_wal") or die 'timed out';
is(status($primary, 'recorder'), 'recording', 'a_locked_table_costs_no_history');
my @of_learner = grep { /opsmon|consumer|lock/ } split /\n/, slurp_file($primary->logfile, $log_before);
is(scalar(grep { /LOG:  opsmon sampler: somebody holds a lock it needs, it tries again: canceling statement due to lock timeout/ } @of_learner), 1, 'and_the_log_one_line');
is(scalar(grep { /consumer_changes|judge_consumers|CONTEXT|ERROR/ } @of_learner), 0, 'without the SQL that waited');
$locker->query_safe('COMMIT');
$locker->quit;
wait_until($primary, 'last_error IS NULL', 'live_learner()');

# One row that somebody is changing waits, the others do not.
$sampler = worker_pid($primary, 'sampler');
kill 'STOP', $sampler;
sql(q{UPDATE opsmon.consumers SET last_seen = last_seen - interval '2 hours' WHERE last_seen IS NOT NULL});
$locker = $primary->background_psql('postgres');
$locker->query_safe(q{BEGIN; UPDATE opsmon.consumers SET note = 'Berlin' WHERE name = 'fixed'});
kill 'CONT', $sampler;
wait_until($primary, qq{name = '$roaming' AND last_seen > now() - interval '1 hour'}, 'consumers');
samples($primary, 2);
is(sql(q{SELECT c.last_seen < now() - interval '1 hour', l.last_error IS NULL FROM opsmon.consumers c, opsmon.live_learner() l WHERE name = 'fixed'}), 't|t',
    'a_row_that_somebody_is_changing_holds_up_no_other');
$locker->query_safe('COMMIT');
$locker->quit;
wait_until($primary, q{name = 'fixed' AND last_seen > now() - interval '1 hour' AND note = 'Berlin'}, 'consumers');

# Who announces somebody at the moment he is learned is not refused.
for my $i (1 .. 25) { # over the time of a sample and a look of the guard
    sql("SELECT pg_create_physical_replication_slot('twice', true)");
    is(($primary->psql('postgres', "SELECT pg_sleep(0.012 * $i); INSERT INTO opsmon.consumers (name) VALUES ('twice')"))[0], 0, 'an announcement is never a duplicate');
    sql(q{SELECT pg_drop_replication_slot('twice'); DELETE FROM opsmon.consumers WHERE name = 'twice'});
}
$primary->poll_query_until('postgres', q{SELECT count(*) = 0 FROM opsmon.slots WHERE slot_name = 'twice'}) or die 'timed out';
samples($primary, 2);
sql(q{DELETE FROM opsmon.consumers WHERE name = 'twice'; DELETE FROM opsmon.consumer_events WHERE name = 'twice'});

# Restart and crash: everybody reconnects, nobody was gone.
$primary->restart;
wait_until($primary, qq{name = '$_' AND state = 'present' AND connected}, 'consumer_status') for $roaming, 'fixed';
vanish($primary) or die 'the primary is still there';
$primary->start;
wait_until($primary, qq{name = '$_' AND state = 'present' AND connected}, 'consumer_status') for $roaming, 'fixed';
settled($primary);
samples($primary, 3);
is(sql($events), $before, 'neither_a_restart_nor_a_crash_is_an_event_of_a_consumer');

# It goes while the server is down: nobody ever saw that, and it is known all the same.
$primary->stop;
vanish($roam) or die 'the standby is still there';
$primary->start;
wait_until($primary, q{guard_ticks > 0 AND sampler_ticks > 3});
is(sql(qq{SELECT state FROM opsmon.consumers WHERE name = '$roaming'}), 'present', 'after_a_start_it_is_given_time_to_come_back');
wait_until($primary, qq{name = '$roaming' AND event = 'vanished'}, 'consumer_events');
pass('who_went_while_the_server_was_down_is_missed');
like(sql($events), qr/^\Q$before\E, \Q$roaming\E vanished$/, 'and nobody else');

# Dumped and restored: what people said, and what was learned; and no alarm comes of it.
sql('CREATE DATABASE restored');
my $dump = PostgreSQL::Test::Utils::tempdir . '/dump.sql';
command_ok([ 'pg_dump', '-d', $primary->connstr('postgres'), '-f', $dump ], 'dumped');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $primary->connstr('restored'), '-f', $dump ], 'restored');
my $rows_of = q{SELECT string_agg(concat_ws('|', kind, name, policy, owner, expected, updated_at, first_seen), E'\n' ORDER BY kind, name) FROM opsmon.consumers};
is($primary->safe_psql('restored', $rows_of), sql($rows_of), 'a_dump_keeps_what_people_said_and_what_was_learned');
is($primary->safe_psql('restored', 'SELECT count(*) FROM opsmon.consumer_watch'), '0', 'and not whose consumers they are');
$primary->append_conf('postgresql.conf', "opsmon.database = 'restored'\n");
$primary->reload;
$primary->poll_query_until('restored', q{SELECT count(*) = 1 FROM opsmon.consumers, opsmon.consumer_watch WHERE name = 'fixed' AND state = 'present'}) or die 'timed out';
is($primary->safe_psql('restored', q{SELECT state IS NULL, first_seen IS NOT NULL FROM opsmon.consumers WHERE name ~ '^roaming'}), 't|t',
    'who is not there counts as not seen yet');
is($primary->safe_psql('restored', 'SELECT count(*) FROM opsmon.consumer_events'), '0', 'a_restored_inventory_raises_no_alarm');
is($primary->safe_psql('restored', q{SELECT policy, owner FROM opsmon.consumers WHERE name = 'fixed'}), 'protect|dba', 'and says what it said');
$primary->append_conf('postgresql.conf', "opsmon.database = 'postgres'\n");
$primary->reload;
wait_until($primary, q{recorder = 'recording'});

# There is room for a thousand that nobody wrote in; then those make room first that were there for the shortest time.
sql(q{SET session_replication_role = replica; INSERT INTO opsmon.consumers (kind, name, updated_at, state, state_since, first_seen, last_seen)
      SELECT 'standby', 'passer-by ' || i, NULL, 'vanished', now(), now() - make_interval(secs => i), now() FROM generate_series(1, 1000) i});
sql(q{SELECT pg_create_physical_replication_slot('late', true)});
wait_until($primary, q{name = 'late' AND state = 'idle' AND NOT learned}, 'consumer_status');
pass('whom_there_is_no_room_for_is_seen_all_the_same');
sql(q{UPDATE opsmon.consumers SET last_seen = last_seen - interval '2 hours' WHERE name = 'fixed'}); # an hour has turned
wait_until($primary, q{name = 'late' AND learned}, 'consumer_status');
is(sql(qq{SELECT count(*) FROM opsmon.consumers WHERE name IN ('passer-by 1', 'passer-by 2')}), '0', 'those_seen_for_the_shortest_time_make_room');
is(sql(qq{SELECT count(*) FROM opsmon.consumers WHERE name IN ('passer-by 1000', 'fixed', 'announced')}), '3', 'and_no_others');
sql(q{SET session_replication_role = replica; UPDATE opsmon.consumers SET state_since = now() - interval '91 days' WHERE name ~ '^passer'});
for (1 .. 12) {
    sql(q{UPDATE opsmon.consumers SET last_seen = last_seen - interval '2 hours' WHERE name = 'fixed'});
    samples($primary, 1);
    last if sql(q{SELECT count(*) FROM opsmon.consumers WHERE name ~ '^passer'}) eq '0';
}
is(sql(q{SELECT count(*) FROM opsmon.consumers WHERE name ~ '^passer'}), '0', 'who_is_gone_for_long_is_forgotten');

# Promotion: the consumers of the old primary are given time to come, then those that did not are missed.
$primary->wait_for_catchup($fixed, 'replay');
$primary->stop;
$fixed->promote;
wait_until($fixed, q{timeline = 2}, 'consumer_watch');
samples($fixed, 5);
is($fixed->safe_psql('postgres', q{SELECT state FROM opsmon.consumers WHERE name = 'late'}), 'idle', 'after_a_promotion_nobody_is_missed_at_once');
$fixed->poll_query_until('postgres', q{SELECT count(*) = 1 FROM opsmon.consumer_events WHERE name = 'late' AND event = 'dropped'}) or die 'timed out';
pass('whose_slot_is_not_there_is_missed_in_the_end');
is($fixed->safe_psql('postgres', q{SELECT policy, owner FROM opsmon.consumers WHERE name = 'fixed'}), 'protect|dba', 'what people said has come along');

$fixed->stop;
done_testing();

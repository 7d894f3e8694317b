# What the sidecar tells of Slony-I stays known: told by a role with no right on any table, over restarts, on standbys and
# in dumps, without a word written where nothing is new; and what is to be typed works for any name.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use SlonyTold;

my $primary = start_primary('primary', "opsmon.consumer_grace = 1s\n");
sub sql { return $primary->safe_psql('postgres', $_[0]) }
create_sidecar_role($primary);

my @gone = gone_node();
sub learn { return learn_slony($primary, @_) }
sub state_of {
    my ($name, $node) = @_;
    return ($node // $primary)->safe_psql('postgres', "SELECT state FROM opsmon.consumer_status WHERE kind = 'slony_node' AND name = '$name'");
}
my $events = q{SELECT coalesce(string_agg(name || ' ' || event, ', ' ORDER BY at, name), '') FROM opsmon.consumer_events WHERE kind = 'slony_node'};
sub samples {
    my ($count) = @_;
    my $ticks = status($primary, 'sampler_ticks');
    return wait_until($primary, "sampler_ticks > $ticks + $count");
}

is(learn(told(1), told(2), told(3)), '3', 'a_role_with_no_right_on_a_table_may_tell');
my ($code, undef, $error) = as_sidecar($primary, q{UPDATE opsmon.slony_nodes SET held_bytes = 0});
like($error, qr/permission denied/, 'and write nothing by itself');
is(sql($events), 'production.1@app appeared, production.2@app appeared, production.3@app appeared', 'nodes_are_learned_once');

# Nothing new: not even a transaction id is taken, so nothing is in the WAL. (At the turn of an hour once more.)
my $written = '';
for my $try (1 .. 2) {
    $written = (as_sidecar($primary, 'BEGIN; ' . join('; ', map { told_statement(told(1), told(2, lag_seconds => $_, heartbeat_age => $_ / 10, slon_backends => 3, held_bytes => $_ * 1000), told(3)) } 1 .. 20)
          . '; SELECT pg_current_xact_id_if_assigned() IS NULL; COMMIT'))[1];
    last if $written =~ /t$/;
}
like($written, qr/^(?:0\n){20}t$/, 'what_is_told_and_is_no_news_writes_nothing');

# The learner of WAL consumers sees nobody of that name, and draws no conclusion from it.
wait_until($primary, q{greatest(began_at, (SELECT started_at FROM opsmon.live_workers() WHERE worker = 'guard')) < now() - interval '11 s'}, 'consumer_watch');
samples(5);
is(sql(q{SELECT string_agg(DISTINCT state, ' ') FROM opsmon.consumers WHERE kind = 'slony_node'}), 'present', 'the_learner_of_wal_consumers_leaves_nodes_alone');
is(sql(q{SELECT count(*) FROM opsmon.guard_plan WHERE target ~ 'production'}), '0', 'and_the_guard_knows_no_node');

# One goes. A restart of its slon is no absence; two minutes of it (four times the grace) are.
learn(told(1), told(2, @gone), told(3));
is(state_of('production.2@app'), 'missing', 'who is away is missing at first');
learn(told(1), told(2), told(3));
unlike(sql($events), qr/vanished/, 'a_slon_that_restarts_is_no_event');
learn(told(1), told(2, @gone), told(3));
wait_until($primary, q{name = 'production.2@app' AND state = 'missing' AND state_since < clock_timestamp() - interval '4 s'}, 'consumers');
learn(told(1), told(2, @gone), told(3));
like(sql($events), qr/production\.2\@app vanished$/, 'a_node_that_stays_away_is_an_event');
is(sql(q{SELECT count(*) FROM opsmon.slony_remedy() WHERE node = 2 AND verdict ~ '^gone, and may be dropped: .*; 212 MB of sl_log are kept for it alone$' AND why_not = '{}' AND held_bytes = 222298112}), '1',
    'and_may_be_dropped');

# After a start of the server nobody has told anything yet: it is neither well nor gone.
my $before = sql($events);
$primary->restart;
wait_until($primary, q{sampler_ticks > 3});
is(state_of('production.1@app'), 'not told', 'what_nobody_told_since_the_start_is_not_known');
is(sql(q{SELECT held_bytes IS NULL, connected FROM opsmon.consumer_status WHERE name = 'production.2@app'}), 't|f', 'nor what it holds');
is(sql(q{SELECT string_agg(DISTINCT verdict, ' ') || ' ' || bool_and('how it is now is not known' = ANY (why_not)) FROM opsmon.slony_remedy()}),
    'not known: the sidecar has told nothing since the server started true', 'and_nothing_may_be_dropped');
learn(told(1), told(2, @gone), told(3));
is(state_of($_), $_ =~ /2/ ? 'vanished' : 'present', "$_ is as it was") for map { "production.$_\@app" } 1 .. 3;
is(sql($events), $before, 'a_restart_is_no_event_of_a_node');

# A cluster that cannot be read any more is left out.
learn(told(5, cluster => 'other', local_node => 5));
is(state_of('production.3@app') . ' ' . state_of('other.5@app'), 'not told present', 'a_cluster_that_is_left_out_is_not_known');
is(sql($events), "$before, other.5\@app appeared", 'and that is no event');

# A row that somebody is changing waits, and is told again; a table that is locked costs one telling, whole.
my $locker = $primary->background_psql('postgres');
$locker->query_safe(q{BEGIN; UPDATE opsmon.consumers SET note = 'Berlin' WHERE name = 'production.2@app'});
learn(told(1), told(3));
is(state_of('production.3@app'), 'present', 'a_row_that_somebody_is_changing_holds_up_no_other');
$locker->query_safe('COMMIT');
learn(told(1), told(3));
is(state_of('production.2@app'), 'dropped', 'and_is_brought_up_to_date_when_he_is_done');
$locker->query_safe('BEGIN; LOCK TABLE opsmon.slony_nodes');
($code, undef, $error) = as_sidecar($primary, told_statement(told(1), told(2), told(3)));
like($error, qr/lock timeout/, 'nobody waits for long');
$locker->query_safe('COMMIT');
$locker->quit;
is(state_of('production.2@app'), 'dropped', 'what_could_not_be_told_is_not_half_told');
learn(told(1), told(2), told(3));
like(sql($events), qr/production\.2\@app dropped, production\.2\@app returned$/, 'a node that is stored again has returned');

# A standby remembers nothing, and says whom to ask.
sql(q{UPDATE opsmon.consumers SET owner = 'reports', policy = 'protect' WHERE name = 'production.2@app'});
my $standby = new_standby($primary, 'standby');
$primary->wait_for_catchup($standby, 'replay');
($code, undef, $error) = as_sidecar($standby, told_statement(told(1)));
like($error, qr/a standby remembers nothing of Slony-I.*Tell its primary/s, 'a_standby_is_not_told');
is(state_of('production.2@app', $standby), 'elsewhere', 'nodes are the primary\'s there');
is($standby->safe_psql('postgres', q{SELECT DISTINCT verdict FROM opsmon.slony_remedy()}), 'not known: this is a standby; ask the primary', 'and so is the remedy');

# A dump keeps what people said; what was told was about another server.
sql('CREATE DATABASE restored');
my $dump = PostgreSQL::Test::Utils::tempdir . '/dump.sql';
command_ok([ 'pg_dump', '-d', $primary->connstr('postgres'), '-f', $dump ], 'dumped');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $primary->connstr('restored'), '-f', $dump ], 'restored');
is($primary->safe_psql('restored', q{SELECT owner, policy, state FROM opsmon.consumer_status WHERE name = 'production.2@app'}), 'reports|protect|not told',
    'a_dump_keeps_what_people_said_of_a_node');
is($primary->safe_psql('restored', 'SELECT (SELECT count(*) FROM opsmon.slony_nodes) + (SELECT count(*) FROM opsmon.slony_events)'), '0', 'and not what was told');
$primary->safe_psql('restored', 'DROP EXTENSION opsmon');
is($primary->safe_psql('restored', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'opsmon'}), '0', 'DROP EXTENSION leaves nothing behind');

# What is to be typed, in psql, for a cluster of a name that tries to be more than a name.
my $evil = qq{\$\$; "q'u\\o :x %s \$1};
my $schema = '"_' . ($evil =~ s/"/""/gr) . '"';
sql("CREATE DATABASE evil");
$primary->safe_psql('evil', qq{CREATE SCHEMA $schema; CREATE TABLE $schema.sl_event_lock (); CREATE TABLE $schema.sl_config_lock ();
    CREATE TABLE $schema.sl_log_1 (); CREATE TABLE $schema.sl_log_2 (); CREATE TABLE called (what text);
    CREATE FUNCTION $schema.dropNode(int4[]) RETURNS int8 LANGUAGE sql AS 'INSERT INTO called VALUES (''drop '' || \$1::text); SELECT 7::int8';
    CREATE FUNCTION $schema.cleanupEvent(interval) RETURNS int4 LANGUAGE sql AS 'INSERT INTO called VALUES (''clean up '' || \$1); SELECT 0'});
learn(told(1, cluster => $evil, database => "n\new'db"), told(2, cluster => $evil, database => "n\new'db", @gone));
my $script = PostgreSQL::Test::Utils::tempdir . '/drop.sql';
append_to_file($script, sql(q{SELECT sql FROM opsmon.slony_remedy() WHERE node = 2 AND why_not = '{}'}) . "\n");
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', 'x=oops', '-d', $primary->connstr('evil'), '-f', $script ], 'what is to be typed can be typed');
is($primary->safe_psql('evil', 'SELECT string_agg(what, $$; $$) FROM called'), 'drop {2}; clean up 00:00:00', 'any_name_is_only_a_name_in_what_is_to_be_typed');
is(sql(q{SELECT slonik IS NULL FROM opsmon.slony_remedy() WHERE node = 2 AND why_not = '{}'}), 't', 'slonik_could_not_say_it');

# After a promotion the new primary is told.
$primary->wait_for_catchup($standby, 'replay');
$primary->stop;
$standby->promote;
$before = $standby->safe_psql('postgres', $events);
is(state_of('production.2@app', $standby), 'not told', 'a_new_primary_knows_nothing_before_it_is_told');
is((as_sidecar($standby, told_statement(told(1), told(2), told(3))))[0], 0, 'told');
is(state_of('production.2@app', $standby), 'present', 'then it does');
is($standby->safe_psql('postgres', $events), $before, 'and nobody has come or gone');

$standby->stop;
done_testing();

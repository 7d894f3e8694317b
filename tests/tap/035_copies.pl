# Copies of a database or of a whole server with opsmon in it: by template, by logical replication, by
# pg_basebackup started as a primary of its own. And opsmon in two databases of one server.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = new_node('primary', extra => ['--locale=C']);
$node->append_conf('postgresql.conf', "wal_level = logical\nopsmon.database = 'monitored'\nopsmon.consumer_grace = 1s\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE monitored; CREATE EXTENSION opsmon');
sub sql { return $node->safe_psql($_[1] // 'monitored', $_[0]) }
sub wait_in {
    my ($database, $query, $of) = @_;
    return ($of // $node)->poll_query_until($database, $query) || die "timed out: $query";
}
sql(q{CREATE EXTENSION opsmon; CREATE TABLE orders (id int PRIMARY KEY);
    SELECT pg_create_physical_replication_slot('standby_1', true);
    INSERT INTO opsmon.consumers (name, policy, note) VALUES ('standby_1', 'protect', 'said here')});
wait_in('monitored', q{SELECT count(*) > 1 FROM opsmon.history_samples});

# --- by template ------------------------------------------------------------------------------------------------
sql('CREATE DATABASE copied TEMPLATE monitored', 'postgres');
is(sql(q{SELECT policy, note FROM opsmon.consumers WHERE name = 'standby_1'}, 'copied'), 'protect|said here', 'a_copy_by_template_has_what_was_said');
is(sql(q{SELECT guard_age < '5s' FROM opsmon.status}, 'copied'), 't', 'and shows the server live');
my $rows = sql('SELECT count(*) FROM opsmon.history_samples', 'copied');
my $there = sql('SELECT count(*) FROM opsmon.history_samples');
wait_in('monitored', "SELECT count(*) > $there + 3 FROM opsmon.history_samples");
is(sql('SELECT count(*) FROM opsmon.history_samples', 'copied'), $rows, 'nobody_writes_into_a_copy');
sql('ALTER EXTENSION opsmon UPDATE; DROP EXTENSION opsmon', 'copied');
is(sql(q{SELECT count(*) FROM pg_namespace WHERE nspname = 'opsmon'}, 'copied'), '0', 'it is dropped from a copy whole');
is(sql('SELECT count(*) > 0 FROM opsmon.consumers'), 't', 'and stays where it was');

# --- in two databases -------------------------------------------------------------------------------------------
my ($code, $out, $err) = $node->psql('postgres', q{INSERT INTO opsmon.consumers (name, policy) VALUES ('standby_1', 'expendable')});
is($code, 0, 'people may write in either database');
like($err, qr/WARNING:  the guard does not read opsmon\.consumers in database "postgres"\nHINT:  It goes by what is said in database "monitored" \(opsmon\.database\)\./,
    'who_speaks_in_the_wrong_database_is_told');
wait_in('monitored', q{SELECT policies_loaded_at > now() - interval '11 s' FROM opsmon.guard_state});
(undef, undef, $err) = $node->psql('postgres', q{SELECT opsmon.evict('standby_1')});
like($err, qr/"standby_1" is protected/, 'the_guard_goes_by_its_own_database');
(undef, undef, $err) = $node->psql('monitored', q{UPDATE opsmon.consumers SET note = 'again'});
is($err, '', 'who speaks in the right one hears nothing');
is(sql('SELECT (SELECT count(*) FROM opsmon.slots) = 1 AND (SELECT count(*) FROM opsmon.history_samples) = 0', 'postgres'), 't', 'live views answer in both, history is in one');
for my $refused ([ 'ALTER EXTENSION opsmon SET SCHEMA public', qr/extension "opsmon" does not support SET SCHEMA/ ],
    [ 'CREATE EXTENSION opsmon', qr/extension "opsmon" already exists/ ],
    [ 'ALTER TABLE opsmon.consumers SET SCHEMA public; DROP EXTENSION opsmon; SELECT 1/0', qr/division by zero/ ]) {
    (undef, undef, $err) = $node->psql('monitored', "BEGIN; $refused->[0]; COMMIT", on_error_stop => 0);
    like($err, $refused->[1], "refused or undone: $refused->[0]");
}
wait_in('monitored', q{SELECT recorder = 'recording' AND guard_age < '5s' FROM opsmon.status});

# --- logical replication ----------------------------------------------------------------------------------------
# What PostgreSQL publishes FOR ALL TABLES, opsmon's are among it; each has a key, so nothing fails for want of one.
sql('CREATE PUBLICATION everything FOR ALL TABLES; CREATE PUBLICATION ours FOR TABLES IN SCHEMA public');
is(sql(q{SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'opsmon'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)}), '0', 'every_table_has_a_key');
is(sql(q{SELECT count(*) > 5 FROM pg_publication_tables WHERE pubname = 'everything' AND schemaname = 'opsmon'}), 't', 'for_all_tables_publishes_opsmon_too');
is(sql(q{SELECT string_agg(tablename, ' ') FROM pg_publication_tables WHERE pubname = 'ours'}), 'orders', 'for_tables_in_schema_does_not');
is(sql(q{SELECT count(*) FROM opsmon.advice WHERE setting = 'opsmon.database' AND reason ~ 'publication everything is FOR ALL TABLES'}), '1', 'and opsmon.advice says so');
my $failures = sql('SELECT recorder_failures FROM opsmon.status');
$there = sql('SELECT count(*) FROM opsmon.history_samples');
wait_in('monitored', "SELECT count(*) > $there + 3 FROM opsmon.history_samples");
sql(q{UPDATE opsmon.consumers SET note = 'published'; SELECT opsmon.tidy_history(60)});
is(sql('SELECT recorder_failures FROM opsmon.status'), $failures, 'what_is_published_is_written_as_before');

# A subscriber with opsmon of its own: ours only, and both go on.
my $subscriber = new_node('subscriber');
$subscriber->append_conf('postgresql.conf', "wal_level = logical\n");
$subscriber->start;
$subscriber->safe_psql('postgres', q{CREATE EXTENSION opsmon; CREATE TABLE orders (id int PRIMARY KEY)});
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION ours CONNECTION '" . ($node->connstr('monitored') =~ s/'/''/gr) . "' PUBLICATION ours");
sql('INSERT INTO orders VALUES (1)');
wait_in('postgres', 'SELECT count(*) = 1 FROM orders', $subscriber);
wait_in('postgres', q{SELECT recorder = 'recording' FROM opsmon.status}, $subscriber);
pass('a_subscriber_has_its_own_opsmon');
wait_in('monitored', q{SELECT count(*) = 1 FROM opsmon.consumer_status WHERE name = 'ours' AND connected});
pass('and is a consumer of ours');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION ours');
$subscriber->stop;

# --- a copy of the whole server ---------------------------------------------------------------------------------
sql(q{SELECT pg_create_physical_replication_slot('standby_2', true)});
wait_in('monitored', q{SELECT count(*) = 1 FROM opsmon.consumer_events WHERE name = 'standby_2' AND event = 'appeared'});
$node->backup('copy');
my $events = sql('SELECT count(*) FROM opsmon.consumer_events');
my $copy = PostgreSQL::Test::Cluster->new('copy');
$copy->init_from_backup($node, 'copy');
$copy->append_conf('postgresql.conf', "opsmon.guard = 'enforce'\n");
$copy->start;
wait_in('monitored', q{SELECT recorder = 'recording' AND guard_age < '5s' FROM opsmon.status}, $copy);
is($copy->safe_psql('monitored', 'SELECT count(*) FROM opsmon.slots'), '0', 'a_copy_has_no_slots');
is($copy->safe_psql('monitored', q{SELECT policy FROM opsmon.consumers WHERE name = 'standby_1'}), 'protect', 'but what was said');
wait_in('monitored', q{SELECT count(*) = 1 FROM opsmon.consumer_events WHERE name = 'standby_2' AND event = 'dropped'}, $copy);
pass('the_inventory_of_a_copy_says_that_their_slots_are_gone');
is($copy->safe_psql('monitored', q{SELECT count(*) FROM opsmon.live_guard_events() WHERE action NOT IN ('rung', 'ballast built')}), '0', 'and_its_guard_does_nothing_about_it');
is(sql(q{SELECT count(*) FROM opsmon.consumer_events WHERE name = 'standby_2' AND event = 'dropped'}), '0', 'the original has not noticed');
$copy->stop;
$node->stop;
done_testing();

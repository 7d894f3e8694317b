# A database with opsmon is dumped and restored: what people said comes along, what was observed stays where it
# was true. Into a server that has opsmon at work, into one where it is not preloaded, and from each release.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $said = q{SELECT kind, name, policy, max_retained, owner, expected, note FROM opsmon.consumers
    WHERE updated_at IS NOT NULL ORDER BY 1, 2};
my $folder = extension_folder();
my ($version) = slurp_file("$folder/opsmon.control") =~ /^default_version = '(.*)'/m;

my $source = start_primary('source', "opsmon.consumer_grace = 1s\n");
$source->safe_psql('postgres', q{
    CREATE ROLE dba LOGIN; CREATE ROLE sidecar LOGIN IN ROLE pg_monitor;
    GRANT USAGE ON SCHEMA opsmon TO dba;
    GRANT EXECUTE ON FUNCTION opsmon.evict(text), opsmon.fence(bool, text) TO dba;
    GRANT EXECUTE ON FUNCTION opsmon.learn_slony(jsonb, jsonb) TO sidecar;
    CREATE TABLE of_the_site (a int); INSERT INTO of_the_site VALUES (1);
    SELECT pg_create_physical_replication_slot('standby_1', true), pg_create_physical_replication_slot('unsaid', true);
    INSERT INTO opsmon.consumers (name, policy, max_retained, owner, expected, note)
    VALUES ('standby_1', 'protect', 1 << 30, 'dba@example.com', true, E'rack 7\nsecond line'),
           ('not_yet_there', 'expendable', NULL, NULL, false, NULL)});
wait_until($source, q{name = 'unsaid' AND event = 'appeared'}, 'consumer_events');
$source->safe_psql('postgres', q{SELECT opsmon.guard_suspend('1 h')});
wait_until($source, q{action = 'suspend'}, 'guard_events');
my $dump = "$PostgreSQL::Test::Utils::tmp_check/opsmon.dump";
$source->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $source->connstr('postgres') ], 'is dumped');
my $whole = $source->safe_psql('postgres', $said);
my $privileges = q{SELECT grantee, object_name, privilege FROM (
    SELECT a.grantee::regrole::text AS grantee, p.proname AS object_name, a.privilege_type AS privilege FROM pg_proc p, aclexplode(p.proacl) a
     WHERE p.pronamespace = 'opsmon'::regnamespace AND a.grantee <> p.proowner) g ORDER BY 1, 2, 3};
my $granted = $source->safe_psql('postgres', $privileges);
$source->stop;

# --- into a server whose workers have opsmon.database, that one, in hand ---------------------------------------
my $target = new_node('target');
$target->append_conf('postgresql.conf', "opsmon.database = 'restored'\nopsmon.consumer_grace = 1s\n");
$target->start;
# Has a slot of a name that people have spoken of: learned before their word arrives, or after.
$target->safe_psql('postgres', q{CREATE ROLE dba LOGIN; CREATE ROLE sidecar LOGIN IN ROLE pg_monitor; CREATE DATABASE restored;
    SELECT pg_create_physical_replication_slot('standby_1', true)});
for my $round (1 .. 5) {
    my ($out, $err) = run_command([ 'pg_restore', '--exit-on-error', '-d', $target->connstr('restored'), $dump ]);
    is($err, '', "is restored without an error while the workers write ($round)");
    is($target->safe_psql('restored', $said), $whole, 'what_people_said_is_restored');
    $target->safe_psql('restored', 'DROP EXTENSION opsmon; DROP TABLE of_the_site') if $round < 5;
}
is($target->safe_psql('restored', $privileges), $granted, 'so_is_who_may_act');
is($target->safe_psql('restored', 'SELECT count(*) FROM of_the_site'), '1', 'and the rest');
is($target->safe_psql('restored', q{SELECT count(*) FROM opsmon.guard_events WHERE action = 'suspend'}), '0', 'what_was_observed_elsewhere_is_not');
$target->poll_query_until('restored', q{SELECT recorder = 'recording' FROM opsmon.status}) or die 'timed out';
$target->poll_query_until('restored', q{SELECT count(*) > 0 FROM opsmon.history_samples}) or die 'timed out';
pass('records_after_a_restore');
$target->poll_query_until('restored', q{SELECT policies_loaded_at > now() - interval '20 s' AND policies >= 2 FROM opsmon.guard_state}) or die 'timed out';
my (undef, undef, $refusal) = $target->psql('restored', q{SELECT opsmon.evict('standby_1')});
like($refusal, qr/"standby_1" is protected/, 'the_guard_goes_by_what_was_restored');
# Who was only learned there is not missed here: he was never here.
$target->poll_query_until('restored', q{SELECT learned_at > clock_timestamp() - interval '2 s' FROM opsmon.live_learner()}) or die 'timed out';
unlike($target->safe_psql('restored', 'SELECT concat(verdict, more) FROM opsmon.status'), qr/unsaid/, 'nobody_of_another_server_is_missed');
is($target->safe_psql('restored', q{SELECT count(*) FROM opsmon.consumer_events WHERE name = 'unsaid' AND event <> 'dropped'}), '0', 'nor told of as present');

# As plain SQL, and into a database that is not the workers'.
my $plain = "$dump.sql";
command_ok([ 'pg_restore', '-f', $plain, $dump ], 'as plain SQL');
$target->safe_psql('postgres', 'CREATE DATABASE aside');
$target->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', $plain, $target->connstr('aside') ], 'is restored beside it');
is($target->safe_psql('aside', $said), $whole, 'with what people said');
$target->stop;

# --- from what was released ------------------------------------------------------------------------------------
my $old = new_node('old');
$old->start;
$old->safe_psql('postgres', q{CREATE ROLE dba LOGIN; CREATE ROLE sidecar});
for my $release (grep { $_ ne $version } map { m{/opsmon--([^-]+)\.sql$} ? $1 : () } glob "$folder/opsmon--*.sql") {
    (my $name = $release) =~ tr/./_/;
    $old->safe_psql('postgres', "CREATE DATABASE from_$name");
    $old->safe_psql('postgres', "CREATE DATABASE to_$name");
    $old->safe_psql("from_$name", "CREATE EXTENSION opsmon VERSION '$release'");
    $old->safe_psql("from_$name", slurp_file("$ENV{OPSMON_RUN}/tests/fixtures/releases/$release.sql"));
    $old->command_ok([ 'pg_dump', '-Fc', '-f', "$dump.$name", $old->connstr("from_$name") ], "$release is dumped");
    $old->command_ok([ 'pg_restore', '--exit-on-error', '-d', $old->connstr("to_$name"), "$dump.$name" ], "$release is restored as $version");
    is($old->safe_psql("to_$name", "SELECT extversion FROM pg_extension WHERE extname = 'opsmon'"), $version, 'it is the newest');
    is($old->safe_psql("to_$name", $said), $old->safe_psql("from_$name", $said), "$release: what_people_said_is_restored");
}
$old->stop;

# --- where opsmon is not preloaded -----------------------------------------------------------------------------
my $bare = PostgreSQL::Test::Cluster->new('bare');
$bare->init;
$bare->append_conf('postgresql.conf', preload_conf() =~ s/^shared_preload_libraries.*\n|^opsmon\..*\n//mgr);
$bare->start;
$bare->safe_psql('postgres', 'CREATE ROLE dba; CREATE ROLE sidecar');
# By pg_restore: psql would take rows for statements after a COPY that failed.
my ($out, $err) = run_command([ 'pg_restore', '-d', $bare->connstr('postgres'), $dump ]);
like($err, qr/ERROR:  opsmon must be loaded via "shared_preload_libraries"\nHINT:  Add opsmon to shared_preload_libraries in postgresql\.conf and restart the server\./,
    'it_is_said_that_opsmon_is_not_preloaded');
is($bare->safe_psql('postgres', 'SELECT count(*) FROM of_the_site'), '1', 'the_rest_of_the_dump_is_restored');
is($bare->safe_psql('postgres', q{SELECT (SELECT count(*) FROM pg_extension WHERE extname = 'opsmon') + (SELECT count(*) FROM pg_namespace WHERE nspname = 'opsmon')}),
    '0', 'nothing_is_half_there');
$bare->stop;
done_testing();

# Library and SQL objects of different releases: after a package was upgraded and before ALTER EXTENSION,
# with new files under an old library, and with a library that was put back. The workers go on, no deed is
# lost, and what to type is said in the log and by the verdict.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $folder = extension_folder();
my ($version) = slurp_file("$folder/opsmon.control") =~ /^default_version = '(.*)'/m;
my @releases = grep { $_ ne $version } map { m{/opsmon--([^-]+)\.sql$} ? $1 : () } glob "$folder/opsmon--*.sql";
my $node = new_node('primary');
$node->start;

sub events {
    return $node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.guard_events');
}

# A deed by hand, and the ledger has it.
my $deeds = 0;
sub deed_is_recorded {
    my ($reason) = @_;
    $node->safe_psql('postgres', "SELECT opsmon.fence(true, '$reason')");
    $node->safe_psql('postgres', 'SELECT opsmon.fence(false)');
    wait_until($node, "action = 'fence' AND outcome = 'done' AND detail = '$reason'", 'guard_events');
    return pass("the_ledger_takes_deeds: $reason");
}

# Every view answers, and so does every function that shows something and needs no argument.
sub everything_answers {
    my ($what) = @_;
    my $queries = $node->safe_psql('postgres', q{
        SELECT format('SELECT count(*) FROM %s;', c.oid::regclass) FROM pg_class c
         WHERE c.relnamespace = 'opsmon'::regnamespace AND c.relkind IN ('r', 'p', 'v')
        UNION ALL
        SELECT format('SELECT count(*) FROM opsmon.%I();', p.proname) FROM pg_proc p
         WHERE p.pronamespace = 'opsmon'::regnamespace AND p.proname ~ '^live_'
           AND p.pronargs = p.pronargdefaults});
    my ($code, $out, $err) = $node->psql('postgres', $queries);
    return is($err, '', "every_view_answers: $what");
}

# --- new library, old objects ---------------------------------------------------------------------------------
for my $release (@releases) {
    my $position = -s $node->logfile;
    $node->safe_psql('postgres', "CREATE EXTENSION opsmon VERSION '$release'");
    wait_until($node, q{recorder = 'recording' AND guard_ticks > 0});
    wait_until($node, "severity = 'warning' AND concat(verdict, '; ', more) LIKE
        '%database postgres are of opsmon $release, the library is $version: run ALTER EXTENSION opsmon UPDATE there%'");
    pass("$release: the_verdict_says_what_to_type");
    ok($node->wait_for_log(qr/SQL objects in database "postgres" are of opsmon \Q$release\E, the library is \Q$version\E/, $position),
        "$release: so_does_the_log");
    like(log_since($node, $position), qr/HINT:  ALTER EXTENSION opsmon UPDATE/, 'and what to type');
    deed_is_recorded("with objects of $release");
    everything_answers("objects of $release");
    my $failures = status($node, 'recorder_failures');
    my $ticks = status($node, 'sampler_ticks');
    wait_until($node, "sampler_ticks > $ticks + 3");
    is(status($node, 'recorder_failures'), $failures, "$release: the_workers_go_on");
    is(status($node, 'sampler_last_error IS NULL AND guard_last_error IS NULL AND recorder_last_error IS NULL'), 't', 'and complain of nothing');
    is($node->safe_psql('postgres', 'SELECT last_error FROM opsmon.live_learner()'), '', 'nor does the learner');

    my ($before, $sampler) = (events(), worker_pid($node, 'sampler'));
    $node->safe_psql('postgres', 'ALTER EXTENSION opsmon UPDATE');
    wait_until($node, q{concat(verdict, more) !~ 'ALTER EXTENSION'});
    pass("$release: the_verdict_is_content_after_the_upgrade");
    cmp_ok(events(), '>=', $before, 'the ledger has lost nothing');
    deed_is_recorded("after the upgrade from $release");
    is($node->safe_psql('postgres', q{SELECT client || ' ' || (pid > 0) FROM opsmon.guard_events WHERE detail LIKE 'after the upgrade%'}),
        'local true', 'and the ledger knows from where');
    is(worker_pid($node, 'sampler'), $sampler, 'the sampler has lived through it');
    $node->safe_psql('postgres', 'DROP EXTENSION opsmon');
}

# --- new files, old library -----------------------------------------------------------------------------------
# A release of the future: what the server has loaded is older.
my $script = slurp_file("$folder/opsmon--$version.sql");
my @made = ("$folder/opsmon--99.0.0.sql", "$folder/opsmon--$version--99.0.0.sql", "$folder/opsmon--98.0.0.sql");
append_to_file($made[0], $script);
my ($check) = $script =~ /^(DO \$\$\nDECLARE\n    sql CONSTANT text.*?^\$\$;\n)/ms;
append_to_file($made[1], $check . "ALTER TABLE opsmon.guard_events ADD COLUMN x int;\n");
for my $case ([ q{CREATE EXTENSION opsmon VERSION '99.0.0'}, 'is_not_created' ],
    [ qq{CREATE EXTENSION opsmon VERSION '$version'; ALTER EXTENSION opsmon UPDATE TO '99.0.0'}, 'is_not_upgraded' ]) {
    my ($code, $out, $err) = $node->psql('postgres', $case->[0]);
    like($err, qr/ERROR:  opsmon 99\.0\.0 needs its library, and the server has loaded that of \Q$version\E/, "what_needs_a_newer_library_$case->[1]");
    like($err, qr/HINT:  Restart the server, then try again\./, 'and it is said what to do');
}
is($node->safe_psql('postgres', q{SELECT extversion FROM pg_extension WHERE extname = 'opsmon'}), $version, 'it is as it was');
wait_until($node, q{recorder = 'recording'});
everything_answers('after an upgrade that was refused');
$node->safe_psql('postgres', 'DROP EXTENSION opsmon');

# --- new objects, and the library was put back ----------------------------------------------------------------
# They have a column, a function and a recorder that this library does not know.
$script =~ s/\Q$check\E//;
$script =~ s/(OUT client text, OUT application_name text, OUT pid int4)\)/$1, OUT later text)/ or die;
$script =~ s/(detail text, acted_as text, client text, application_name text, pid int4),/$1, later text,/ or die;
append_to_file($made[2], $script);
my $position = -s $node->logfile;
$node->safe_psql('postgres', q{CREATE EXTENSION opsmon VERSION '98.0.0'});
wait_until($node, "concat(verdict, '; ', more) LIKE '%loaded the library of opsmon $version, the SQL objects in database postgres are of 98.0.0: restart it with that library%'");
pass('the_verdict_says_that_the_library_is_older');
ok($node->wait_for_log(qr/library of opsmon \Q$version\E is loaded, the SQL objects in database "postgres" are of 98\.0\.0/, $position), 'so does the log');
deed_is_recorded('with objects of the future');
is($node->safe_psql('postgres', q{SELECT later IS NULL AND client = 'local' FROM opsmon.guard_events WHERE detail = 'with objects of the future'}), 't',
    'what_the_library_does_not_know_is_null');
everything_answers('objects of the future');

# What it does not know at all fails by itself, and says so; nobody else notices.
$node->safe_psql('postgres', q{SET allow_system_table_mods = on;
    UPDATE pg_proc SET prosrc = 'opsmon_of_later' WHERE oid = 'opsmon.live_guard_events()'::regprocedure});
wait_until($node, q{recorder = 'failing' AND recorder_last_error LIKE '%opsmon_of_later%'});
wait_until($node, q{guard_age < '5s' AND sampler_age < '5s' AND concat(verdict, more) LIKE '%restart it with that library%'});
pass('a_function_the_library_has_not_fails_alone');
unlink @made;
is(scalar(() = log_since($node, 0) =~ /was terminated by signal|server process .* exited/g), 0, 'nothing has crashed');

$node->stop;
done_testing();

# The sidecar with the SQL objects of every release there was: it shows all it shows with those of today, tells of
# Slony-I and its ledger, and says that an upgrade is half done; when it is done, that is over by itself.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

my $folder = extension_folder();
my ($version) = slurp_file("$folder/opsmon.control") =~ /^default_version = '(.*)'/m;
my @releases = grep { $_ ne $version } map { m{/opsmon--([^-]+)\.sql$} ? $1 : () } glob "$folder/opsmon--*.sql";
my $node = new_node('primary');
$node->start;
$node->safe_psql('postgres', q{CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor;
    SELECT pg_create_physical_replication_slot('standby_1', true)});

# Names of the series the database gives; which of them have a value of their own in the moment does not matter.
my %of_the_moment = map { ($_ => 1) } qw(opsmon_versions_apart opsmon_collector_last_error);
sub names {
    my ($sidecar) = @_;
    my %seen;
    my $text = metrics($sidecar);
    $seen{$1}++ while $text =~ /^((?:postgresql|opsmon_recorder|opsmon_omitted|opsmon_worker)\w*)/mg;
    return join ' ', sort grep { !$of_the_moment{$_} } keys %seen;
}

# Somebody holds back the horizon all the while: its metrics are there, or are not, with every version.
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current()');
for my $release (@releases) {
    $node->safe_psql('postgres', "CREATE EXTENSION opsmon VERSION '$release'");
    wait_until($node, q{recorder = 'recording' AND guard_ticks > 0});
    my $sidecar = start_sidecar(sidecar_conf($node));
    my $apart = qq{opsmon_versions_apart{library_version="$version",sql_version="$release"}};
    wait_for("the sidecar sees $release", sub { (metric($sidecar, $apart) // 0) == 1 }, $sidecar);
    pass("$release: an_upgrade_that_is_half_done_is_told");
    my $all_well = sub {
        my $text = metrics($sidecar);
        return $text !~ /^opsmon_collector_success\{collector="postgresql\w*"\} 0$/m
          && ($text =~ /^postgresql_slot_retained_bytes\{slot_name="standby_1"/m) && $text =~ /^postgresql_guard_rung/m;
    };
    wait_for("collectors succeed with $release", $all_well, $sidecar);
    pass("$release: every_collector_of_the_database_succeeds");
    $node->safe_psql('postgres', q{SELECT opsmon.guard_suspend('1 min')});
    wait_for('the ledger is seen', sub { (metric($sidecar, 'postgresql_guard_events_total{action="suspend",outcome="done"}') // 0) >= 1 }, $sidecar);
    pass("$release: deeds_are_seen");
    my $before = names($sidecar);

    $node->safe_psql('postgres', 'ALTER EXTENSION opsmon UPDATE');
    wait_for('the update is seen', sub {
        (metric($sidecar, qq{opsmon_versions_apart{library_version="$version",sql_version="$version"}}) // 1) == 0
          && !defined metric($sidecar, $apart);
    }, $sidecar);
    wait_for('collectors succeed after the update', $all_well, $sidecar);
    is(names($sidecar), $before, "$release: nothing_was_missing");
    unlike(slurp_file($sidecar->{log}), qr/column .* does not exist|function .* does not exist/, "$release: no query asked for what was not there");
    stop_program($sidecar);
    $node->safe_psql('postgres', q{SELECT opsmon.guard_suspend('0'); DROP EXTENSION opsmon});
}
$holder->quit;
$node->stop;
done_testing();

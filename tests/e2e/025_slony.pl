# Slony-I with real slons: a node that never came and one that vanishes are told with what they hold and what to type,
# a slon that is down accuses nobody else, a long transaction is not a node's fault, a dropped node that comes back is
# seen, and a schema that only looks like Slony's is not believed. Read with the grants of slony/read.sql alone.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use Opsmon;
use OpsmonSidecar;
use OpsmonSlony;

my ($primary, $other) = map { slony_server($_) } qw(primary other);
$primary->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $production = slony_cluster(name => 'production',
    nodes => { 1 => [ $primary, 'app' ], 2 => [ $other, 'app' ], 3 => [ $other, 'app3' ] });
my $billing = slony_cluster(name => 'Billing2', nodes => { 1 => [ $primary, 'billing' ], 2 => [ $other, 'billing' ] });
start_slon($_, 1, 2) for $production, $billing;
subscribe($_, 1 => 2) for $production, $billing;

# What is not Slony's: a database without it, one that lets nobody look, a schema that an ordinary user made.
$primary->safe_psql('postgres', 'CREATE DATABASE plain');
$primary->safe_psql('postgres', 'CREATE DATABASE secret');
$primary->safe_psql('postgres', 'REVOKE CONNECT ON DATABASE secret FROM PUBLIC');
$primary->safe_psql('app', <<'END');
CREATE ROLE mallory;
CREATE SCHEMA _evil AUTHORIZATION mallory;
SET ROLE mallory;
CREATE TABLE _evil.sl_node (no_id int, no_comment text, no_active bool, no_failed bool);
CREATE TABLE _evil.sl_log_1 (); CREATE TABLE _evil.sl_log_2 ();
CREATE FUNCTION _evil.getlocalnodeid(name) RETURNS int LANGUAGE sql SET search_path = pg_catalog AS 'SELECT 1';
END

my $folder = PostgreSQL::Test::Utils::tempdir;
my $rules = write_file("$folder/rules.yml", slony_rules());
my $sidecar = start_sidecar(sidecar_conf($primary, alerting => "  rule_files: [$rules]\n",
    slony => "  interval: 1s\n  discovery_interval: 2s\n"));

sub series { my ($name) = @_; return metric($sidecar, "slony_$name"); }
sub fires { my ($name) = @_; return @{ slony_alerts($sidecar)->{$name} // [] }; }

sub fired {
    my ($name, %labels) = @_;
    my ($found) = grep { my $alert = $_; !grep { $alert->{labels}{$_} ne $labels{$_} } keys %labels } fires($name);
    return $found;
}
my $of_app = 'datname="app",cluster="production"';
my $of_billing = 'datname="billing",cluster="Billing2"';

# --- without the grants ---------------------------------------------------------------------------------------

wait_for('both clusters are found', sub {
    (series("cluster_readable{$of_app}") // 1) == 0 && (series("cluster_readable{$of_billing}") // 1) == 0
}, $sidecar);
cmp_ok(series("cluster_log_bytes{$of_app}"), '>', 0, 'the_size_of_the_logs_is_known_without_any_grant');
my $unreadable = wait_for('that is told', sub { fired('SlonyUnreadable', cluster => 'Billing2') }, $sidecar);
like($unreadable->{annotations}{description}, qr/psql -d billing -v cluster=Billing2 .* -f \S+read\.sql/, 'with what to type');
wait_for('the log has the reason', sub { slurp_file($sidecar->{log}) =~ /permission denied for \w+ .*run slony\/read\.sql/ }, $sidecar);
ok(wait_for('and of the third', sub { fired('SlonyUnreadable', datname => 'secret') }, $sidecar), 'a_database_that_lets_nobody_look_is_told_where_there_is_slony');

for my $slony ($production, $billing) {
    is(slony_grant($slony, 1, 'opsmon_sidecar'), '', 'the grants are made') for 1 .. 2; # again: no harm
}
like(slony_grant({ %$production, name => 'evil' }, 1, 'opsmon_sidecar'), qr/no such cluster/, 'but none on what only looks like a cluster');
wait_for('both clusters are read', sub {
    (series("cluster_readable{$of_app}") // 0) == 1 && (series("cluster_readable{$of_billing}") // 0) == 1
}, $sidecar);

# --- what is seen, and what is not ----------------------------------------------------------------------------------

is(series("cluster_info{$of_billing,local_node=\"1\",version=\"2.2.11\"}"), 1, 'a_cluster_of_mixed_case_is_read');
is(series("nodes{$of_app}"), 3, 'all nodes');
is(series("node_provider{$of_app,node=\"2\",provider=\"1\"}"), 1, 'and who feeds whom');
is(series('database_readable{datname="secret"}'), 0, 'a database that lets nobody look is not known');
my $page = metrics($sidecar);
unlike($page, qr/slony_.*evil/, 'a_schema_that_only_looks_like_slonys_is_not_believed');
unlike($page, qr/slony_.*"(?:plain|postgres)"/, 'and there is nothing of databases without a cluster');
for my $secret ([ sl_path => 'pa_conninfo' ], [ sl_event => 'ev_data3' ], [ sl_log_1 => 'log_cmdargs' ]) {
    my ($table, $column) = @$secret;
    my ($code, undef, $refused) = $primary->psql('app', "SELECT $column FROM _production.$table",
        connstr => $primary->connstr('app') . ' user=opsmon_sidecar');
    like($refused, qr/permission denied/, "${column}_is_refused_to_the_sidecars_role");
}
like($primary->safe_psql('app', 'SELECT ev_data3 FROM _production.sl_event', extra_params => ['-t']), qr/host=/,
    'although events repeat connection strings');

# --- a node that nobody knew ------------------------------------------------------------------------------------

write_rows($production, 1, 20_000);
my $never = wait_for('the node that never came is told of', sub { fired('SlonyNodeDead', node => 3) }, $sidecar);
my $text = $never->{annotations}{description};
like($text, qr/its slon has never run/, 'a_node_whose_slon_never_ran_is_told');
like($text, qr/drop node \(id = 3, event node = 1\);/, 'with what to type for slonik');
like($text, qr/dropNode\(ARRAY\[3\]\)/, 'and in SQL');
wait_for('its bytes are known', sub { (series("node_held_bytes{$of_app,node=\"3\"}") // 0) > 1_000_000 }, $sidecar);
is(series("node_never_confirmed{$of_app,node=\"2\"}"), 0, 'the other one has confirmed');
is_deeply([ map { $_->{labels}{node} } fires('SlonyNodeDead') ], [3], 'healthy_nodes_are_not_accused');
my @of_the_healthy = grep { ($_->{labels}{cluster} // '') eq 'Billing2' } map { @$_ } values %{ slony_alerts($sidecar) };
is_deeply(\@of_the_healthy, [], 'and_a_healthy_cluster_is_no_alert') or diag explain \@of_the_healthy;

# --- a subscriber that vanishes, and comes back ---------------------------------------------------------------------

slony_caught_up($production, 2);
kill_slon($production, 2);
my $vanished_at = time;
my $dead = wait_for('the subscriber is told of', sub { fired('SlonyNodeDead', node => 2) }, $sidecar);
note sprintf 'told after %.1f s, of 8 s of silence and 2 s of waiting', time - $vanished_at;
cmp_ok(time - $vanished_at, '<', 25, 'a_dead_node_is_told_soon_after_its_silence_counts');
is(series("node_slon_backends{$of_app,node=\"2\"}"), 0, 'it is not connected');
is(series("local_slon_up{$of_app}"), 1, 'the local slon is');
start_slon($production, 2);
wait_for('that is over', sub { !fired('SlonyNodeDead', node => 2) }, $sidecar);
slony_caught_up($production, 2);

# --- the local slon ------------------------------------------------------------------------------------------------

stop_slon($billing, 1);
my $down = wait_for('the local slon is told of', sub { fired('SlonyLocalSlonDown', cluster => 'Billing2') }, $sidecar);
like($down->{annotations}{description}, qr/no slon of the local node \(1\) is connected/, 'a_local_slon_that_is_down_is_told');
wait_for('the other node seems to lag', sub { (series("node_lag_seconds{$of_billing,node=\"2\"}") // 0) > 14 }, $sidecar);
is_deeply([ grep { ($_->{labels}{cluster} // '') eq 'Billing2' } fires('SlonyNodeDead'), fires('SlonyNodeLagging') ], [], 'and_accuses_nobody_else');
start_slon($billing, 1);
wait_for('that is over', sub { !fired('SlonyLocalSlonDown', cluster => 'Billing2') }, $sidecar);

# --- a long transaction --------------------------------------------------------------------------------------------

my $session = $primary->background_psql('billing');
$session->query_safe("BEGIN; INSERT INTO entries (note) VALUES ('long')");
write_rows($billing, 1, 1000);
my $stuck = wait_for('the log cannot be truncated', sub { fired('SlonyLogSwitchStuck', cluster => 'Billing2') }, $sidecar);
like($stuck->{annotations}{description}, qr/pg_stat_activity/, 'a_long_transaction_is_among_what_to_look_for');
cmp_ok(series("node_held_bytes{$of_billing,node=\"2\"}"), '<', 100_000, 'what it keeps is held by no node');
is(fired('SlonyRetentionHigh', cluster => 'Billing2'), undef, 'and no node is accused');
$session->query_safe('COMMIT');
$session->quit;
wait_for('that is over', sub { !fired('SlonyLogSwitchStuck', cluster => 'Billing2') }, $sidecar);

# --- a node that was dropped and comes back ----------------------------------------------------------------------------

kill_slon($billing, 2);
slonik($billing, 'drop node (id = 2, event node = 1);', 1);
# Once the event of the drop is forgotten, the dropped node never hears of it. slon does this in its own time.
wait_for('the event of the drop is forgotten', sub {
    $primary->safe_psql('billing', q{SELECT "_Billing2".createEvent('_Billing2', 'SYNC', NULL)});
    $primary->safe_psql('billing', q{SET client_min_messages = error; SELECT "_Billing2".cleanupEvent('0 seconds')});
    slony_value($billing, 1, q{SELECT count(*) FROM %s.sl_event WHERE ev_type = 'DROP_NODE'}) == 0;
});
wait_for('the change is told', sub { fired('SlonyTopologyChanged', cluster => 'Billing2') }, $sidecar);
start_slon($billing, 2);
my $ghost = wait_for('the ghost is seen', sub { fired('SlonyGhostNodeConnected', cluster => 'Billing2', node => 2) }, $sidecar);
like($ghost->{annotations}{description}, qr/its data have a hole/, 'a_dropped_node_that_comes_back_is_told');

# --- a physical standby ---------------------------------------------------------------------------------------------------

my $standby = new_standby($primary, 'standby_1');
my $second = start_sidecar(sidecar_conf($standby, alerting => "  rule_files: [$rules]\n", slony => "  interval: 1s\n"));
wait_for('the standby is read', sub { (metric($second, "slony_cluster_standby{$of_app}") // 0) == 1 }, $second);
cmp_ok(metric($second, "slony_node_held_bytes{$of_app,node=\"3\"}"), '>', 1_000_000, 'a_standby_shows_what_is_held');
is(metric($second, "slony_local_slon_up{$of_app}"), undef, 'and_nothing_of_who_is_connected');

unlike(metrics($sidecar) . slurp_file($sidecar->{log}), qr/connect_timeout=3/, 'no connection string is shown anywhere');
stop_program($_) for $second, $sidecar;
$_->stop for $standby, $primary, $other;
done_testing();

# A cascade of three nodes, 1 -> 2 -> 3: of a dead leaf, its provider keeps the changes as the origin does; of a dead provider,
# the provider is named and not the node that it feeds.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;
use OpsmonSlony;

my ($primary, $other) = map { slony_server($_) } qw(primary other);
$_->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor') for $primary, $other;
my $slony = slony_cluster(name => 'production',
    nodes => { 1 => [ $primary, 'app' ], 2 => [ $other, 'app' ], 3 => [ $other, 'reports' ] });
start_slon($slony, 1, 2, 3);
subscribe($slony, 1 => 2);
subscribe($slony, 2 => 3);
is(slony_grant($slony, $_, 'opsmon_sidecar'), '', "the grants of node $_") for 1 .. 3;

my $rules = write_file(PostgreSQL::Test::Utils::tempdir . '/rules.yml', slony_rules());
my ($at_origin, $at_others) = map {
    start_sidecar(sidecar_conf($_, alerting => "  rule_files: [$rules]\n", slony => "  interval: 1s\n  discovery_interval: 5s\n"))
} $primary, $other;

sub fired {
    my ($sidecar, $name, %labels) = @_;
    return grep { my $alert = $_; !grep { $alert->{labels}{$_} ne $labels{$_} } keys %labels } @{ slony_alerts($sidecar)->{$name} // [] };
}
my $of_app = 'datname="app",cluster="production"';

wait_for('each server shows its nodes of the cluster', sub {
    defined metric($at_origin, "slony_cluster_info{$of_app,local_node=\"1\",version=\"2.2.11\"}")
      && defined metric($at_others, "slony_cluster_info{$of_app,local_node=\"2\",version=\"2.2.11\"}")
      && defined metric($at_others, 'slony_cluster_info{datname="reports",cluster="production",local_node="3",version="2.2.11"}')
}, $at_others);
is(metric($at_origin, "slony_node_provider{$of_app,node=\"3\",provider=\"2\"}"), 1, 'who feeds whom is known');
is(metric($at_origin, "slony_node_provides{$of_app,node=\"2\"}"), 1, 'and how many');

# --- the leaf -------------------------------------------------------------------------------------------------------

kill_slon($slony, 3);
write_rows($slony, 1, 20_000);
slony_caught_up($slony, 2);
for my $place ([ $at_origin, 'the origin' ], [ $at_others, 'the provider' ]) {
    my ($sidecar, $whose) = @$place;
    wait_for("$whose tells of the leaf", sub { fired($sidecar, 'SlonyNodeDead', datname => 'app', node => 3) }, $sidecar);
    wait_for("$whose keeps the changes for it", sub { (metric($sidecar, "slony_node_held_bytes{$of_app,node=\"3\"}") // 0) > 1_000_000 }, $sidecar);
}
pass('a_forwarder_shows_what_it_keeps_for_a_dead_leaf');
is(scalar fired($at_origin, 'SlonyNodeDead', node => 2), 0, 'the provider is not accused');
ok(fired($at_others, 'SlonyLocalSlonDown', datname => 'reports'), 'the leafs own server says that its slon is down');

start_slon($slony, 3);
slony_caught_up($slony, 3);
wait_for('all is well', sub { !fired($at_origin, 'SlonyNodeDead') }, $at_origin);

# --- the provider -----------------------------------------------------------------------------------------------------

kill_slon($slony, 2);
write_rows($slony, 1, 1000);
my ($dead) = wait_for('the provider is told of', sub { my @found = fired($at_origin, 'SlonyNodeDead'); @found && [@found] }, $at_origin)->@*;
is($dead->{labels}{node}, 2, 'the_provider_is_named');
like($dead->{annotations}{description}, qr/It feeds node 3, which gets nothing either.*receiver = 3/, 'with_whom_it_feeds_and_what_they_need_first');
wait_for('the leaf lags as well', sub { (metric($at_origin, "slony_node_lag_seconds{$of_app,node=\"3\"}") // 0) > 14 }, $at_origin);
is(scalar fired($at_origin, 'SlonyNodeLagging'), 0, 'the_node_behind_it_is_not_accused');
# On a busy machine it reconnects now and then.
wait_for('it is connected after all', sub { (metric($at_origin, "slony_node_slon_backends{$of_app,node=\"3\"}") // 0) > 0 }, $at_origin);
cmp_ok(metric($at_origin, "slony_node_backlog_bytes{$of_app,node=\"3\"}"), '>', 0, 'and what it needs is kept');

stop_program($_) for $at_origin, $at_others;
$_->stop for $primary, $other;
done_testing();

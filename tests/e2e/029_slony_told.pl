# The sidecar tells the extension of Slony-I: its nodes stand in opsmon.slony_nodes and opsmon.consumers, what to type in
# opsmon.slony_remedy(). Without the grant it says which one is missing.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;
use OpsmonSlony;

my ($primary, $other) = map { slony_server($_) } qw(primary other);
sub sql { return $primary->safe_psql('postgres', $_[0]) }
sql('CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $slony = slony_cluster(name => 'Billing2', nodes => { 1 => [ $primary, 'app' ], 2 => [ $other, 'app' ] });
is(slony_grant($slony, 1, 'opsmon_sidecar'), '', 'what is read is granted');
start_slon($slony, 1, 2);
subscribe($slony, 1 => 2);
my $sidecar = start_sidecar(sidecar_conf($primary, slony => "  interval: 1s\n  discovery_interval: 2s\n"));

wait_for('the missing grant is told', sub { (metric($sidecar, 'opsmon_collector_success{collector="slony_inventory"}') // 1) == 0 }, $sidecar);
my ($told) = grep { $_->{collector} eq 'slony_inventory' } @{ decode_json(get("$sidecar->{url}/api/v1/collectors")->{content})->{collectors} };
like($told->{error}, qr/GRANT EXECUTE ON FUNCTION opsmon\.learn_slony\(jsonb, jsonb\) to the sidecar's role/, 'without_the_grant_it_says_which_is_missing');
is(sql('SELECT count(*) FROM opsmon.slony_nodes'), '0', 'and nothing is told');

sql('GRANT EXECUTE ON FUNCTION opsmon.learn_slony(jsonb, jsonb) TO opsmon_sidecar');
$primary->poll_query_until('postgres', q{SELECT count(*) = 2 FROM opsmon.slony_nodes WHERE state = 'healthy'}) or die 'never told';
is(sql(q{SELECT string_agg(concat_ws(' ', name, is_local, is_origin), ', ' ORDER BY node) FROM opsmon.slony_nodes}),
    '"Billing2".1@app t t, "Billing2".2@app f f', 'the_nodes_of_a_cluster_of_mixed_case_are_told');
is(sql(q{SELECT string_agg(name || ' ' || state, ', ' ORDER BY name) FROM opsmon.consumer_status WHERE kind = 'slony_node'}),
    '"Billing2".1@app present, "Billing2".2@app present', 'and_are_consumers');
like(sql(q{SELECT why_not FROM opsmon.slony_remedy() WHERE node = 2}), qr/connected/, 'a_live_node_is_not_to_be_dropped');
wait_for('the collector succeeds', sub { (metric($sidecar, 'opsmon_collector_success{collector="slony_inventory"}') // 0) == 1 }, $sidecar);

# What somebody has locked is told later, and holds nobody up.
my $locker = $primary->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE opsmon.slony_nodes');
stop_slon($slony, 2);
wait_for('what cannot be told is said', sub { (metric($sidecar, 'opsmon_collector_success{collector="slony_inventory"}') // 1) == 0 }, $sidecar);
cmp_ok(metric($sidecar, 'slony_node_slon_backends{datname="app",cluster="Billing2",node="2"}') // -1, '==', 0, 'the_metrics_go_on');
$locker->quit;
$primary->poll_query_until('postgres', q{SELECT count(*) = 1 FROM opsmon.slony_nodes WHERE node = 2 AND state = 'disconnected'}) or die 'never told again';
pass('and_is_told_when_it_can_be');

done_testing();

# A real Prometheus scrapes the sidecar: the names the incident's team has deployed, promtool's opinion,
# hostile names, two senders that cannot be told apart.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

my $primary = start_primary('primary');
$primary->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $standby = new_standby($primary, 'standby_1');
my $service_port = free_port();
my $service = start_program('demo_service', '--port', $service_port);
my $sidecar = start_sidecar(sidecar_conf($primary, services => <<END));
  - name: api
    url: http://127.0.0.1:$service_port/health
  - name: broken
    url: http://127.0.0.1:$service_port/fail
END
wait_for('all sources answer', sub {
    my $page = metrics($sidecar);
    $page !~ /^opsmon_collector_success\{.*\} 0$/m && $page =~ /^system_cpu_usage_percent /m
      && $page =~ /^postgresql_replication_lag_bytes\{/m && $page =~ /^service_health_status\{service="api"\} 1/m;
}, $sidecar);

# The deployed names, with their kinds and labels.
my $page = metrics($sidecar);
my %expected = (
    system_cpu_usage_percent => [ 'gauge', qr// ],
    system_memory_usage_percent => [ 'gauge', qr// ],
    system_disk_usage_percent => [ 'gauge', qr/\{mount_point="[^"]+"\}/ ],
    network_bytes_received_total => [ 'counter', qr/\{interface="lo",type="private"\}/ ],
    network_bytes_sent_total => [ 'counter', qr/\{interface="lo",type="private"\}/ ],
    postgresql_replication_lag_bytes => [ 'gauge', qr/\{slave="standby_1"\}/ ],
    postgresql_wal_size_bytes => [ 'gauge', qr// ],
    postgresql_connections => [ 'gauge', qr/\{state="null"\}/ ],
    service_health_status => [ 'gauge', qr/\{service="api"\}/ ]);
for my $name (sort keys %expected) {
    my ($kind, $labels) = @{ $expected{$name} };
    like($page, qr/^# TYPE \Q$name\E $kind$/m, "$name is a $kind");
    like($page, qr/^\Q$name\E$labels \d/m, "$name has its labels");
}
like($page, qr/^# TYPE service_response_time_seconds histogram$/m, 'response times are a histogram');
like($page, qr/^service_response_time_seconds_bucket\{service="api",endpoint="\/health",le="0.005"\} \d/m,
    'with its labels and default buckets');
like($page, qr/^service_health_status\{service="broken"\} 0$/m, 'a service that fails is 0');
like($page, qr/^service_response_time_seconds_count\{service="broken",endpoint="\/fail"\} [1-9]/m,
    'response_times_count_failures_too');
is(metric($sidecar, 'postgresql_wal_size_bytes'),
    $primary->safe_psql('postgres', 'SELECT sum(size) FROM pg_ls_waldir()'), 'WAL size is the server\'s');

like($page, qr/^postgresql_guard_rung\{volume="wal"\} [0-5]$/m, 'the guard\'s rung is a metric');
like($page, qr/^postgresql_volume_usable_bytes\{volume="wal"\} [1-9]/m, 'and what it thinks is usable');

# promtool's opinion, on this page; names given to us are not ours to mend.
my ($out, $err) = ('', '');
IPC::Run::run([ "$ENV{OPSMON_RUN}/bin/promtool", 'check', 'metrics' ], '<', \$page, '>', \$out, '2>', \$err);
my @complaints = grep { /\S/ && !/^((system|network)_\w+_percent) / } split /\n/, "$out$err";
is("@complaints", '', 'promtool_has_nothing_to_say');

# Hostile names while a real Prometheus scrapes.
my $prometheus = start_prometheus($sidecar);
my $up = sub {
    my ($query, $value) = @_;
    my $answer = get("$prometheus->{url}/api/v1/query?query=" . ($query =~ s/([^\w])/sprintf '%%%02X', ord $1/ger));
    my $data = decode_json($answer->{content});
    return [ map { $_->{value}[1] } @{ $data->{data}{result} } ];
};
wait_for('Prometheus has scraped', sub { ($up->('up')->[0] // 0) eq '1' }, $prometheus);
is($up->('postgresql_up')->[0], '1', 'a_real_prometheus_scrapes_it');

my @hostile = ("quo\"te'", "back\\slash", "line\nend", 'n' x 1024, "bad\xff\xfebytes", '{}=,', '');
my @receivers;
for my $name (@hostile, 'twin', 'twin') {
    my $directory = PostgreSQL::Test::Utils::tempdir;
    my $quoted = $name =~ s/([\\'])/\\$1/gr;
    my ($o, $e) = ('', '');
    push @receivers, IPC::Run::start(
        [ 'pg_receivewal', '-D', $directory, '-d', sprintf("host=%s port=%d application_name='%s'", $primary->host, $primary->port, $quoted) ],
        '>', \$o, '2>', \$e);
}
my $senders = @hostile + 3;
wait_until($primary, "(SELECT count(*) FROM opsmon.replication) = $senders");
wait_for('the sidecar shows all senders', sub {
    scalar(() = metrics($sidecar) =~ /^postgresql_replication_info\{/mg) == $senders;
}, $sidecar);
$page = metrics($sidecar);
my @slaves = $page =~ /^postgresql_replication_info\{slave="((?:[^"\\]|\\.)*)"/mg;
my %distinct = map { $_ => 1 } @slaves;
is(scalar keys %distinct, $senders, 'every_sender_has_a_label_of_its_own');
is(metric($sidecar, 'opsmon_series_dropped_total{reason="duplicate"}'), '0', 'and none was dropped');
my $before = $up->('scrape_samples_scraped')->[0];
wait_for('Prometheus has scraped them', sub {
    @{ $up->('postgresql_replication_info') } == $senders && $up->('up')->[0] eq '1';
}, $prometheus);
pass('hostile_names_never_break_a_scrape');
$_->signal('INT') for @receivers;
$_->finish for @receivers;

# Prometheus itself loads the shipped rules.
my $rules = decode_json(get("$prometheus->{url}/api/v1/rules")->{content});
cmp_ok(scalar @{ $rules->{data}{groups} }, '>', 0, 'prometheus_loads_the_shipped_rules');

stop_program($prometheus);
is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
$_->stop for $standby, $primary;
done_testing();

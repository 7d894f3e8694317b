# Every expression of the dashboards and of the shipped rules answers, at a real Prometheus that scrapes the sidecar and at
# the sidecar itself, with variables as Grafana puts them in. What cannot have data here is listed with its reason, and has
# none.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use Opsmon;
use OpsmonSidecar;
use OpsmonSlony;

my $http = HTTP::Tiny->new(timeout => 60);
my $folder = PostgreSQL::Test::Utils::tempdir;
mkdir "$folder/$_" or die "$folder/$_: $!" for qw(temp store);
my @interfaces = grep { $_ ne 'lo' && -e "/sys/class/net/$_/speed" } map { s{.*/}{}r } glob '/sys/class/net/*';

# --- what there is to ask -----------------------------------------------------------------------------------------------

sub panels_of { my ($dashboard) = @_; return map { ($_, @{ $_->{panels} // [] }) } @{ $dashboard->{panels} } }

my (@asked, @variables);
for my $file (glob "$ENV{OPSMON_RUN}/sidecar/dashboards/*.json") {
    my $dashboard = decode_json(slurp_file($file));
    for my $panel (panels_of($dashboard)) {
        push @asked, map { { place => "$panel->{title} $_->{refId}", expr => $_->{expr}, instant => $_->{instant} } } @{ $panel->{targets} // [] };
    }
    push @asked, map { { place => "annotation $_->{name}", expr => $_->{expr} } } grep { defined $_->{expr} } @{ $dashboard->{annotations}{list} };
    push @variables, grep { $_->{type} eq 'query' } @{ $dashboard->{templating}{list} };
}
cmp_ok(scalar @asked, '>', 80, 'the dashboard has expressions');

# What cannot have data here, by panel and query or by selector of a rule, and why: it has none.
my %cannot = (
    'opsmon_recorder_state{state="failing"}' => 'needs a recorder that fails',
    'postgresql_consumer_gone_since_timestamp_seconds{kind="standby"}' => 'needs a standby without a slot that has left; 021_consumers.pl has one',
    'Receiver A' => 'needs the sidecar of a standby',
    'postgresql_receiver_state{state=~"(broken|silent) stream.*"}' => 'needs the sidecar of a standby',
    'postgresql_volume_full_in_seconds{volume="data"}' => 'needs data on a volume of their own',
    slony_ghost_backends => 'needs a node that was dropped and came back; 025_slony.pl has one',
    'Dropped nodes that are back A' => 'needs a node that was dropped and came back; 025_slony.pl has one',
    'postgresql_consumer_state{kind="slot",name=~"pg_[0-9]+_sync_[0-9]+_[0-9]+",state="present"}' =>
      'needs an initial copy of a table that takes its time; 018_consumers.pl has one',
    'slony_remedy_event_timestamp_seconds{outcome="failed"}' => 'needs a drop that failed; 027_slony_remedy.pl has one',
    slony_remedy_last_drop_timestamp_seconds => 'needs a node that was dropped; 027_slony_remedy.pl has one',
    slony_database_slon_backends => 'needs a database that nobody may connect to; 025_slony.pl has one',
    'postgresql_guard_eviction_timestamp_seconds{outcome="done"}' => 'needs a guard that acts; 006_guard.pl has one',
);
# What has data only on some machines: where the sidecar shows this metric.
my %depends = (
    'Connection tracking A' => 'network_conntrack_usage_ratio',
    network_conntrack_usage_ratio => 'network_conntrack_usage_ratio',
    system_cgroup_memory_limit_bytes => 'system_cgroup_memory_limit_bytes',
    system_cgroup_memory_working_set_bytes => 'system_cgroup_memory_working_set_bytes',
    'Memory in use C' => 'system_cgroup_memory_working_set_bytes',
    'Pressure A' => 'system_pressure_waiting_seconds_total',
    'Pressure B' => 'system_pressure_stalled_seconds_total',
    'Disk traffic A' => 'system_disk_io_read_bytes_total',
    'Disk traffic B' => 'system_disk_io_written_bytes_total',
    'Disk latency A' => 'never required: all may be cached, and nothing read',
    'Disk latency B' => 'system_disk_io_write_latency_seconds',
    'Disk busy A' => 'system_disk_io_seconds_total',
);
if (!@interfaces) {
    $cannot{"Public traffic $_"} = 'this machine has lo only' for qw(A B);
}

# --- something to see ---------------------------------------------------------------------------------------------------

my ($http_port, $https_port) = (free_port(), free_port());
system('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', 30,
    '-keyout', "$folder/key.pem", '-out', "$folder/cert.pem", '-batch') == 0 or BAIL_OUT('openssl');
write_file("$folder/nginx.conf", <<END);
daemon off;
worker_processes 1;
pid $folder/nginx.pid;
error_log $folder/error.log;
events { worker_connections 64; }
http {
    client_body_temp_path $folder/temp/body; proxy_temp_path $folder/temp/proxy; fastcgi_temp_path $folder/temp/fastcgi;
    uwsgi_temp_path $folder/temp/uwsgi; scgi_temp_path $folder/temp/scgi;
    log_format json escape=json '{"status":\$status,"request_time":\$request_time,"request":"\$request","remote_addr":"\$remote_addr"}';
    server {
        listen 127.0.0.1:$http_port;
        listen 127.0.0.1:$https_port ssl;
        ssl_certificate $folder/cert.pem;
        ssl_certificate_key $folder/key.pem;
        access_log $folder/access.log json;
        location / { return 200 "well\\n"; }
        location /fail { return 503; }
        location = /status { access_log off; stub_status; }
    }
}
END
my $nginx = start_program('nginx', '-p', $folder, '-e', "$folder/error.log", '-c', "$folder/nginx.conf");
wait_for('nginx answers', sub { get("http://127.0.0.1:$http_port/status")->{success} }, $nginx);

my $primary = start_primary('primary', <<'END');
max_connections = 100
max_wal_size = 64MB
min_wal_size = 32MB
max_slot_wal_keep_size = 1GB
archive_mode = on
archive_command = 'false'
opsmon.sample_interval = 1s
opsmon.consumer_grace = 1s
opsmon.stall_time = 5s
END
$primary->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $standby = new_standby($primary, 'standby_1');
$primary->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('left', true), pg_create_physical_replication_slot('never', true)});
$primary->safe_psql('postgres', q{INSERT INTO opsmon.consumers (name, policy, expected) VALUES ('left', 'expendable', true)});

# A Slony-I cluster in two databases of the server, one of whose nodes has left.
my $slony = slony_cluster(name => 'production', nodes => { 1 => $primary, 2 => [ $primary, 'reports' ] });
start_slon($slony, 1, 2);
subscribe($slony, 1 => 2);
stop_slon($slony, 2);
slony_grant($slony, $_, 'opsmon_sidecar') for 1, 2;
write_rows($slony, 1, 1000);

my $slack = start_slack();
write_file("$folder/alertmanager.yml", <<END);
global: {slack_api_url: '$slack->{url}/services/T000/B000/secret'}
route: {receiver: slack}
receivers: [{name: slack, slack_configs: [{channel: '#ops'}]}]
END
my $sidecar = start_sidecar(sidecar_conf($primary,
    storage => "  path: $folder/store\n",
    network => "  public_interfaces: ['" . join("', '", @interfaces, 'none') . "']\n  link_speeds: [{interface: '*', speed: 10Gbps}]\n",
    services => "  - {name: api, url: 'http://127.0.0.1:$http_port/health'}\n  - {name: broken, url: 'http://127.0.0.1:$http_port/fail'}\n"
      . "  - {name: secure, url: 'https://127.0.0.1:$https_port/health', tls: {insecure_skip_verify: true}}\n",
    access_logs => "  - {service: api, path: $folder/access.log, format: json}\n",
    stub_status => "  - {service: api, url: 'http://127.0.0.1:$http_port/status'}\n",
    alerting => "  rule_files: ['$ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml', '$ENV{OPSMON_RUN}/sidecar/rules/watchdog.rules.yml']\n"
      . "  notification_file: $folder/alertmanager.yml\n"));
my $prometheus = start_prometheus($sidecar);
wait_for('Prometheus sees the guard\'s counters', sub {
    @{ result($prometheus, query => { query => 'postgresql_guard_events_total' }) // [] };
}, $prometheus);

# What is done by hand stands in the guard's ledger.
$primary->safe_psql('postgres', $_) for q{SELECT opsmon.fence(true, 'to be seen')}, q{SELECT opsmon.fence(false)},
  q{SELECT opsmon.drill()};

# A consumer that was there and is gone, while WAL is written; an archiver that failed and works; a guard that would act.
my ($out, $err) = ('', '');
my $receiver = IPC::Run::start([ 'pg_receivewal', '-D', PostgreSQL::Test::Utils::tempdir, '-S', 'left', '-d',
    sprintf 'host=%s port=%d application_name=left', $primary->host, $primary->port ], '>', \$out, '2>', \$err);
wait_until($primary, q{slot_name = 'left' AND active}, 'slots');
$primary->poll_query_until('postgres', q{SELECT state = 'present' FROM opsmon.consumers WHERE name = 'left'}) or die 'not learned';
$receiver->kill_kill;
my $write = q{SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, 80); SELECT pg_switch_wal()};
$primary->safe_psql('postgres', $write);
$primary->poll_query_until('postgres', 'SELECT failed_count > 0 FROM pg_stat_archiver') or die 'nothing failed to be archived';
my $huge = 2_000_000_000;
$primary->safe_psql('postgres', "ALTER SYSTEM SET $_") for q{archive_command = 'true'}, "opsmon.watch_free = '${huge}MB'",
  "opsmon.relieve_free = '${\($huge - 1)}MB'", "opsmon.evict_free = '${\($huge - 2)}MB'";
$primary->reload;
$primary->safe_psql('postgres', $write);
$primary->safe_psql('postgres', 'SELECT pg_switch_wal()');

# A session that holds a lock and does nothing, and one that waits for it and so is slow.
my ($holder, $waiter) = map { $primary->background_psql('postgres') } 1 .. 2;
$holder->query_safe('CREATE TABLE held (); BEGIN; LOCK TABLE held');
$waiter->query_until(qr/begun/, "\\echo begun\nBEGIN;\nLOCK TABLE held;\n");

# --- asking -------------------------------------------------------------------------------------------------------------

sub body_of {
    my ($program, $path, $parameters) = @_;
    return decode_json($http->get("$program->{url}/api/v1/$path?" . $http->www_form_urlencode($parameters))->{content});
}

sub result {
    my ($program, $path, $parameters) = @_;
    my $body = body_of($program, $path, $parameters);
    return $body->{status} eq 'success' ? $body->{data}{result} : undef;
}

# As Grafana does it: a data source without a setting of its own is taken to be scraped each 15 s.
sub substituted {
    my ($expr, %value) = @_;
    %value = (instance => '.*', service => '.*', __rate_interval => '1m0s', __interval => '15s', %value);
    my $text = $expr =~ s/\$([A-Za-z_]\w*)/$value{$1} \/\/ die "no variable $1 for $expr"/ger;
    return $text;
}

# What it answers: the number of series, or what is wrong with it.
sub series {
    my ($program, $one, %value) = @_;
    my $query = substituted($one->{expr}, %value);
    my $now = time;
    my $body = $one->{instant} ? body_of($program, query => { query => $query, time => $now })
      : body_of($program, query_range => { query => $query, start => $now - 300, end => $now, step => 5 });
    return $body->{status} eq 'success' ? scalar @{ $body->{data}{result} } : "$body->{errorType}: $body->{error}";
}

# What the rules look at: each of their selectors, as the two have read them.
my %selectors;
for my $program ($sidecar, $prometheus) {
    my @rules = map { @{ $_->{rules} } } @{ body_of($program, 'rules', {})->{data}{groups} };
    cmp_ok(scalar @rules, '>', 40, "$program->{name} has read the rules");
    is(join("\n", grep { /\D/ } map { series($program, { expr => $_->{query}, instant => 1 }) } @rules), '', 'and evaluates them');
    $selectors{$_} = 1 for map { $_->{query} =~ /\b((?:system|network|service|postgresql|slony|opsmon)_\w+(?:\{[^}]*\})?)/g } @rules;
}
push @asked, map { { place => $_, expr => $_, instant => 1 } } sort keys %selectors;

my %known = map { $_->{place} => 1 } @asked;
is(join(', ', grep { !$known{$_} } sort keys %cannot, keys %depends), '', 'nothing_is_listed_that_is_not_asked');

sub wanted {
    my ($one) = @_;
    my $place = $one->{place};
    return 0 if exists $cannot{$place};
    return !exists $depends{$place} || metrics($sidecar) =~ /^$depends{$place}\b/m;
}

my @wanted = grep { wanted($_) } @asked;
for my $case ([ $sidecar, 'the sidecar' ], [ $prometheus, 'a real Prometheus' ],
    [ $prometheus, 'one instance of a real Prometheus', instance => "127\\\\.0\\\\.0\\\\.1:$sidecar->{port}", service => 'api|secure|broken' ])
{
    my ($program, $name, %value) = @$case;
    my @open = @wanted;
    my $all = eval {
        wait_for("$name answers everything", sub { @open = grep { series($program, $_, %value) !~ /^[1-9]\d*$/ } @open; !@open });
    };
    ok($all, "every_expression_has_data_at $name (" . @wanted . ')')
      or diag join "\n", map { "$_->{place}: " . series($program, $_, %value) . " for $_->{expr}" } @open;
}
for my $program ($sidecar, $prometheus) {
    my @unexpected = grep { exists $cannot{ $_->{place} } && series($program, $_) ne '0' } @asked;
    push @unexpected, grep { exists $depends{ $_->{place} } && series($program, $_) =~ /\D/ } @asked;
    is(join("\n", map { "$_->{place}: " . series($program, $_) } @unexpected), '', "what_cannot_have_data_has_none at $program->{name}");
}

# Variables: Grafana asks for the values of a label.
for my $variable (@variables) {
    my ($selector, $label) = $variable->{query}{query} =~ /^label_values\((.*), (\w+)\)$/ or die $variable->{query}{query};
    my $values = body_of($prometheus, "label/$label/values", { 'match[]' => substituted($selector) })->{data};
    cmp_ok(scalar @$values, '>', 0, "\$$variable->{name} has values at a real Prometheus");
    my $ours = body_of($sidecar, "label/$label/values", { 'match[]' => substituted($selector) });
    is($ours->{status}, 'success', "and the sidecar answers");
    is_deeply($ours->{data}, $label eq 'instance' ? [] : $values, 'a_sidecar_has_no_instance_and_the_same_services');
}

stop_program($_) for $prometheus, $sidecar, $nginx;
$_->quit for $holder, $waiter;
$_->stop for $standby, $primary;
done_testing();

# A fleet of a thousand sidecars, scraped by one Prometheus: pages captured from a real sidecar, one every 15 s, served
# by nginx in the same rhythm under a thousand addresses (OPSMON_FLEET: how many). What that Prometheus needs for all
# of each page; and for what a central one wants of each, when the sidecars judge their rules themselves: what is up,
# what fires, what fills. The same for a centre above that Prometheus, by federation and by remote write. And what the
# alerts of so many sidecars cost a cluster of two Alertmanagers.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl", "$FindBin::RealBin/../drills/perl";
use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);
use Drill ();
use Found;
use Opsmon qw(start_primary);
use OpsmonSidecar;
use ServerCost;

my $fleet = $ENV{OPSMON_FLEET} // 1000;
my $interval_s = 15;
my $pages = $ENV{OPSMON_PAGES} // 12; # captured, and served again and again
my $rounds = 8; # of scraping that are measured
my $tmp = PostgreSQL::Test::Utils::tempdir;

# ---- the pages: a sidecar with a server, traffic and a standby that is missing

my $node = start_primary('watched', "opsmon.sample_interval = 5s\n");
$node->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
$node->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('slot_' || i, true) FROM generate_series(1, 8) i");
system_or_bail('pgbench', '-i', '-q', $node->connstr('postgres'));
my $traffic = IPC::Run::start([ 'pgbench', '-n', '-T', '36000', '-R', '50', $node->connstr('postgres') ], '<', \undef, '>', \my $out, '2>', \my $err);
my $service = free_port();
start_program('demo_service', '--port', $service);
my $sidecar = start_sidecar(sidecar_conf($node, collect => undef, storage => "  path: $tmp/store\n",
        postgres => sprintf("  conninfo: host=%s port=%d user=opsmon_sidecar dbname=postgres\n", $node->host, $node->port),
        services => join('', map { "  - {name: service_$_, url: 'http://127.0.0.1:$service/health?of=$_'}\n" } 1 .. 25),
        alerting => "  rule_files: [$ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml]\n"));
wait_for('the sidecar sees every service', sub { 25 == (() = metrics($sidecar) =~ /^service_health_status\{.*\} 1$/mg) }, $sidecar);
my @page;
my $began = time;
for my $number (0 .. $pages - 1) {
    my $wait = $began + $number * $interval_s - time;
    sleep($wait) if $wait > 0;
    push @page, write_file("$tmp/page_$number", metrics($sidecar));
}
my $series = () = slurp_file($page[0]) =~ /^[^#\n]/mg;
my $bytes = -s $page[0];
stop_program($sidecar);
$traffic->kill_kill;
$node->stop('immediate');

# ---- the fleet: one nginx for all of them

my $port = free_port();
symlink $page[0], "$tmp/now" or die "symlink: $!";
write_file("$tmp/nginx.conf", <<END);
daemon off; pid $tmp/nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 4096; }
http {
    access_log off; client_body_temp_path $tmp; proxy_temp_path $tmp; fastcgi_temp_path $tmp; uwsgi_temp_path $tmp; scgi_temp_path $tmp;
    gzip on; gzip_types *; gzip_comp_level 1;
    server { listen 127.0.0.1:$port; location / { default_type text/plain; root $tmp; rewrite ^ /now break; } }
}
END
my $nginx = start_program('nginx', '-c', "$tmp/nginx.conf", '-e', 'stderr');
wait_for('nginx answers', sub { get("http://127.0.0.1:$port/")->{success} }, $nginx);

# Every page has its turn, as at a real sidecar.
sub turn_pages {
    my ($seconds) = @_;
    my $until = time + $seconds;
    for (my $number = 0; time < $until; ++$number) {
        symlink $page[ $number % $pages ], "$tmp/next" or die "symlink: $!";
        rename "$tmp/next", "$tmp/now" or die "rename: $!";
        sleep($interval_s);
    }
    return;
}

write_file("$tmp/targets.json", encode_json([ map { { targets => ["sidecar-$_:9788"] } } 1 .. $fleet ]));

# What a central Prometheus needs that leaves judging to the sidecars.
my $kept = 'up|ALERTS|service_health_status|postgresql_(up|guard_rung|guard_fence|volume_(usable|size)_bytes|slot_retained_bytes)';

my $keep_kept = "      - {source_labels: [__name__], regex: '$kept', action: keep}\n";

sub start_on_data {
    my ($name, $conf, @arguments) = @_;
    my $web = free_port();
    my $file = write_file("$tmp/$name.yml", $conf);
    my $prometheus = start_program('prometheus', "--config.file=$file", "--storage.tsdb.path=$tmp/data_$name", "--web.listen-address=127.0.0.1:$web", @arguments);
    @$prometheus{qw(url file)} = ("http://127.0.0.1:$web", $file);
    wait_for("Prometheus $name is ready", sub { get("$prometheus->{url}/-/ready")->{success} }, $prometheus);
    return $prometheus;
}

sub fleet_conf {
    my ($more, $relabel) = @_;
    return <<END;
global: {scrape_interval: ${interval_s}s, scrape_timeout: 10s}
${more}scrape_configs:
  - job_name: opsmon
    file_sd_configs: [{files: ['$tmp/targets.json']}]
    relabel_configs:
      - {source_labels: [__address__], target_label: instance}
      - {target_label: __address__, replacement: '127.0.0.1:$port'}
      - {source_labels: [instance], target_label: __metrics_path__, replacement: '/\$1'}
$relabel
END
}

sub value {
    my ($prometheus, $query) = @_;
    my $answer = HTTP::Tiny->new(timeout => 60)->get("$prometheus->{url}/api/v1/query?query=" . $query =~ s/([^A-Za-z0-9_])/sprintf '%%%02X', ord $1/ger);
    return undef unless $answer->{success};
    my $result = decode_json($answer->{content})->{data}{result};
    return @$result ? $result->[0]{value}[1] : undef;
}

# Rows of what some Prometheus need at the same time, when all of the fleet is known to the last of them.
sub measure {
    my @pairs = @_;
    my %named = @pairs;
    my @names = @pairs[ grep { $_ % 2 == 0 } 0 .. $#pairs ];
    my $sees_all = sub { my $up = value($_[0], 'count(up{job="opsmon"} == 1)'); defined $up && $up == $fleet };
    for my $name (@names) {
        # The first round makes every series; the pages turn meanwhile.
        for (1 .. 40) { turn_pages($interval_s); last if $sees_all->($named{$name}) }
        ok($sees_all->($named{$name}), "$name: all $fleet are there");
    }
    turn_pages(2 * $interval_s);
    my %cpu = map { $_ => -process_s($named{$_}{pid}) } @names;
    my $at = time;
    turn_pages($rounds * $interval_s);
    my $seconds = time - $at;
    return map { [ $_, head_of("$named{$_}{url}/metrics", 'prometheus_tsdb_head_series'), sprintf('%.3f', ($cpu{$_} + process_s($named{$_}{pid})) / $seconds),
            sprintf('%.0f', private_mib($named{$_}{pid})), sprintf('%.2f', value($named{$_}, 'quantile(0.99, scrape_duration_seconds)') // 0) ] } @names;
}

# A metric of Prometheus' own, which scrapes only the fleet.
sub head_of {
    my ($url, $metric) = @_;
    return get($url)->{content} =~ /^\Q$metric\E (\S+)/m ? sprintf('%.0f', $1) : die "no $metric";
}

my @rows;
{
    my $leaf = start_on_data('leaf', fleet_conf('', ''));
    push @rows, measure('all of each page' => $leaf);
    my $centre = start_on_data('federation', <<END);
global: {scrape_interval: ${interval_s}s, scrape_timeout: ${interval_s}s}
scrape_configs:
  - job_name: federation
    honor_labels: true
    metrics_path: /federate
    params: {'match[]': ['{__name__=~"$kept"}']}
    static_configs: [{targets: ['@{[ $leaf->{url} =~ s{http://}{}r ]}']}]
END
    push @rows, measure('… while it is federated' => $leaf, 'a centre by federation' => $centre);
    stop_program($centre);
    $centre = start_on_data('remote', "global: {scrape_interval: ${interval_s}s}\n", '--web.enable-remote-write-receiver');
    write_file($leaf->{file}, fleet_conf("remote_write:\n  - url: $centre->{url}/api/v1/write\n    write_relabel_configs:\n$keep_kept", ''));
    kill 'HUP', $leaf->{pid};
    push @rows, measure('… while it writes to a centre' => $leaf, 'a centre by remote write' => $centre);
    stop_program($_) for $centre, $leaf;
}
{
    my $alone = start_on_data('kept', fleet_conf('', "    metric_relabel_configs:\n$keep_kept"));
    push @rows, measure('only what a centre needs' => $alone);
    stop_program($alone);
}
found('## A fleet', '', "$fleet sidecars of $series series each (a page of " . sprintf('%.0f', $bytes / 1024)
      . " kB), scraped every $interval_s s by one Prometheus, " . $rounds * $interval_s . ' s after it knew all of them.', '');
table([ 'a Prometheus that keeps', 'series', 'cores', 'memory, MiB', 'a scrape, p99 s' ], @rows);

# ---- the alerts of all of them: each sidecar sends each of its alerts to both, once a minute

my @firing = map { { labels => { alertname => "Alert$_", severity => 'warning', job => 'opsmon' }, annotations => { summary => 's' x 200, description => 'd' x 600 } } } 1 .. 3;
my $alertmanager_conf = write_file("$tmp/alertmanager.yml", "route: {receiver: nobody, group_by: [alertname, instance]}\nreceivers: [{name: nobody}]\n");
my @gossip = map { free_port() } 1 .. 2;
my @cluster = map { start_alertmanager($alertmanager_conf, "--cluster.listen-address=127.0.0.1:$gossip[$_]", "--cluster.peer=127.0.0.1:$gossip[1 - $_]") } 0, 1;
my $http = HTTP::Tiny->new(timeout => 10);

sub post_all {
    my ($seconds) = @_;
    my $begun = time;
    for my $number (1 .. $fleet) {
        my @alerts = map { { %$_, labels => { %{ $_->{labels} }, instance => "sidecar-$number:9788" } } } @firing;
        my $body = encode_json(\@alerts);
        for (@cluster) {
            my $answer = $http->post("$_->{url}/api/v2/alerts", { headers => { 'Content-Type' => 'application/json' }, content => $body });
            die "Alertmanager: $answer->{status} $answer->{content}" unless $answer->{success};
        }
        my $wait = $begun + $number * $seconds / $fleet - time;
        sleep($wait) if $wait > 0;
    }
    return;
}

post_all(60);
my @cpu = map { -process_s($_->{pid}) } @cluster;
my $at = time;
post_all(60) for 1 .. 2;
my $seconds = time - $at;
found('### Their alerts', '', "3 alerts that fire on each of $fleet sidecars, sent to both of a cluster of two Alertmanagers once a minute.", '');
table([ 'Alertmanager', 'alerts', 'cores', 'memory, MiB' ],
    map { [ $_ + 1, head_of("$cluster[$_]{url}/metrics", 'alertmanager_alerts{state="active"}'), sprintf('%.3f', ($cpu[$_] + process_s($cluster[$_]{pid})) / $seconds),
            sprintf('%.0f', private_mib($cluster[$_]{pid})) ] } 0, 1);
stop_program($_) for @cluster;
done_testing();

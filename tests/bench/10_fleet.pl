# A fleet of a thousand sidecars, scraped by one Prometheus: pages captured from a real sidecar, one every 15 s, served
# by nginx in the same rhythm under a thousand addresses (OPSMON_FLEET: how many). What that Prometheus needs for all
# of each page; and for what a central one wants of each, when the sidecars judge their rules themselves: what is up,
# what fires, what fills.
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
my $rounds = 12; # of scraping that are measured
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
my $kept = 'up|ALERTS|service_health_status|postgresql_up|opsmon_guard_rung|volume_(free|size)_bytes|postgresql_slot_retained_bytes';

sub measure {
    my ($name, $relabel) = @_;
    my $data = "$tmp/data_$name";
    my $web = free_port();
    my $conf = write_file("$tmp/prometheus_$name.yml", <<END);
global: {scrape_interval: ${interval_s}s, scrape_timeout: 10s}
scrape_configs:
  - job_name: opsmon
    file_sd_configs: [{files: ['$tmp/targets.json']}]
    relabel_configs:
      - {source_labels: [__address__], target_label: instance}
      - {target_label: __address__, replacement: '127.0.0.1:$port'}
      - {source_labels: [instance], target_label: __metrics_path__, replacement: '/\$1'}
$relabel
END
    my $prometheus = start_program('prometheus', "--config.file=$conf", "--storage.tsdb.path=$data", "--web.listen-address=127.0.0.1:$web");
    my $ask = sub {
        my $answer = HTTP::Tiny->new(timeout => 60)->get("http://127.0.0.1:$web/api/v1/query?query=" . $_[0] =~ s/([^A-Za-z0-9_])/sprintf '%%%02X', ord $1/ger);
        return undef unless $answer->{success};
        my $result = decode_json($answer->{content})->{data}{result};
        return @$result ? $result->[0]{value}[1] : undef;
    };
    my $all_up = sub { my $up = $ask->('count(up == 1)'); defined $up && $up == $fleet };
    # The first round makes every series; the pages turn meanwhile.
    for (1 .. 40) { turn_pages($interval_s); last if $all_up->() }
    ok($all_up->(), "$name: all $fleet are scraped");
    my $cpu = process_s($prometheus->{pid});
    my $at = time;
    turn_pages($rounds * $interval_s);
    $cpu = process_s($prometheus->{pid}) - $cpu;
    my $seconds = time - $at;
    my @row = ($name, $ask->('prometheus_tsdb_head_series') // head_of("http://127.0.0.1:$web/metrics", 'prometheus_tsdb_head_series'),
        sprintf('%.2f', $cpu / $seconds), sprintf('%.0f', private_mib($prometheus->{pid})),
        sprintf('%.2f', $ask->('quantile(0.99, scrape_duration_seconds)')), $ask->("count(up == 1)"));
    stop_program($prometheus);
    return \@row;
}

# A metric of Prometheus' own, which scrapes only the fleet.
sub head_of {
    my ($url, $metric) = @_;
    return get($url)->{content} =~ /^\Q$metric\E (\S+)/m ? sprintf('%.0f', $1) : die "no $metric";
}

my @rows = (measure('everything', ''),
    measure('what a centre needs', "    metric_relabel_configs:\n      - {source_labels: [__name__], regex: '$kept', action: keep}"));
found('## A fleet', '', "$fleet sidecars of $series series each (a page of " . sprintf('%.0f', $bytes / 1024)
      . " kB), scraped every $interval_s s by one Prometheus, " . $rounds * $interval_s . ' s after it knew all of them.', '');
table([ 'kept', 'series', 'cores', 'memory, MiB', 'a scrape, p99 s', 'up' ], @rows);
done_testing();

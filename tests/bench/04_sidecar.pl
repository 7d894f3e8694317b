# What the sidecar costs, beside the three exporters that show the same together: node_exporter,
# postgres_exporter and blackbox_exporter. All watch one machine, one server and the same services in the
# same minutes and are scraped in turn; then nobody scrapes the sidecar, and a Prometheus with an Alertmanager
# does for the three what it does for itself. Then what its heavy parsers do in a second.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl", "$FindBin::RealBin/../drills/perl";
use IPC::Open2;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep clock_gettime CLOCK_MONOTONIC);
use Opsmon;
use OpsmonSidecar;
use Drill ();
use Found;

my $run = $ENV{OPSMON_RUN};
my $services = 25;    # about a thousand series in all
my $interval_s = 5;    # of scrapes and of the sidecar's collection: the default
my $rounds = 2 * Drill::runs();
my $tmp = PostgreSQL::Test::Utils::tempdir;

# ---- processor time of another process, in seconds, to the nanosecond; gone children are not in it
sub processor_s { return clock_gettime((~$_[0]->{pid} << 3) | 2) }

sub resident_mib {
    my ($program) = @_;
    return slurp_file("/proc/$program->{pid}/status") =~ /^VmRSS:\s+(\d+) kB/m ? $1 / 1024 : die 'no VmRSS';
}

# Processor time by the name of the thread, of those that live.
sub threads_s {
    my ($program) = @_;
    my %spent;
    for my $task (glob "/proc/$program->{pid}/task/*") {
        my $name = -r "$task/comm" ? slurp_file("$task/comm") : next;
        chomp $name;
        $spent{$name} += (split ' ', slurp_file("$task/schedstat"))[0] / 1e9;
    }
    return \%spent;
}

sub series { return scalar(() = $_[0] =~ /^[^#\n]/mg) }

sub sum { my $sum = 0; $sum += $_ for @_; return $sum }

# ---- what is watched
my $node = start_primary('watched', "opsmon.sample_interval = 10s\nopsmon.guard_interval = 1s\n");
$node->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
$node->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('slot_' || i, true) FROM generate_series(1, 8) i");
my $service = free_port();
start_program('demo_service', '--port', $service);

# ---- who watches
my $access_log = write_file("$tmp/access.log", '');
my %settings = (collect => undef,
    storage => "  path: $tmp/store\n",
    access_logs => "  - {service: shop, path: $access_log}\n",
    postgres => sprintf("  conninfo: host=%s port=%d user=opsmon_sidecar dbname=postgres\n", $node->host, $node->port),
    services => join('', map { "  - {name: service_$_, url: 'http://127.0.0.1:$service/health?of=$_'}\n" } 1 .. $services),
    alerting => "  rule_files: [$run/sidecar/rules/opsmon.rules.yml]\n");
my $sidecar = start_sidecar(sidecar_conf($node, %settings));
my %port = map { $_ => free_port() } qw(node postgres blackbox);
my $host = start_program('prometheus-node-exporter', "--web.listen-address=127.0.0.1:$port{node}");
my $server = do {
    local $ENV{DATA_SOURCE_NAME} = sprintf 'user=opsmon_sidecar host=%s port=%d dbname=postgres', $node->host, $node->port;
    start_program('prometheus-postgres-exporter', "--web.listen-address=127.0.0.1:$port{postgres}");
};
my $probes = start_program('prometheus-blackbox-exporter', "--web.listen-address=127.0.0.1:$port{blackbox}",
    '--config.file=' . write_file("$tmp/blackbox.yml", "modules: {http: {prober: http}}\n"));
my @theirs = ($host, $server, $probes);

my $scraper = open2(my $scraped, my $to_scrape, "$run/bin/bench_scrape");

# Milliseconds that it takes to have all of them.
sub scrape_ms {
    print $to_scrape "@_\n";
    $to_scrape->flush;
    return (split ' ', <$scraped> // die 'bench_scrape ended')[0];
}

my @their_urls = ("http://127.0.0.1:$port{node}/metrics", "http://127.0.0.1:$port{postgres}/metrics",
    map { "http://127.0.0.1:$port{blackbox}/probe?module=http&target=http://127.0.0.1:$service/health%3Fof=$_" } 1 .. $services);
wait_for("$_ answers", sub { get($_)->{success} }, undef) for @their_urls[ 0 .. 2 ];
sub sees_every_service { return $services == (() = metrics($sidecar) =~ /^service_health_status\{.*\} 1$/mg) }
wait_for('the sidecar sees every service', \&sees_every_service, $sidecar);
my $our_url = "$sidecar->{url}/metrics";
my $ours = series(get($our_url)->{content});
my $of_theirs = sum(map { series(get($_)->{content}) } @their_urls);

# ---- all of them, as Prometheus would scrape them
my $begun = clock_gettime(CLOCK_MONOTONIC);
my $threads_before = threads_s($sidecar);
my $our_s = -processor_s($sidecar);
my @their_s = map { -processor_s($_) } @theirs;
my (@our_ms, @their_ms);
for my $round (1 .. $rounds) {
    push @our_ms, scrape_ms($our_url);
    push @their_ms, scrape_ms(@their_urls);
    my $next = $begun + $round * $interval_s;
    sleep($next - clock_gettime(CLOCK_MONOTONIC)) if $next > clock_gettime(CLOCK_MONOTONIC);
}
$our_s += processor_s($sidecar);
$their_s[$_] += processor_s($theirs[$_]) for 0 .. $#theirs;
my $their_s = sum(@their_s);
my $threads_after = threads_s($sidecar);
my %thread_ms = map { $_ => 1000 * ($threads_after->{$_} - ($threads_before->{$_} // 0)) / $rounds } keys %$threads_after;
my $probes_ms = delete $thread_ms{probe};
my $web_ms = delete $thread_ms{'opsmon-sidecar'};

# ---- the sidecar's answer alone
my $answers = 1000;
my $alone_s = -processor_s($sidecar);
scrape_ms($our_url) for 1 .. $answers;
$alone_s += processor_s($sidecar);
close $to_scrape;
waitpid $scraper, 0;

# ---- with what the sidecar does besides: history, rules and alerts. Prometheus' rules are the sidecar's own, which
# find nothing in what the three show: to its advantage.
my $alertmanager = start_alertmanager(write_file("$tmp/alertmanager.yml", "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"));
my $prometheus_port = free_port();
write_file("$tmp/prometheus.yml", <<"CONF" . join '', map { "          - 'http://127.0.0.1:$service/health?of=$_'\n" } 1 .. $services);
global: {scrape_interval: ${interval_s}s, evaluation_interval: ${interval_s}s}
rule_files: [$run/sidecar/rules/opsmon.rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:$alertmanager->{port}']}]}]}
scrape_configs:
  - job_name: exporters
    static_configs: [{targets: ['127.0.0.1:$port{node}', '127.0.0.1:$port{postgres}']}]
  - job_name: blackbox
    metrics_path: /probe
    params: {module: [http]}
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: '127.0.0.1:$port{blackbox}'}
    static_configs:
      - targets:
CONF
my $prometheus = start_program('prometheus', "--config.file=$tmp/prometheus.yml", "--storage.tsdb.path=$tmp/prometheus",
    "--web.listen-address=127.0.0.1:$prometheus_port");
my @whole = (@theirs, $prometheus, $alertmanager);
wait_for('Prometheus sees every service',
    sub { get("http://127.0.0.1:$prometheus_port/api/v1/query?query=count(probe_success==1)")->{content} =~ /"$services"/ }, $prometheus);
my $whole_our_s = -processor_s($sidecar);
my @whole_s = map { -processor_s($_) } @whole;
sleep $rounds * $interval_s;
$whole_our_s += processor_s($sidecar);
$whole_s[$_] += processor_s($whole[$_]) for 0 .. $#whole;

my $per_round = sub { sprintf '%.2f', 1000 * $_[0] / $rounds };
found('## The sidecar beside three exporters', '',
    "One server with 8 slots, $services services on loopback, everything scraped every $interval_s s, $rounds times. Processor "
      . 'time all in: the sidecar collects, probes, keeps history and judges rules between scrapes, the others work when asked.', '');
table([ '', 'series', 'processor time a round, ms', 'a scrape, p50 ms', 'p99 ms', 'resident, MiB' ],
    [ 'opsmon-sidecar', $ours, $per_round->($our_s), map({ sprintf '%.2f', $_ } median(@our_ms), percentile(99, @our_ms)), sprintf('%.1f', resident_mib($sidecar)) ],
    [ "node, postgres and blackbox exporter (@{[ scalar @their_urls ]} requests)", $of_theirs, $per_round->($their_s),
        map({ sprintf '%.2f', $_ } median(@their_ms), percentile(99, @their_ms)), sprintf('%.1f', sum(map { resident_mib($_) } @theirs)) ],
    [ 'theirs : ours', sprintf('%.1f', $of_theirs / $ours), sprintf('%.1f', $their_s / $our_s), sprintf('%.1f', median(@their_ms) / median(@our_ms)),
        sprintf('%.1f', percentile(99, @their_ms) / percentile(99, @our_ms)), sprintf('%.1f', sum(map { resident_mib($_) } @theirs) / resident_mib($sidecar)) ]);
found('Nobody scrapes the sidecar, and a Prometheus scrapes the three, keeps history and judges the same rules, with an Alertmanager:', '');
my @names = ('node_exporter', 'postgres_exporter', 'blackbox_exporter', 'Prometheus', 'Alertmanager');
table([ '', "processor time in $interval_s s, ms", 'resident, MiB' ],
    [ 'opsmon-sidecar', $per_round->($whole_our_s), sprintf '%.1f', resident_mib($sidecar) ],
    map({ [ $names[$_], $per_round->($whole_s[$_]), sprintf '%.1f', resident_mib($whole[$_]) ] } 0 .. $#whole),
    [ 'theirs : ours', map { sprintf '%.1f', $_ } sum(@whole_s) / $whole_our_s, sum(map { resident_mib($_) } @whole) / resident_mib($sidecar) ]);
cmp_ok(resident_mib($sidecar), '<', 24, 'resident memory with rules, history and dashboard');
found(sprintf('An answer to `/metrics` alone costs the sidecar %.3f ms (%d answers): 1/%.0f of what the three need for theirs.',
        1000 * $alone_s / $answers, $answers, ($their_s / $rounds) / ($alone_s / $answers)), '');
found('Of its processor time in a round:', '');
table([ 'part', 'ms' ], [ "asking $services services over HTTP", sprintf '%.2f', $probes_ms ],
    map { [ $_ eq 'pipeline' ? 'pipeline: page, history, rules' : "collecting: $_", sprintf '%.2f', $thread_ms{$_} ] }
    sort { $thread_ms{$b} <=> $thread_ms{$a} } grep { $thread_ms{$_} >= 0.005 } keys %thread_ms);
cmp_ok($ours, '>', 900, 'about a thousand series');
cmp_ok($our_s, '<', $their_s, 'less processor time than the three exporters');

stop_program($_) for $sidecar, @whole;

# ---- one cycle: at an interval of a second everything runs once in each
my $cycles = 30;
$settings{collect} = "  interval: 1s\n  timeout: 900ms\n";
$sidecar = start_sidecar(sidecar_conf($node, %settings));
wait_for('the sidecar sees every service', \&sees_every_service, $sidecar);
$threads_before = threads_s($sidecar);
sleep $cycles;
$threads_after = threads_s($sidecar);
%thread_ms = map { $_ => 1000 * ($threads_after->{$_} - ($threads_before->{$_} // 0)) / $cycles } keys %$threads_after;
$probes_ms = delete $thread_ms{probe};
delete $thread_ms{'opsmon-sidecar'};
my $pipeline_ms = delete $thread_ms{pipeline};
my $cycle_ms = sum(values %thread_ms);
found(sprintf('One cycle of collection, at an interval of a second, where everything runs once in each: %.2f ms at %d series; '
          . 'with the page, history and rules %.2f ms. The %d probes beside it: %.2f ms. The goal is 2 ms.',
        $cycle_ms, $ours, $cycle_ms + $pipeline_ms, $services, $probes_ms), '');
stop_program($sidecar);
$node->stop;

# ---- what the heavy parsers do

sub run_tool {
    my (@command) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run([ "$run/bin/$command[0]", @command[ 1 .. $#command ] ], '<', \undef, '>', \$out, '2>', \$err)
      or die "@command: $err";
    return $out;
}

my @rows;
for my $connections (1000, 10_000) {
    my ($in, $out) = ('', '');
    my $holder = IPC::Run::start([ "$run/bin/bench_hold_connections", $connections, 100 ], '<', \$in, '>', \$out);
    $holder->pump until $out =~ /^ready/m || !$holder->pumpable;
    my ($sockets, $median, $longest) = run_tool('bench_socket_list', 21) =~ /sockets (\d+) median_ms (\S+) longest_ms (\S+)/
      or die 'bench_socket_list';
    $holder->finish;
    push @rows, [ $sockets, $median, $longest ];
    cmp_ok($sockets, '>=', 2 * $connections, 'all are listed');
}
found('### The kernel\'s list of sockets, with top talkers', '', 'Processor time of one look, of 21.', '');
table([ 'sockets', 'median, ms', 'longest, ms' ], @rows);

my ($rules, $judged, $median, $longest) = run_tool('bench_rules', "$run/sidecar/rules/opsmon.rules.yml", 1000)
  =~ /rules (\d+) series (\d+) median_ms (\S+) longest_ms (\S+)/ or die 'bench_rules';
found('### Rules', '', "Processor time of judging all rules once, at 60 moments. The goal is 5 ms.", '');
table([ 'rules', 'series', 'median, ms', 'longest, ms' ], [ $rules, $judged, $median, $longest ]);
cmp_ok($judged, '==', 1000, 'over a thousand series');

@rows = ();
for my $format (qw(combined json)) {
    my $log = "$tmp/access_$format.log";
    run_tool('bench_access_log', 'generate', $format, 1_000_000, $log);
    my @said = map { run_tool('bench_access_log', 'count', $format, $log) } 1 .. 5;
    my @per_s = map { /([\d.]+) lines\/s/ ? $1 : die "bench_access_log: $_" } @said;
    push @rows, [ $format, sprintf('%.0f', (-s $log) / 1e6), map { sprintf '%.2f', $_ / 1e6 } median(@per_s), percentile(0, @per_s) ];
    cmp_ok(median(@per_s), '>', 0, "$format is counted");
}
found('### Access logs, one core', '', 'A million lines each, followed, parsed and counted, five times.', '');
table([ 'format', 'MB', 'million lines a second, median', 'slowest' ], @rows);

done_testing();

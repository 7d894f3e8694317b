# Cost against size: processor time of a look of the guard by slots, of the sampler by sessions and by WAL files; of an
# answer to /metrics and of a round of collection by series; of judging and telling by alerts that fire. What grows must
# grow no faster than what it looks at. Each is drawn as well.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl", "$FindBin::RealBin/../drills/perl";
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use Drill;
use Found;
use Opsmon ();
use OpsmonSidecar qw(free_port start_program stop_program start_sidecar start_webhook write_file sidecar_conf get metrics);
use Plot;
use ServerCost;

my $tmp = PostgreSQL::Test::Utils::tempdir;
my $guard_conf = "opsmon.guard = enforce\nopsmon.guard_interval = 5ms\nopsmon.sample_interval = 500ms\nopsmon.history_retention = 0\n";

# Not on a volume that can be filled up: nothing is filled up here.
sub start_node {
    my ($name, $conf, %options) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(%options);
    $node->append_conf('postgresql.conf', slurp_file($ENV{OPSMON_CONF}) . $guard_conf . "autovacuum = off\nlog_statement = none\n$conf");
    $node->start;
    $node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
    Opsmon::wait_until($node, 'guard_ticks > 0 AND sampler_ticks > 0');
    return $node;
}

sub make_slots {
    my ($node, $first, $last) = @_;
    $node->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('slot_' || i, true) FROM generate_series($first, $last) i");
    Opsmon::wait_until($node, "(SELECT count(*) >= least($last, 1000) FROM opsmon.live_slots())");
    return;
}

# Processor time of a look, in µs: the middle of three times so many.
sub look_us {
    my ($node, $worker, $looks) = @_;
    my $pid = worker_process($node, $worker);
    my $ticks = sub { Opsmon::status($node, "${worker}_ticks") };
    my @took;
    for (1 .. 3) {
        my ($before, $s) = ($ticks->(), process_s($pid));
        Opsmon::wait_until($node, "${worker}_ticks >= " . ($before + $looks));
        my $looked = $ticks->() - $before;
        push @took, 1e6 * (process_s($pid) - $s) / $looked;
    }
    return median(@took);
}

my %curve; # title => { of => what is counted, unit =>, points => [ [ x, y ] ... ] }

sub curve {
    my ($title, $of, $unit, @points) = @_;
    found("### $title", '');
    table([ $of, $unit, 'for each' ], map { [ $_->[0], sprintf('%.1f', $_->[1]), sprintf('%.3g', $_->[1] / ($_->[0] || 1)) ] } @points);
    plot($title, $of, $unit, @points);
    # What each more costs, between the last two sizes, against what all cost each at the largest: above 1.5 it is no line.
    my ($fewer, $more) = @points[ -2, -1 ];
    my $slope = ($more->[1] - $fewer->[1]) / ($more->[0] - $fewer->[0]);
    cmp_ok($slope, '<', 1.5 * $more->[1] / $more->[0], "$title: no faster than $of");
    return;
}

# ---- slots: of a server that has room for little more

{
    my @points;
    for my $slots (1, 10, 100, 300, 1000) {
        my $node = start_node("slots_$slots", 'max_replication_slots = ' . ($slots > 10 ? $slots : 10) . "\n", allows_streaming => 1);
        make_slots($node, 1, $slots);
        push @points, [ $slots, look_us($node, 'guard', 300) ];
        $node->stop('immediate');
    }
    curve('A look of the guard', 'slots', 'µs', @points);
}

# ---- sessions, that hold no snapshot and do nothing: of a server that has room for little more

{
    my $script = write_file("$tmp/idle.sql", "SELECT 1;\n\\sleep 36000 s\n");
    my @points;
    for my $sessions (10, 100, 1000, 2500, 5000) {
        my $node = start_node("sessions_$sessions", 'max_connections = ' . ($sessions + 30) . "\nshared_buffers = 64MB\n");
        my @clients;
        # No client opens as many files as that.
        for (my $left = $sessions; $left > 0; $left -= 500) {
            push @clients, IPC::Run::start([ 'pgbench', '-n', '-c', $left > 500 ? 500 : $left, '-T', '36000', '-f', $script, $node->connstr('postgres') ],
                '<', \undef, '>', \my $out, '2>', \my $err);
        }
        Opsmon::wait_until($node, "(SELECT sum(sessions) >= $sessions FROM opsmon.connections)");
        push @points, [ $sessions, look_us($node, 'sampler', 10) ];
        $node->stop('immediate');
        $_->kill_kill for @clients;
    }
    curve('A look of the sampler, by sessions', 'sessions', 'µs', @points);
}

# ---- files of WAL, of 1 MB, which a server at rest does not touch

{
    my $node = PostgreSQL::Test::Cluster->new('files');
    $node->init(extra => [ '--wal-segsize=1' ]);
    # Far from the beginning, so that there is room for older ones.
    system_or_bail('pg_resetwal', '-f', '-l', '00000001' . '00000064' . '00000001', $node->data_dir);
    $node->append_conf('postgresql.conf', slurp_file($ENV{OPSMON_CONF}) . $guard_conf . "autovacuum = off\ncheckpoint_timeout = 1d\n");
    $node->start;
    $node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
    my @points;
    my $there = 0;
    for my $files (10, 100, 1000, 10_000, 100_000) {
        for my $segment ($there .. $files - 1) {
            write_file($node->data_dir . sprintf('/pg_wal/00000001%08X%08X', int($segment / 4096), $segment % 4096), '');
        }
        $there = $files;
        Opsmon::wait_until($node, "(SELECT directory_files >= $files FROM opsmon.wal)");
        push @points, [ $files, look_us($node, 'sampler', 5) ];
    }
    curve('A look of the sampler, by files in pg_wal', 'files', 'µs', @points);
    $node->stop('immediate');
}

# ---- series: of slots, a handful each

sub thread_s {
    my ($program, $name) = @_;
    my $seconds = 0;
    for my $task (glob "/proc/$program->{pid}/task/*") {
        next unless -r "$task/comm" && slurp_file("$task/comm") eq "$name\n";
        $seconds += (split ' ', slurp_file("$task/schedstat"))[0] / 1e9;
    }
    return $seconds;
}

{
    my $node = start_node('series', "max_replication_slots = 1000\n", allows_streaming => 1);
    $node->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
    my (@answers, @rounds, @memory);
    my $there = 0;
    for my $slots (1, 30, 100, 300, 1000) {
        make_slots($node, $there + 1, $slots);
        $there = $slots;
        my $sidecar = start_sidecar(sidecar_conf($node, collect => "  interval: 1s\n  timeout: 900ms\n", storage => "  path: $tmp/store_$slots\n",
                postgres => sprintf("  conninfo: host=%s port=%d user=opsmon_sidecar dbname=postgres\n", $node->host, $node->port),
                alerting => "  rule_files: [$ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml]\n"));
        OpsmonSidecar::wait_for('the slots are shown', sub { (() = metrics($sidecar) =~ /^postgresql_slot_active\{/mg) >= $slots }, $sidecar);
        my $series = () = metrics($sidecar) =~ /^[^#\n]/mg;
        my $before = process_s($sidecar->{pid});
        my $in_rounds = sub { thread_s($sidecar, 'pipeline') + thread_s($sidecar, 'postgresql') };
        my $rounds_before = $in_rounds->();
        sleep 20;
        push @rounds, [ $series, 1e3 * ($in_rounds->() - $rounds_before) / 20 ];
        my $alone = process_s($sidecar->{pid});
        metrics($sidecar) for 1 .. 200;
        # What it does meanwhile by itself is little: a round or two.
        push @answers, [ $series, 1e6 * (process_s($sidecar->{pid}) - $alone) / 200 ];
        # Its smaps are nobody's to read: it is not dumpable.
        push @memory, [ $series, slurp_file("/proc/$sidecar->{pid}/status") =~ /^RssAnon:\s+(\d+) kB/m ];
        stop_program($sidecar);
    }
    curve('An answer to /metrics', 'series', 'µs', @answers);
    curve('Reading the database, page, history and rules, a round', 'series', 'ms', @rounds);
    found('### Memory of the sidecar, after half a minute', '');
    table([ 'series', 'MiB' ], map { [ $_->[0], sprintf '%.1f', $_->[1] / 1024 ] } @memory);
    plot('Memory of the sidecar', 'series', 'kB', @memory);
    $node->stop('immediate');
}

# ---- alerts that fire, each told once

{
    my $hooks = start_webhook(sub { return "told\n" });
    my @points;
    for my $alerts (1, 10, 100, 300, 1000) {
        my $rules = "groups:\n  - name: all\n    interval: 1s\n    rules:\n"
          . join '', map { "      - {alert: Alert$_, expr: 'vector(1)', labels: {severity: warning}}\n" } 1 .. $alerts;
        my $notification = write_file("$tmp/alertmanager_$alerts.yml", <<END);
route: {receiver: hook, group_by: [], group_wait: 1s, group_interval: 5m, repeat_interval: 12h}
receivers: [{name: hook, webhook_configs: [{url: '$hooks->{url}/all'}]}]
END
        my $sidecar = start_sidecar("collect: {interval: 1s, timeout: 900ms}\nstorage: {path: $tmp/alerts_$alerts}\nalerting: {rule_files: ["
              . write_file("$tmp/rules_$alerts.yml", $rules) . "], notification_file: $notification}\n");
        OpsmonSidecar::wait_for('all fire', sub { (() = get("$sidecar->{url}/api/v1/alerts")->{content} =~ /"state":"firing"/g) == $alerts }, $sidecar);
        my $before = process_s($sidecar->{pid});
        sleep 20;
        push @points, [ $alerts, 1e3 * (process_s($sidecar->{pid}) - $before) / 20 ];
        stop_program($sidecar);
    }
    curve('The whole sidecar, a second, while alerts fire', 'alerts', 'ms', @points);
}
done_testing();

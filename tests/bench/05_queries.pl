# What queries and rules cost here and in Prometheus, on the same data. Range queries: `opsmon-sidecar query`
# over an OpenMetrics file, and a Prometheus server over the blocks that promtool makes of it, asked in turn.
# Rules: `test-rules` and `promtool test rules` judge the shipped rules over the same thousand series.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl", "$FindBin::RealBin/../drills/perl";
use HTTP::Tiny;
use IPC::Open2;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(clock_gettime);
use OpsmonSidecar;
use Drill ();
use Found;

my $run = $ENV{OPSMON_RUN};
my $runs = Drill::runs();
my $tmp = PostgreSQL::Test::Utils::tempdir;
my ($begin, $step, $steps) = (1_700_000_000, 15, 241);    # an hour

# Processor time of another process, in seconds, to the nanosecond; gone children are not in it.
sub processor_s { return clock_gettime((~$_[0] << 3) | 2) }

# Series of the kinds that rules read: counters, gauges, buckets; a generator of its own for their values.
my $state = 1;
sub number { $state = $state * 48271 % 2147483647; return $state % $_[0] }

sub data_file {
    my %series = (requests => [], temperature => [], latency_seconds => [], weight => []);
    for my $instance (1 .. 50) {
        push @{ $series{requests} }, map { my $job = $_; map { qq(requests_total{instance="$instance",job="$job",mode="$_"}) } qw(idle sys user wait) } qw(api db);
        push @{ $series{temperature} }, map { qq(temperature{instance="$instance",zone="$_"}) } 1 .. 4;
        push @{ $series{weight} }, qq(weight{instance="$instance"});
        push @{ $series{latency_seconds} }, map { qq(latency_seconds_bucket{instance="$instance",le="$_"}) } qw(0.1 0.25 0.5 1.0 2.5 5.0 +Inf) if $instance <= 50;
    }
    my %type = (requests => 'counter', temperature => 'gauge', weight => 'gauge', latency_seconds => 'histogram');
    my $out = '';
    for my $family (sort keys %series) {
        $out .= "# TYPE $family $type{$family}\n";
        my $below = 0;
        for my $one (@{ $series{$family} }) {
            my $value = 0;
            my $rise = 5 + number(20);
            $below = $one =~ /le="0\.1"/ ? $rise : $below + $rise if $family eq 'latency_seconds';
            for my $k (0 .. $steps - 1) {
                $value = $family eq 'requests' ? $value + number(40) : $family eq 'latency_seconds' ? $below * $k : $family eq 'weight' ? 3 : number(100_000) / 1000;
                $out .= sprintf "%s %s %d\n", $one, $value, $begin + $k * $step;
            }
        }
    }
    return "$out# EOF\n";
}

sub run_tool {
    my ($name, @arguments) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run([ "$run/bin/$name", @arguments ], '<', \undef, '>', \$out, '2>', \$err) or die "$name: $out$err";
    return $out;
}

my $data = write_file("$tmp/data.om", data_file());
run_tool('promtool', qw(tsdb create-blocks-from openmetrics), $data, "$tmp/blocks");
write_file("$tmp/prometheus.yml", "global: {}\n");
my $port = free_port();
my $prometheus = start_program('prometheus', "--config.file=$tmp/prometheus.yml", "--storage.tsdb.path=$tmp/blocks",
    '--storage.tsdb.retention.time=100y', "--web.listen-address=127.0.0.1:$port");
wait_for('Prometheus is ready', sub { get("http://127.0.0.1:$port/-/ready")->{success} }, $prometheus);
my $end = $begin + $step * ($steps - 1);
my $pid = open2(my $from, my $to, "$run/bin/opsmon-sidecar", 'query', '--data', $data, '--start', $begin, '--end', $end, '--step', $step, '-');
my $http = HTTP::Tiny->new(timeout => 60, keep_alive => 1);

# The processor time in ms that an answer takes, and the answer.
sub ours {
    my ($query) = @_;
    my $spent = -processor_s($pid);
    print $to "$query\n";
    $to->flush;
    my $answer = <$from>;
    return (1000 * ($spent + processor_s($pid)), $answer);
}

sub theirs {
    my ($query) = @_;
    my $asked = $http->www_form_urlencode({ query => $query, start => $begin, end => $end, step => $step });
    my $spent = -processor_s($prometheus->{pid});
    my $answer = $http->get("http://127.0.0.1:$port/api/v1/query_range?$asked");
    return (1000 * ($spent + processor_s($prometheus->{pid})), $answer->{content});
}

my @queries = ('requests_total', 'temperature > 50', 'rate(requests_total[5m])', 'sum by (job) (rate(requests_total[5m]))',
    'histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m])))', 'max_over_time(temperature[30m])', 'quantile_over_time(0.95, temperature[10m])',
    'topk(5, temperature)', 'requests_total / on (instance) group_left () weight', 'avg_over_time(rate(requests_total[1m])[10m:1m])');
my (%our_ms, %their_ms, %ratio, %series);
for my $round (0 .. 2 * $runs) {    # the first one warms up
    for my $query (@queries) {
        my @pair = $round % 2 ? (\&ours, \&theirs) : (\&theirs, \&ours);
        my @first = $pair[0]->($query);
        my @second = $pair[1]->($query);
        my ($mine, $other) = $round % 2 ? (\@first, \@second) : (\@second, \@first);
        if ($round == 0) {
            my @counts = map { scalar @{ decode_json($_->[1])->{data}{result} } } $mine, $other;
            is($counts[0], $counts[1], "as many series: $query");
            $series{$query} = $counts[0];
            next;
        }
        push @{ $our_ms{$query} }, $mine->[0];
        push @{ $their_ms{$query} }, $other->[0];
        push @{ $ratio{$query} }, $other->[0] / $mine->[0];
    }
}
close $to;
waitpid $pid, 0;
stop_program($prometheus);

found('## Queries and rules beside Prometheus', '',
    sprintf('Range queries over %d steps of %d s, %d pairs in turn. Processor time of the whole process, in ms; Prometheus\' has its web server and garbage collector in it, '
          . 'the sidecar\'s reads from a pipe.', $steps, $step, 2 * $runs), '');
table([ 'query', 'series', 'opsmon-sidecar, median', 'Prometheus, median', 'theirs : ours, median', 'least', 'most' ],
    map { my $query = $_; [ "`$query`", $series{$query}, map { sprintf '%.1f', $_ } median(@{ $our_ms{$query} }), median(@{ $their_ms{$query} }),
            median(@{ $ratio{$query} }), percentile(0, @{ $ratio{$query} }), percentile(100, @{ $ratio{$query} }) ] } @queries);

# ---- rules: what twenty minutes more cost

my $rules = "$run/sidecar/rules/opsmon.rules.yml";
my @series = split /\n/, run_tool('bench_rules', '--list', 1000);
my ($short, $long) = map {
    write_file("$tmp/test_$_.yml", "rule_files: [$rules]\nevaluation_interval: 5s\ntests:\n  - interval: 5s\n"
          . "    promql_expr_test: [{eval_time: ${_}m, expr: nothing_here, exp_samples: []}]\n    input_series:\n"
          . join('', map { my $series = $series[$_] =~ s/'/''/gr; "      - {series: '$series', values: '$_+1x300'}\n" } 0 .. $#series))
} 2, 22;

sub spent_s {
    my (@command) = @_;
    my @before = times;
    run_tool(@command);
    my @after = times;
    return $after[2] + $after[3] - $before[2] - $before[3];
}
my %tool = (ours => [ 'opsmon-sidecar', 'test-rules' ], theirs => [qw(promtool test rules)]);
my %step_ms;
my $judged = 20 * 60 / 5;
for my $round (1 .. $runs) {
    for my $who ($round % 2 ? qw(ours theirs) : qw(theirs ours)) {
        push @{ $step_ms{$who} }, 1000 * (spent_s(@{ $tool{$who} }, $long) - spent_s(@{ $tool{$who} }, $short)) / $judged;
    }
}
my @ratios = map { $step_ms{theirs}[$_] / $step_ms{ours}[$_] } 0 .. $runs - 1;
my $count = () = slurp_file($rules) =~ /^\s+- (?:alert|record):/mg;
found(sprintf('### Rules: one evaluation of %d rules over %d series, with taking in their samples', $count, scalar @series), '',
    'What a rule test costs that goes on for 240 evaluations more, divided by these; processor time in ms.', '');
table([ '', 'median', 'least', 'most' ], map({ my $who = $_; [ $who eq 'ours' ? '`opsmon-sidecar test-rules`' : '`promtool test rules`',
            map { sprintf '%.2f', $_ } median(@{ $step_ms{$who} }), percentile(0, @{ $step_ms{$who} }), percentile(100, @{ $step_ms{$who} }) ] } qw(ours theirs)),
    [ 'theirs : ours', map { sprintf '%.1f', $_ } median(@ratios), percentile(0, @ratios), percentile(100, @ratios) ]);

done_testing();

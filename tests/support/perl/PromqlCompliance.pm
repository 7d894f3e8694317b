# What the public PromQL compliance suite asks (github.com/prometheus/compliance, promql/promql-test-queries.yml
# at 67b8327, Apache-2.0; its variants from promql/testcases/expand.go, MIT), written down here as a list, and
# data of its kind: three instances of a demo service. An array in the list stands for each of its elements.
package PromqlCompliance;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(compliance_data compliance_expressions);

my @range = qw(1s 15s 1m 5m 15m 1h);
my @offset = qw(1m 5m 10m);
my @simple = qw(sum avg max min count stddev stdvar);
my @over_time = (@simple, 'absent', 'last');
my @k = qw(topk bottomk);
my @quantile = qw(-0.5 0.1 0.5 0.75 0.95 0.90 0.99 1 1.5);
my @arithmetic = qw(+ - * / % ^);
my @comparison = qw(== != < > <= >=);
my @binary = (@arithmetic, @comparison);
my @math = qw(abs ceil floor exp sqrt ln log2 log10 round);
my @date = qw(day_of_month day_of_week days_in_month hour minute month year);
my ($memory, $cpu, $cpus, $disk) = qw(demo_memory_usage_bytes demo_cpu_usage_seconds_total demo_num_cpus demo_disk_usage_bytes);
my ($batch, $buckets) = qw(demo_batch_last_success_timestamp_seconds demo_api_request_duration_seconds_bucket);
my $all = 'on(instance, job, type)';

my @queries = (
    # literals
    (map {; [$_] } qw(42 1.234 .123 1.23e-3 0x3d Inf +Inf -Inf NaN)),
    # selectors, staleness
    [$memory], [qq({__name__="$memory"})], [qq({__name__=~".*"})], ['nonexistent_metric_name'], ['demo_intermittent_metric'],
    [ $memory, '{', [ 'type="free"', 'type!="free"', 'instance=~"demo.example.com:.*"', 'instance=~"host"', 'instance!~".*:10000"', 'type="free", instance!="demo.example.com:10000"' ], '}' ],
    ['{type="free", instance!="demo.example.com:10000"}'], [ $memory, ' offset ', [ '', '-' ], \@offset ],
    # aggregations
    [ \@simple, [ "($memory)", '(nonexistent_metric_name)' ] ], [ \@simple, [ ' by(', ' without(' ], [ '', 'instance', 'instance, type', 'nonexistent' ], ") ($memory)" ],
    [ \@k, [ ' (3, ', ' by(instance) (2, ', ' without(instance) (2, ', ' without() (2, ' ], "$memory)" ], [ 'quantile(', \@quantile, ", $memory)" ], ["avg(max by(type) ($memory))"],
    # binary operators
    ['1 * 2 + 4 / 6 - 10 % 2 ^ 2'], [ "$cpus + (1 ", \@comparison, ' bool 2)' ], [ $memory, \@binary, ' 1.2345' ], [ "$memory ", \@comparison, ' bool 1.2345' ], [ '1.2345 ', \@comparison, " bool $memory" ],
    [ '0.12345 ', \@binary, " $memory" ], [ '(1 * 2 + 4 / 6 - (10%7)^2) ', \@binary, " $memory" ], [ "$memory ", \@binary, ' (1 * 2 + 4 / 6 - 10)' ], ["timestamp($memory * 1)"], ["timestamp(-$memory)"],
    [ "$memory ", \@binary, " $all $memory" ], [ "sum by(instance, type) ($memory) ", \@binary, " on(instance, type) group_left(job) $memory" ], [ "$memory ", \@comparison, " bool $all $memory" ],
    ["$memory / on(instance, job, type, __name__) $memory"], [ "sum without(job) ($memory) / on(instance, type)", [ '', ' group_left', ' group_left(job)' ], " $memory" ], ["$memory / on(instance, job) group_left $cpus"],
    ["$memory / on(instance, type, job, non_existent) $memory"],
    # infinities, unary, scalars that change
    [ "$cpus * ", [qw(Inf -Inf NaN)] ], ["$memory + -(1)"], ["-$memory"], ['-1 ^ 2'], [ '1 ', \@arithmetic, ' time()' ], [ 'time() ', \@arithmetic, ' 1' ], [ 'time() ', \@comparison, ' bool 1' ], [ '1 ', \@comparison, ' bool time()' ],
    [ 'time() ', \@arithmetic, ' time()' ], [ 'time() ', \@comparison, ' bool time()' ], [ 'time() ', \@binary, " $memory" ], [ "$memory ", \@binary, ' time()' ],
    # functions
    [ \@over_time, "_over_time($memory\[", \@range, '])' ], [ 'quantile_over_time(', \@quantile, ", $memory\[", \@range, '])' ], ["timestamp($cpus)"], ["timestamp(timestamp($cpus))"], [ \@math, [ '(', '(-' ], "$memory)" ],
    [ [qw(delta rate increase)], '(nonexistent_metric[5m])' ], [ [qw(delta rate increase idelta irate resets)], "($cpu\[", \@range, '])' ], [ "deriv($disk\[", \@range, '])' ], [ "predict_linear($disk\[", \@range, '], 600)' ], ['time()'],
    [ "label_replace($cpus, ", [ '"job", "destination-value-$1", "instance", "demo.example.com:(.*)"', '"job", "destination-value-$1", "instance", "host:(.*)"', '"job", "$1-$2", "instance", "local(.*):(.*)"',
        '"job", "value-$1", "nonexistent-src", "source-value-(.*)"', '"job", "value-$1", "nonexistent-src", "(.*)"', '"job", "value-$1", "instance", "non-matching-regex"', '"job", "", "dst", ".*"', '"job", "value-$1", "src", "(.*"',
        '"~invalid", "", "src", "(.*)"', '"instance", "", "", ""' ], ')' ],
    [ "label_join($cpus, ", [ '"new_label", "-", "instance", "job"', '"job", "-", "instance", "job"', '"job", "-", "instance"', '"~invalid", "-", "instance"' ], ')' ],
    [ \@date, '()' ], [ \@date, "($batch offset ", \@offset, ')' ], [ [qw(clamp_min clamp_max)], "($memory, 2)" ], [ "clamp($memory, ", [ '0, 1', '0, 1000000000000', '1000000000000, 0', '1000000000000, 1000000000000' ], ')' ],
    [ "changes($batch\[", \@range, '])' ], ['vector(1.23)'], ['vector(time())'], [ 'histogram_quantile(', \@quantile, ", rate($buckets\[1m]))" ],
    [ 'histogram_quantile(0.9, ', [ 'nonexistent_metric', $memory, '{__name__=~"demo_api_request_duration_seconds_.+"}' ], ')' ], [qq(count_values("value", $buckets))], [ 'absent(', [ $memory, 'nonexistent_metric_name' ], ')' ],
    # subqueries
    ["max_over_time((time() - max($batch) < 1000)[5m:10s] offset 5m)"], ["avg_over_time(rate($cpu\[1m])[2m:10s])"]);

sub compliance_expressions {
    my @out;
    for my $query (@queries) {
        my @texts = ('');
        for my $part (@$query) {
            my @next = ref $part ? @$part : $part;
            @texts = map { my $text = $_; map {; "$text$_" } @next } @texts;
        }
        push @out, @texts;
    }
    return @out;
}

# Instances, each with counters, gauges, a histogram and a metric that comes and goes. `number` gives
# the next whole number below its argument.
sub compliance_data {
    my ($begin, $step, $steps, $number) = @_;
    my %lines;
    for my $instance (map {; "demo.example.com:1000$_" } 0 .. 2) {
        my $of = qq(instance="$instance",job="demo");
        my (%seconds, %count);
        my ($done, $used) = ($begin - 3000, 5e9);
        for my $k (0 .. $steps - 1) {
            my $at = $begin + $k * $step;
            my $add = sub { push @{ $lines{ $_[0] } }, sprintf '%s{%s%s} %s %d', $_[1], $of, $_[2], $_[3], $at; return };
            for my $mode (qw(idle system user)) {
                $seconds{$mode} += $number->(1500) / 100;
                $add->('counter demo_cpu_usage_seconds', $cpu, qq(,mode="$mode"), $seconds{$mode});
            }
            $add->("gauge $memory", $memory, qq(,type="$_"), 1e9 + $number->(1_000_000) * 137) for qw(buffers cached free used);
            $add->("gauge $cpus", $cpus, '', 4);
            $add->("gauge $disk", $disk, '', $used += $number->(90_000));
            $done = $at - 1 if $number->(15) == 0;
            $add->("gauge $batch", $batch, '', $done + 0.25);
            $add->('gauge demo_intermittent_metric', 'demo_intermittent_metric', '', 1) if $k % 40 < 12;
            for my $path (qw(/api/bar /api/foo)) {
                my $more = $number->(9);
                for my $le ('0.0001', '0.001', '0.01', '0.1', '1', '+Inf') {
                    $more += $number->(7);
                    $add->('histogram demo_api_request_duration_seconds', $buckets, qq(,path="$path",status="200",le="$le"), $count{$path}{$le} += $more);
                }
                $add->('histogram demo_api_request_duration_seconds', 'demo_api_request_duration_seconds_count', qq(,path="$path",status="200"), $count{$path}{'+Inf'});
                $add->('histogram demo_api_request_duration_seconds', 'demo_api_request_duration_seconds_sum', qq(,path="$path",status="200"), $count{$path}{'+Inf'} / 8);
            }
        }
    }
    return join '', map { my ($type, $name) = split / /; "# TYPE $name $type\n" . join '', map {; "$_\n" } @{ $lines{$_} } } sort keys %lines;
}

1;

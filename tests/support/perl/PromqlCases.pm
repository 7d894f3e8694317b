# The expressions on which our PromQL is compared with Prometheus': every function, aggregation,
# operator, modifier and class of error, each in many places, and a number of random compositions.
# What the public PromQL compliance suite asks is among them.
package PromqlCases;

use strict;
use warnings;
use Exporter 'import';
use PromqlCompliance qw(compliance_data compliance_expressions);

our @EXPORT_OK = qw(data_file expressions);

my $begin = 1_700_000_000;
my $step = 15;
my $steps = 240;

# A generator of its own: Perl's may differ from one version to the next.
my $state;
sub seed { $state = $_[0] % 2147483647 || 1; return }
sub number { $state = $state * 48271 % 2147483647; return $state % $_[0] }
sub pick { return $_[ number(scalar @_) ] }

sub family {
    my ($name, $type, @lines) = @_;
    return join '', "# TYPE $name $type\n", map {; "$_\n" } @lines;
}

# Counters with resets and a gap, gauges with NaN and infinities, a histogram, sparse and short series.
sub data_file {
    seed(7);
    my (@requests, @temperature, @latency, @const, @sparse, @short, @info, @twin, @late);
    for my $instance (qw(a b)) {
        for my $job (qw(api db)) {
            for my $mode (qw(idle user sys)) {
                my $value = 0;
                for my $k (0 .. $steps - 1) {
                    next if $instance eq 'b' && $k > 100 && $k < 140;
                    $value = number(50) == 0 ? 0 : $value + number(20);
                    push @requests, sprintf 'requests_total{instance="%s",job="%s",mode="%s"} %d %d',
                      $instance, $job, $mode, $value, $begin + $k * $step;
                }
            }
        }
    }
    for my $instance (qw(a b c)) {
        for my $k (0 .. $steps - 1) {
            next if $instance eq 'b' && $k > 180;
            my $value = number(200_000) / 1000 - 80;
            $value = 'NaN' if $instance eq 'c' && $k % 17 == 0;
            $value = $k % 2 ? '+Inf' : '-Inf' if $instance eq 'c' && $k % 23 == 0;
            push @temperature, sprintf 'temperature{instance="%s",zone="z%d"} %s %.3f', $instance,
              ord($instance) % 2, $value, $begin + $k * $step + ($instance eq 'b' ? 0.5 : 0);
        }
    }
    my @bounds = (0.1, 0.5, '1.0', 2.5, '10.0', '+Inf');
    for my $instance (qw(a b)) {
        my @count = (0) x @bounds;
        my $sum = 0;
        for my $k (0 .. $steps - 1) {
            for (1 .. number(6)) {
                my $bucket = number(scalar @bounds);
                $count[$_]++ for $bucket .. $#bounds;
                $sum += $bucket;
            }
            my $at = $begin + $k * $step;
            push @latency, map {; qq(latency_seconds_bucket{instance="$instance",le="$bounds[$_]"} $count[$_] $at) } 0 .. $#bounds;
            push @latency, qq(latency_seconds_count{instance="$instance"} $count[-1] $at), qq(latency_seconds_sum{instance="$instance"} $sum $at);
        }
    }
    for my $k (0 .. $steps - 1) {
        my $at = $begin + $k * $step;
        push @const, qq(const_value{instance="a"} 3 $at);
        push @sparse, qq(sparse{instance="a",text="q\\"b\\\\s \xc3\xa9"} $k $at) if $k % 30 == 0;
        push @short, qq(short{instance="d"} 0.1 $at) if $k >= 100 && $k < 103;
        push @late, sprintf 'epoch_seconds{instance="a"} %d %d', $at - 20_000_000 * $k, $at;
    }
    for my $instance (qw(a c)) {
        push @twin, map { sprintf 'twin{instance="%s",zone="z1"} %d %d', $instance, $_ % 7, $begin + $_ * $step } 0 .. $steps - 1;
        push @info, map { sprintf 'build_info{instance="%s",version="1.%d"} 1 %d', $instance eq 'a' ? 'a' : 'b', $_ >= 120, $begin + $_ * $step } 0 .. $steps - 1;
    }
    return join('', family(requests => 'counter', @requests), family(temperature => 'gauge', @temperature),
        family(latency_seconds => 'histogram', @latency), family(const_value => 'gauge', @const),
        family(sparse => 'gauge', @sparse), family(short => 'gauge', @short),
        family(build_info => 'gauge', @info), family(twin => 'gauge', @twin), family(epoch_seconds => 'gauge', @late), compliance_data($begin, $step, $steps, \&number)) . "# EOF\n";
}

my @metrics = ('requests_total', 'temperature', 'sparse', 'const_value', 'short', 'latency_seconds_bucket',
    'missing', 'requests_total{job="api",mode!="idle"}', 'temperature{instance=~"a|c"}', 'twin');
my @element = qw(abs acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad round
  sgn sin sinh sqrt tan tanh day_of_month day_of_week day_of_year days_in_month hour minute month year
  timestamp sort sort_desc scalar absent);
my @over_range = qw(absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate
  last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time
  sum_over_time);
my @aggregations = ('sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar', 'topk|2', 'bottomk|2',
    'topk|1', 'bottomk|100', 'topk|0', 'topk|-1', 'quantile|0.5', 'quantile|0.9', 'quantile|-1', 'quantile|NaN',
    'count_values|"value"');
my @modifiers = ('', ' offset 5m', ' offset -5m', ' @ 1700001000', ' @ 1700001800.123 offset 1m', ' @ start()',
    ' @ end() offset -2m');
my @arithmetic = qw(+ - * / % ^ atan2);
my @comparison = qw(== != > < >= <=);

sub selectors {
    return @metrics, '{__name__="sparse"}', '{__name__=~"s.*"}', '{__name__=~".+",instance="d"}', '{instance!~"a|b"}',
      'requests_total{instance="a",job=~"",mode="idle"}', 'requests_total{job=~"d."}', 'requests_total{job!~"d.",mode=~"i.*|sys"}',
      'requests_total{nosuch=""}', 'requests_total{nosuch!=""}', 'sparse{text="q\"b\\\\s é"}', q(sparse{text='q"b\\\\s é'}), 'sparse{text=`q"b\s é`}',
      'sparse{text=~".*\\\\.*"}', 'temperature{instance=~"(a|b)",zone="z1"}', 'temperature{instance=~"[^a]"}', 'temperature{instance=~"(?i)A"}',
      'requests_total{instance="a",instance!="b"}', (map {; "temperature$_" } @modifiers), '{job="api",__name__!~"x"} offset 3m';
}

sub literals {
    return qw(1 -1 0x1F 010 08 .5 5. 1e3 1e-7 1e21 123456789012345678901234 Inf -Inf NaN nAn +1 -0 0 1.5e300*1e10 1/0 -1/0 0/0 5%0 2^0.5 -2^2 2^3^2
      1==bool(1) 3>=bool(4) 1e-7*3), '"text"', "'it\\'s'", '`raw\\n`', '"\u00e9\t\x41\101"', 'time()', 'pi()', 'vector(1)', 'vector(time())',
      'scalar(vector(2)) + 1', '1 + 2 * 3 - 4 / 5', '(1 + 2) * 3', '-(1)^2', '1 atan2 2', 'NaN != bool NaN', 'vector(NaN) == vector(NaN)', '1e1000 > bool 0',
      (map {; "1.5 $_ 0.7" } @arithmetic), (map {; "1.5 $_ bool 0.7" } @comparison);
}

sub calls {
    my @out;
    for my $function (@element) {
        push @out, map {; "$function($_)" } @metrics, 'epoch_seconds', '-temperature', 'requests_total / 100', 'temperature / 50',
          'vector(1e300)', 'vector(-62135596801)', 'vector(NaN)';
    }
    push @out, map {; "$_()" } qw(day_of_month day_of_week day_of_year days_in_month hour minute month year);
    push @out, map {; "timestamp($_)" } 'temperature offset 3m', 'temperature @ 1700001000', 'timestamp(temperature)', '(sparse)', 'sparse + 0';
    for my $metric (@metrics) {
        push @out, map { s/M/$metric/r } 'round(M, 5)', 'round(M, 0.3)', 'round(M, -2)', 'round(M, 0)', 'clamp(M, 0, 40)', 'clamp(M, 40, 0)',
          'clamp_min(M, 12)', 'clamp_max(M, 12)', 'clamp(M, NaN, 10)', 'clamp_min(M, NaN)', 'clamp_max(M, -Inf)', 'clamp_max(M, scalar(const_value))',
          'absent(M{instance="zz",job=~"x"})', 'label_join(M, "both", "-", "instance", "job")', 'label_join(M, "both", "")', 'label_join(M, "instance", ",", "nosuch")';
        pop @out if $metric =~ /\{/;
    }
    @out = grep { !/\}\{/ } @out;
    push @out, map {; "label_replace(temperature, $_)" } '"new", "$1-x", "instance", "(.*)"', '"new", "${1}x$1x$$", "instance", "(.)"', '"new", "$name", "zone", "z(?P<name>.)"',
      '"instance", "", "zone", "z1"', '"zone", "q", "zone", "z"', '"__name__", "other_$1", "zone", "(.*)"', '"instance", "same", "zone", ".*"', '"new", "$2$9", "zone", "(z)(.)"',
      '"new", "$", "zone", ".*"', '"new", "a${1", "zone", "(.*)"', '"new", "${bad name}", "zone", "(.*)"', '"new", "x", "nosuch", ""', '"new", "x", "", ""', '"new", "\\\\1", "zone", "(.*)"';
    push @out, 'sort(temperature{instance!="c"})', 'sort_desc(requests_total)', 'sort(-requests_total)', 'sort_desc(sum by (job, mode) (requests_total))';
    for my $q ('0', '0.5', '0.95', '1', '-1', '2', 'NaN', '0.3') {
        push @out, map {; "histogram_quantile($q, $_)" } 'latency_seconds_bucket', 'rate(latency_seconds_bucket[5m])', 'sum by (le) (rate(latency_seconds_bucket[10m]))',
          'latency_seconds_bucket{le!="+Inf"}', 'latency_seconds_bucket{le=~"0.1|[+]Inf"}', 'temperature', 'latency_seconds_bucket{le="+Inf"}', '-latency_seconds_bucket';
    }
    push @out, 'histogram_quantile(0.5, label_replace(latency_seconds_bucket, "le", "0x1p+3", "le", "0.1"))', 'histogram_quantile(0.5, label_replace(latency_seconds_bucket, "le", "junk", "le", "0.1"))',
      'histogram_quantile(0.5, label_replace(latency_seconds_bucket, "le", "0.5", "le", "0.1"))', 'histogram_quantile(0.5, label_replace(latency_seconds_bucket, "le", "1e-3", "le", "0.1"))';
    return @out;
}

sub ranges {
    my @out;
    for my $function (@over_range) {
        for my $range ('15s', '1m', '5m', '17m', '1h') {
            push @out, map { my $m = $_; "$function($m" . "[$range])" } @metrics;
        }
        push @out, map {; "$function(requests_total[4m]$_)", "$function(temperature[7m]$_)" } @modifiers;
        push @out, map {; "$function($_)" } 'temperature[10m:]', 'temperature[10m:30s]', 'temperature[7m:7s]', 'requests_total[10m:1m] offset 2m', 'requests_total[10m:1m] @ 1700002000',
          'rate(requests_total[5m])[10m:1m]', 'sum(requests_total)[12m:45s]', '(temperature > 0)[10m:50s] @ end()', 'temperature[30s:1m]', 'time_zero[5m:1m]',
          '(temperature @ 1700001500)[5m:1m]', 'max_over_time(temperature[3m:20s])[9m:1m] offset -1m', 'vector(time())[5m:13s]', '{__name__=~"temperature|twin"}[5m]';
    }
    for my $metric (@metrics) {
        push @out, map { s/M/$metric/r } 'quantile_over_time(0.5, M[10m])', 'quantile_over_time(0.99, M[5m])', 'quantile_over_time(-1, M[5m])', 'quantile_over_time(NaN, M[5m])',
          'predict_linear(M[10m], 3600)', 'predict_linear(M[10m] offset 3m, -60)', 'predict_linear(M[10m] @ 1700001200, 100)', 'holt_winters(M[10m], 0.5, 0.1)', 'holt_winters(M[1m], 0.01, 0.99)',
          'quantile_over_time(scalar(const_value) / 10, M[10m])', 'predict_linear(M[20m], time() - 1700000000)';
    }
    push @out, map {; "absent_over_time($_)" } 'missing{a="1",b=~"x"}[5m]', 'requests_total{instance="b",job="api",mode="idle"}[1m]', 'short[10m]', 'short[1m:5s]', '{__name__=~"temperature|twin"}[5m]';
    push @out, 'temperature[5m]', 'temperature[5m:1m]', 'requests_total[2m] offset 1m', '(temperature > 0)[3m:30s]';
    return @out;
}

sub aggregations {
    my @out;
    for (@aggregations) {
        my ($op, $parameter) = split /\|/;
        my $first = defined $parameter ? "$parameter, " : '';
        # No sums of whole numbers: which of two equal ones topk takes is not defined.
        for my $metric (@metrics, 'avg_over_time(temperature[5m])') {
            push @out, "$op($first$metric)";
        }
        for my $by ('by (instance)', 'without (instance)', 'by ()', 'without ()', 'by (nosuch)', 'without (mode, job)', 'by (job, mode,)', 'by (__name__)') {
            push @out, "$op $by ($first" . 'requests_total)', "$op($first" . "temperature) $by";
        }
    }
    push @out, 'topk(scalar(const_value), requests_total)', 'quantile(scalar(const_value) / 4, temperature)', 'SUM BY (job) (requests_total)', 'count_values by (job) ("v", round(requests_total / 100))',
      'count_values without (instance) ("instance", const_value)', 'count_values("instance", twin)', 'count_values("bad-name", twin)', 'count_values("bad-name", missing)', 'topk(1e30, twin)', 'topk(NaN, twin)',
      'bottomk(Inf, missing)', 'topk(1.9, requests_total)', 'sum(sum by (job) (requests_total))', 'count(count by (instance) ({__name__=~".+"}))', 'avg(vector(1) or vector(2))', 'sum by (on) (twin)',
      'sum by (without) (twin)', 'sum by (bool, ignoring, group_left, offset, start, end, atan2) (twin)', 'sum by (nan) (twin)', 'sum by (a:b) (twin)', 'sum by ("a") (twin)', 'sum without (a,,) (twin)', 'sum by (,) (twin)';
    return @out;
}

sub operators {
    my @out;
    my @pairs = (['requests_total', 'requests_total'], ['temperature', 'twin'], ['twin', 'temperature'], ['requests_total', 'missing'], ['temperature', '3'], ['7.5', 'temperature'],
        ['temperature', 'scalar(const_value)'], ['twin', 'const_value']);
    for my $pair (@pairs) {
        my ($left, $right) = @$pair;
        push @out, map {; "$left $_ $right" } @arithmetic, @comparison;
        push @out, map {; "$left $_ bool $right" } @comparison;
    }
    for my $op ('+', '/', '==', '>', '> bool', 'and', 'or', 'unless') {
        push @out, map { my ($l, $m, $r) = split /\|/; "$l $op $m $r" } 'temperature|on(instance)|twin', 'temperature|on(instance, zone)|twin', 'temperature|ignoring(zone)|const_value', 'temperature|on()|const_value',
          'requests_total|on(instance)|const_value', 'requests_total|ignoring(mode)|requests_total', 'const_value|on(instance)|requests_total', 'requests_total|on(instance) group_left|const_value',
          'const_value|on(instance) group_right|requests_total', 'requests_total|on(instance) group_left(version)|build_info', 'requests_total{mode="idle"}|on(instance) group_left(zone)|temperature',
          'temperature|on(instance) group_right(zone)|requests_total', 'requests_total|ignoring(job, mode) group_left|const_value', 'requests_total|on(instance) group_left(job)|temperature',
          'requests_total|on(job) group_left|sum by (job) (requests_total)', 'sum by (job) (requests_total)|on(job) group_right|requests_total', 'temperature|on(zone)|twin', 'twin|on(__name__)|twin',
          'requests_total|on(instance) group_left(mode)|temperature', '{__name__=~"temperature|twin"}|on(instance, __name__)|twin', '{__name__=~"temperature|twin"}||twin', 'twin||{__name__=~"temperature|twin"}',
          'requests_total|on(job,mode) group_right(instance)|requests_total{instance="a"}', 'missing||temperature', 'temperature|ignoring(nosuch)|temperature offset 1m', 'vector(1)|on()|const_value', 'twin|on(instance) group_left()|twin';
    }
    push @out, 'temperature and twin or const_value', 'temperature unless twin and const_value', 'twin or twin offset 3m', 'const_value or vector(1)', 'sum(twin) or sum(temperature)', '-temperature', '--temperature', '+temperature',
      '-{__name__=~"temperature|twin"}', '-(twin or temperature)', 'abs({__name__=~"temperature|twin"})', '{__name__=~"temperature|twin"} * 2', '{__name__=~"temperature|twin"} > 2', '{__name__=~"temperature|twin"} > bool 2',
      'rate({__name__=~"temperature|twin"}[5m])', 'last_over_time({__name__=~"temperature|twin"}[5m])', 'temperature == temperature', 'temperature != temperature', '1 - temperature > 0', 'twin ^ 2 ^ 0.5', '-twin ^ 2',
      'twin == 3 or twin == 4', 'twin * on(instance) twin', 'temperature * 0 + on(instance, zone) twin', '(temperature > 10) + (twin < 5)', 'sum(rate(requests_total[5m])) by (job) / on() group_left() sum(rate(requests_total[5m]))',
      'requests_total > 100 < 700', 'timestamp(twin) - time()', 'label_replace(twin, "x", "y", "", "") == on(instance) twin';
    return @out;
}

sub faults {
    return '', '(', ')', 'm(', 'm{', 'm{a}', 'm{a=}', 'm{a="b"', 'm{a=~"("}', 'm{a="b" c="d"}', '{}', '{a=""}', '{a=~".*"}', 'm{__name__="n"}', 'm n', '1 2', 'm +', '+', '1 > 2', '1 and 2', 'm and 1', '1 + "a"', '-"a"',
      'm[5m] + 1', '-m[5m]', 'm[5m][5m]', 'm[5m:1m][5m]', 'm[0s]', 'm[5]', 'm[]', 'm[5m', 'm[5m:', 'm[5m:1m', 'm[5m:0s]', 'm[-5m]', '1[5m]', '1[5m:1m]', 'time()[5m:1m]', '"a"[5m]', '(m)[5m]', 'm offset 5m[5m]', 'm @ 5 [5m]',
      'm offset', 'm offset 5', 'm offset 0s', 'm offset 5m offset 5m', 'm @ 1 @ 2', 'm @', 'm @ NaN', 'm @ Inf', 'm @ -Inf', 'm @ 1e20', 'm @ "x"', 'm @ start', 'm @ now()', '(m) offset 5m', 'sum(m) offset 5m', '1 offset 5m', '1 @ 5',
      'rate(m)', 'rate(m[5m], 1)', 'rate()', 'rate(1)', 'rate', 'abs(m[5m])', 'abs(1)', 'abs()', 'abs(m, m)', 'time(1)', 'vector(m)', 'scalar(1)', 'round(m, m)', 'round(m, 1, 2)', 'clamp(m)', 'clamp(m, 1)', 'label_join(m)', 'label_join(m, "a")',
      'label_join(m, "a", "b", 1)', 'label_replace(m, "a", "b", "c")', 'label_replace(m, a, "b", "c", "d")', 'label_replace(twin, "a", "b", "c", "(")', 'label_replace(twin, "0a", "b", "c", "d")', 'label_replace(missing, "0a", "b", "c", "d")',
      'label_join(twin, "0a", "", "b")', 'label_join(twin, "a", "", "b-c")', 'label_join(missing, "a", "", "b-c")', 'holt_winters(temperature[5m], 0, 0.5)', 'holt_winters(temperature[5m], 0.5, 1)', 'holt_winters(missing[5m], 0, 0.5)',
      'quantile_over_time(m[5m], 0.5)', 'nosuch(m)', 'Rate(m[5m])', 'abs (m', 'abs(m,)', 'sum()', 'sum(m, m)', 'sum(1)', 'sum(m[5m])', 'topk(m)', 'topk(m, m)', 'topk("a", m)', 'count_values(1, m)', 'sum by m', 'sum by (m', 'sum(m) by', 'sum by (a) (m) by (b)',
      'm + on(a) 1', '1 + on() 1', '1 + ignoring(a) m', 'm and on(a) group_left n', 'm + group_left n', 'm + on n', 'm + on(a) group_left(a) n', 'm + bool n', 'm == bool', 'm bool == n', 'm unless bool n', '1x', '0x', '1e', '5m', 'm = 1', 'm =~ "a"', 'm ! n',
      '"unterminated', "'x\n", '`raw', '"\q"', '"\x4"', '"\U00110000"', '"\400"', 'é', 'm{é="x"}', 'm{a="x"} {b="y"}', 'a:b', 'a:b:c{d="e"}', ':a', 'm{a:b="x"}', 'on', 'bool', 'sum', 'by', 'offset', 'start', 'end', 'without', 'and', 'group_left', 'atan2', 'atan2 + 1',
      'sum{a="b"}', 'm{on="x",by="y",sum="z"}', 'm # comment', '# only', 'topk(2, topk(3, twin))', 'm;', 'm{a="1",}', 'm{,}', 'm[1h30m]', 'm[30m1h]', 'm[1h1h]', 'm[1.5h]', 'm[5ms]', 'm[1y1w1d]', 'm[99999999999y]', 'quantile(0.5)', 'sort(m[5m])', 'absent(1)', '$a', 'm @ start() offset -5m',
      'm offset -5m @ end()', 'm offset - 5m', 'm offset +5m', 'm @ +5', 'm @ - 5', 'sum by (a) m', 'a and b or c unless d', 'm[5m:1m] offset 1m @ 5', 'pi(1)', 'm + + n', 'm * - n', 'm ^ - n', 'm{a!=="b"}', 'm{"a"="b"}', '{"a"}', 'm{a="b"}[5m]{c="d"}';
}

# Where Go, its regexp and its numbers have ways of their own; and @ where something changes with the step.
sub ways_of_go {
    my @regexes = ('\\C', '[\\C]', 'a\\Qb', '\\Qa\\E', '\\Q\\C\\E|a', '\\\\C|a', 'a)|(b', '(?P<x>a)', '(?P<1>a)', '(?P<é>a)', '(?<x>a)', '(?P=x)', 'a**', 'a{1001}', 'a{2}{3}', '\\pL', '\\p{Foo}',
        '(?i)A', '(?x)a', '\\_', '\\8', '\\Z', '(?=a)', '[[:word:]]', '[[:foo:]]', '[a-b-c]', '\\x{61}', '(?s).', '[]a]', '(?U)a*', 'a|', '');
    my @out = map { my $regex = s/\\/\\\\/gr; (qq(temperature{instance=~"$regex"}), qq(label_replace(temperature, "new", "<\$1>", "instance", "$regex"))) } @regexes;
    push @out, map {; qq(label_replace(temperature, "new", "$_", "instance", "(?P<01>.)")) } '$é', '${é}y', '$1é', '$01-$1', '$100000000-$10', '$ab ${1}_ $1_', '[$1]$$$';
    push @out, map {; qq(histogram_quantile(0.5, label_replace(latency_seconds_bucket, "le", "$_", "le", "0.1"))) } '1_0', '0_1', '1__0', '1_', '_1', '+nan', '-nan', 'nan', '1e400', '1e-400', '0x_1p-3', '0x.p1', '0x1.8p1_0',
      '0x1', 'infinity', '-INFINITY', '+Inf', '5.', '.', '0b1', ' 1', '1 ', '+-1', '1e', '1e+', '0x1p', '1e1.5', '';
    push @out, qw(1e-400 1e400 0x7fffffffffffffff 0x8000000000000000 0777777777777777777777 01777777777777777777777 09999999999999999999999);
    push @out, '"\xc3\xa9"', '"\303\251"', '"\xc3"', 'sparse{text="q\"b\\\\s \xc3\xa9"}', '"\xff"', '"\ud800"', '"\x7f"';
    push @out, 'timestamp(+temperature)', 'timestamp((temperature))', 'absent(+missing{a="1"})', 'absent((missing{a="1"}))', 'absent_over_time((+missing{a="1"})[5m:1m])', '+-temperature', '-+temperature', '+(+temperature)', 'sort(+const_value)',
      'max_over_time((+temperature)[5m:1m])', '+requests_total > 3', 'sum(+requests_total)', '+temperature offset 5m', '(+temperature) offset 5m', '+temperature[5m]';
    push @out, map { ("temperature $_", "absent(temperature $_)", "max_over_time(temperature[5m] $_)", "timestamp(temperature $_)") } map {; "@ $_" } qw(1e10 -1e10 1e15 1e16 -1e16 9.2e18 -9.2e18 9.3e18 9223372036854775807);
    push @out, 'quantile(time() % 10 / 10, temperature @ 1700001800)', 'topk(time() % 3, temperature @ 1700001800)', 'max_over_time(topk(time() % 3, temperature @ 1700001800)[5m:1m])', 'bottomk(scalar(const_value @ 1700001000), temperature @ end())',
      'topk(scalar(const_value @ 1700001800), temperature)', 'topk(scalar(const_value @ end()), temperature)', 'quantile(scalar(sum_over_time((const_value @ 1700001800)[5m:1m])) % 10 / 10, temperature)', 'topk(scalar(const_value offset 1m), temperature)',
      'quantile_over_time(time() % 10 / 10, temperature[10m] @ 1700001800)', 'quantile_over_time(0.5, temperature[10m] @ 1700001800)', 'holt_winters(temperature[10m] @ 1700001800, 0.1 + time() % 7 / 10, 0.5)', 'quantile_over_time(time() % 10 / 10, temperature[10m:1m] @ end())',
      'max_over_time(vector(time())[5m:1m] @ 1e10)', 'max_over_time(vector(time())[5m:1m] @ 1e11)', 'round(temperature @ 1700001800, time() % 7 + 1)', 'clamp_min(temperature @ 1700001800, time() % 7)', 'sum(temperature @ 1700001800) + time()';
    return @out;
}

# A random vector expression; comparisons only with what is no result of a sum, whose last digit
# depends on the order of the terms.
sub vector {
    my ($depth) = @_;
    my $leaf = pick('requests_total', 'temperature{instance!="c"}', 'twin', 'const_value', 'temperature', 'requests_total{job="api"}') . ($depth > 1 ? '' : pick('', '', '', ' offset 1m', ' @ 1700001500'));
    return $leaf if $depth == 0;
    my $inner = vector($depth - 1);
    my $kind = number(9);
    return pick(qw(abs ceil floor sgn sqrt)) . "($inner)" if $kind == 0;
    return pick(qw(rate increase delta)) . '(' . pick('requests_total', 'temperature{instance!="c"}') . pick('[5m]', '[2m]', '[10m:30s]', '[3m] offset 2m') . ')' if $kind == 1;
    return pick(qw(avg_over_time max_over_time min_over_time sum_over_time count_over_time last_over_time)) . "(($inner)" . pick('[5m:1m]', '[4m:20s]', '[10m:]') . ')' if $kind == 2;
    return pick(qw(sum avg min max count)) . pick('', ' by (instance)', ' without (mode)', ' by (job, zone)') . " ($inner)" if $kind == 3;
    return "($inner " . pick(qw(+ - * /)) . ' ' . pick('2', '0.5', '-3', 'scalar(const_value)', 'time()') . ')' if $kind == 4;
    return "($inner " . pick('+', '*', '/', 'or', 'and', 'unless') . ' ' . pick('on(instance) group_left() ', 'on(instance) ', '', 'ignoring(mode) ') . vector($depth - 1) . ')' if $kind == 5;
    return "clamp($inner, -20.25, 60.75)" if $kind == 6;
    return "($leaf " . pick(@comparison) . pick(' ', ' bool ') . pick('3', '50.5', '0') . ')' if $kind == 7;
    return "label_replace($inner, \"instance\", \"\$1x\", \"instance\", \"(.*)\")";
}

sub expressions {
    my ($seed, $random) = @_;
    seed($seed);
    my @out = (selectors(), literals(), calls(), ranges(), aggregations(), operators(), ways_of_go(), faults(), compliance_expressions());
    push @out, map { vector(1 + number(4)) } 1 .. $random;
    my %seen;
    return grep { !/\n/ && !$seen{$_}++ } @out; # one a line
}

1;

# check-rules and test-rules against the real promtool: the same verdict on every file, good or bad, and
# the shipped rules with their tests. Each case is one file, told by what is in it.
use strict;
use warnings;
use Encode qw(encode);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $folder = PostgreSQL::Test::Utils::tempdir;
my ($sidecar, $promtool) = map { "$ENV{OPSMON_RUN}/bin/$_" } qw(opsmon-sidecar promtool);

# Whether a command is content, and all it said.
sub verdict {
    my ($out, $err) = ('', '');
    my $good = IPC::Run::run([@_], '>', \$out, '2>', \$err);
    return ($good ? 'good' : 'bad', "$out$err");
}

sub same_verdict {
    my ($name, $expected, $ours, $theirs) = @_;
    my ($we, $our_words) = verdict(@$ours);
    my ($they, $their_words) = verdict(@$theirs);
    is("$we, promtool $they", "$expected, promtool $expected", $name)
        or diag("sidecar:\n$our_words\npromtool:\n$their_words");
    return $our_words;
}

# --- check-rules

my $number = 0;
sub check {
    my ($expected, $text) = @_;
    my $file = write_file(sprintf('%s/check_%03d.yml', $folder, ++$number), $text);
    my $words = same_verdict("check: $text", $expected, [ $sidecar, 'check-rules', $file ],
        [ $promtool, 'check', 'rules', $file ]);
    like($words, qr/\Q$file\E:\d+: /, '… with its line') if $expected eq 'bad';
}
sub rule { "groups: [{name: g, rules: [{$_[0]}]}]\n" }

check(good => $_) for ("groups:\n", "{}\n", "# nothing\n", "groups: []\n", "groups: [{name: a}]\n",
    "groups: [{name: a, rules: }]\n", "groups: [{name: a, interval: 10ms, limit: -1, rules: []}]\n",
    "groups: [{name: a}, {name: b}]\n", rule('alert: A b, expr: m'), rule('alert: A, expr: 1'),
    rule('alert: A, expr: m > 1, for: 0, keep_firing_for: 1d2h'), rule('alert: A, expr: m, for: , labels: '),
    rule('alert: A, expr: m, labels: {a: 5, b: true, c: }'), rule('alert: A, expr: m, annotations: {__name__: x}'),
    rule('record: "a:b", expr: m, labels: {a: "{{ not a template"}'), rule('record: a, expr: m, for: 0s'),
    rule('alert: A, expr: m, annotations: {a: "{{ $labels.x }} {{ $value | humanize }} {{ externalURL }}"}'),
    rule('alert: A, expr: m, annotations: {a: "{{ range query `m` }}{{ . | strvalue }}{{ end }}"}'),
    rule('alert: A, expr: m, annotations: {a: "{{ if and (gt $value 1.0) (ne .Labels.a `b`) }}x{{ end }}"}'));

check(bad => $_) for ("groups: 5\n", "- a\n", "group: []\n", "groups: [{rules: []}]\n", "groups: [{name: a}, {name: a}]\n",
    "groups: [{name: a, intervall: 5s}]\n", "groups: [{name: a, interval: 5}]\n", "groups: [{name: a, limit: x}]\n",
    "groups: [{name: a, rules: 5}]\n", "groups: [{name: a\n", "groups: []\ngroups: []\n",
    rule('expr: m'), rule('alert: A'), rule('alert: A, record: b, expr: m'), rule('alert: A, expr: m +'),
    rule('alert: A, expr: m, for: soon'), rule('alert: A, expr: m, for: -5m'), rule('alert: A, expr: m, four: 5m'),
    rule('alert: A, expr: m, alert: B'), rule('alert: A, expr: m, labels: {a-b: x}'),
    rule('alert: A, expr: m, labels: {__name__: x}'), rule('alert: A, expr: m, labels: [a]'),
    rule('alert: A, expr: m, annotations: {a b: x}'), rule('alert: A, expr: m, annotations: {a: [x]}'),
    rule('record: a b, expr: m'), rule('record: a, expr: m, for: 5m'), rule('record: a, expr: m, keep_firing_for: 5m'),
    rule('record: a, expr: m, annotations: {a: b}'),
    map { rule("alert: A, expr: m, annotations: {a: '$_'}") } ('{{ foo }}', '{{ $x }}', '{{ if }}', '{{ end }}',
        '{{ range query "m" }}', '{{ .a', '{{ "a }}', '{{ 1x }}', '{{ join "," . }}', '{{ with $x := 1 }}{{ end }}{{ $x }}'));

# Merge keys, numbers, encodings: as Go's YAML package reads them.
my $base = "groups:\n- name: g\n  rules:\n  - &b\n    alert: A\n    expr: m\n    labels: &l {a: b}\n";
check(good => $_) for ("$base  - <<: *b\n    alert: B\n", "$base  - {alert: B, expr: m, labels: {<<: [*l, {e: f}], c: d}}\n",
    "$base  - !!merge <<: {alert: B, expr: m}\n", "<<: {groups: []}\n", "groups: [{<<: {name: a, limit: 5}}]\n",
    map { "groups: [{name: a, limit: $_}]\n" } qw(5.5 -5.5 0x10 0o10 010 08 0b11 1_000 1e3 +5 5_ ~), '!!int "5"', '!!float 5');
check(bad => $_) for ("$base  - <<: 5\n    alert: B\n    expr: m\n", "$base  - <<: [5]\n    alert: B\n    expr: m\n",
    "$base  - '<<': {alert: B, expr: m}\n", "$base  - <<: *b\n    <<: {for: 5m}\n", "$base  - <<: {alert: B, expr: m, foo: bar}\n",
    map { "groups: [{name: a, limit: $_}]\n" } '"5"', "'5'", '!!str 5', '.inf', '1e30', 'true');
my $accent = rule('alert: A, expr: m') . "# \x{e9}\x{1f600}\n";
check(bad => encode($_, $accent)) for qw(UTF-16BE UTF-16LE); # without the mark
check(good => encode($_, "\x{feff}$accent")) for qw(UTF-8 UTF-16BE UTF-16LE);
check(bad => $_) for (encode('UTF-16BE', "\x{feff}$accent") . 'x', "groups: [] # \x01\n", "groups: [] # \x7f\n");

# What templates may hold, besides what the texts below give.
check(good => rule("alert: A, expr: m, annotations: {a: " . yaml_text($_) . '}')) for ('{{ range query "m" }}{{ break }}{{ continue }}{{ end }}',
    q({{ 'a' }} {{ '\n' }} {{ '\'' }} {{ 0x1F }} {{ 010 }} {{ 0o17 }} {{ 0b1 }} {{ 1_0 }} {{ 0x1p4 }} {{ 1e-400 }} {{ -0x5 }}), '{{ toTime 5 }}{{ slice "a" 0 }}{{ js }}{{ html }}{{ call . }}',
    '{{ define "x" }}y{{ end }}{{ template "x" }}{{ block "z" . }}{{ end }}', '{{ nil }}', '{{ $x = 1 }}{{ $x }}',
    '{{ define "x" }} {{ end }}{{ define "x" }}y{{ end }}{{ define "x" }}{{ end }}{{ template "x" }}');
check(bad => rule("alert: A, expr: m, annotations: {a: " . yaml_text($_) . '}')) for ('{{ break }}', '{{ range . }}{{ else }}{{ break }}{{ end }}', '{{ range . }}{{ break 5 }}{{ end }}',
    '{{ 08 }}', '{{ 1e400 }}', '{{ 1__0 }}', q({{ '' }}), q({{ 'ab' }}), q({{ 'a }}), '{{ tmpl "x" . }}', '{{ define "x" }}{{ $labels }}{{ end }}', '{{ range . }}{{ define "x" }}{{ end }}{{ end }}',
    '{{ define "x" }}y{{ end }}{{ define "x" }}z{{ end }}', '{{ define "x" }}y{{ end }}{{ block "x" . }}z{{ end }}');
sub yaml_text { "'" . ($_[0] =~ s/'/''/gr) . "'" }

# --- test-rules

my $rules = write_file("$folder/rules.yml", <<'END');
groups:
  - name: first
    rules:
      - record: twice
        expr: m * 2
        labels: {team: db}
      - alert: High
        expr: twice > 5
        for: 2m
        keep_firing_for: 3m
        labels: {severity: page, who: '{{ $labels.a }}'}
        annotations:
          text: '{{ $labels.a }} has {{ $value | humanize }} in {{ $externalLabels.cluster }} at {{ $externalURL }}'
  - name: second
    limit: 2
    rules:
      - alert: Any
        expr: m > 0
      - record: of_alerts
        expr: ALERTS{alertstate="firing", alertname="High"} * 3
      - record: since
        expr: ALERTS_FOR_STATE
END
sub tested {
    my ($expected, $name, $text, $head) = @_;
    # Without an order promtool takes the groups in any, and the second reads what the first writes.
    $head //= "rule_files: [rules.yml]\nevaluation_interval: 1m\ngroup_eval_order: [first, second]\n";
    my $file = write_file(sprintf('%s/test_%03d.yml', $folder, ++$number), "${head}tests:\n$text");
    same_verdict("test: $name", $expected, [ $sidecar, 'test-rules', $file ], [ $promtool, 'test', 'rules', $file ]);
}
# One group of tests on the given values of m{a="x"}.
sub on {
    my ($values, $rest) = @_;
    return "  - interval: 1m\n    external_labels: {cluster: c1}\n    external_url: http://p:9090/x\n"
        . "    input_series: [{series: 'm{a=\"x\"}', values: '$values'}]\n$rest";
}
sub alerts {
    my ($at, $name, @expected) = @_;
    return "    alert_rule_test: [{eval_time: $at, alertname: $name, exp_alerts: [" . join(', ', @expected) . "]}]\n";
}
sub query {
    my ($at, $expr, @expected) = @_;
    return "    promql_expr_test: [{eval_time: $at, expr: '$expr', exp_samples: ["
        . join(', ', map { "{labels: '$_->[0]', value: $_->[1]}" } @expected) . "]}]\n";
}
my $high = q({exp_labels: {severity: page, who: x, a: x, team: db}, exp_annotations: {text: 'x has 10 in c1 at http://p:9090/x'}});

tested(good => 'fires after for', on('5x10', alerts('2m', 'High', $high)));
tested(good => 'not before', on('5x10', alerts('1m', 'High')));
tested(good => 'between two evaluations the earlier one counts', on('5x10', alerts('2m59s', 'High', $high)));
tested(bad => 'fires, but none is expected', on('5x10', alerts('2m', 'High')));
tested(bad => 'does not fire', on('1x10', alerts('2m', 'High', $high)));
tested(bad => 'another label', on('5x10', alerts('2m', 'High', $high =~ s/team: db/team: db2/r)));
tested(bad => 'another annotation', on('5x10', alerts('2m', 'High', $high =~ s/has 10/has 11/r)));
tested(bad => 'an empty label is not no label', on('5x10', alerts('2m', 'High', $high =~ s/team: db/team: db, b: ''/r)));
tested(bad => 'without its annotations', on('5x10', alerts('2m', 'High', '{exp_labels: {severity: page, who: x, a: x, team: db}}')));
tested(good => 'keeps firing', on('5x3 1x10', alerts('6m', 'High', $high)));
tested(good => 'and then does not', on('5x3 1x10', alerts('7m', 'High')));
tested(good => 'stale ends at once', on('5x3 stale', alerts('4m', 'Any')));
tested(good => 'a gap does not', on('5x3 _x10', alerts('5m', 'Any', '{exp_labels: {a: x}}')));
tested(good => 'until the look-back', on('5x3 _x10', alerts('9m', 'Any')));
tested(good => 'recorded', on('0+2x10', query('3m', 'twice', [ 'twice{a="x",team="db"}', 12 ])));
tested(bad => 'recorded otherwise', on('0+2x10', query('3m', 'twice', [ 'twice{a="x",team="db"}', 13 ])));
tested(bad => 'recorded with other labels', on('0+2x10', query('3m', 'twice', [ 'twice{a="x"}', 12 ])));
tested(good => 'ALERTS', on('5x10', query('1m', 'ALERTS{alertname="High"}',
    [ 'ALERTS{a="x",alertname="High",alertstate="pending",severity="page",team="db",who="x"}', 1 ])));
tested(good => 'ALERTS of a firing alert, recorded', on('5x10', query('2m', 'of_alerts',
    [ 'of_alerts{a="x",alertname="High",alertstate="firing",severity="page",team="db",who="x"}', 3 ])));
tested(good => 'ALERTS_FOR_STATE', on('_ _ 5x10', query('4m', 'since{alertname="High"}',
    [ 'since{a="x",alertname="High",severity="page",team="db",who="x"}', 120 ])));
tested(good => 'a scalar', on('1x10', query('3m', '5', [ '{}', 5 ])));
tested(good => 'nothing', on('1x10', query('3m', 'none')));
tested(bad => 'a string', on('1x10', query('3m', '"a"', [ '{}', 5 ])));
tested(bad => 'no expression', on('1x10', query('3m', 'm +', [ 'm', 5 ])));
tested(bad => 'NaN is not NaN', on('NaN', query('0m', 'm', [ 'm{a="x"}', '.nan' ])));
tested(good => 'infinity is', on('-Inf', query('0m', 'm', [ 'm{a="x"}', '-.inf' ])));
tested(good => 'what comes after the last evaluation is not seen', "  - interval: 15s\n    input_series: [{series: m, values: '0+1x10'}]\n"
    . query('90s', 'm', [ 'm', 4 ]));
tested(good => 'without an interval all stands at the start', "  - input_series: [{series: m, values: '3+1x10'}]\n" . query('3m', 'm', [ 'm', 3 ]));
tested(bad => 'a limit that is exceeded', "  - interval: 1m\n    input_series: [" . join(', ', map { "{series: 'm{a=\"$_\"}', values: '5x5'}" } 1 .. 3)
    . "]\n" . alerts('1m', 'Nothing'));
tested(good => 'of a series given twice the last', "  - interval: 1m\n    input_series: [{series: m, values: 1}, {series: m, values: 2}]\n"
    . query('0m', 'm', [ 'm', 2 ]));
tested(good => 'no tests', "  []\n");
tested(good => 'a name of no group in the order', on('5x10', alerts('1m', 'High')), "rule_files: [rules.yml]\ngroup_eval_order: [third]\n");
tested(good => 'the second group before the first', on('5x10', query('2m', 'of_alerts')),
    "rule_files: [rules.yml]\ngroup_eval_order: [second, first]\n");
tested(good => 'a pattern', on('5x10', alerts('2m', 'High', $high)), "rule_files: ['rul*.yml']\n");
tested(good => 'no such rule file', on('5x10', query('1m', 'm', [ 'm{a="x"}', 5 ])), "rule_files: [nowhere.yml]\n");
tested(bad => 'rules that are faulty', on('5x10', ''), "rule_files: [check_020.yml]\n");
tested(bad => 'an unknown key', on('5x10', "    alerts: []\n"));
tested(bad => 'an alert test without a name', on('5x10', "    alert_rule_test: [{eval_time: 1m}]\n"));
tested(bad => 'a group named twice', on('5x10', ''), "group_eval_order: [a, a]\n");
tested($_->[0] => "a series: $_->[1]", "  - interval: 1m\n    input_series: [{series: " . yaml_text($_->[1]) . ", values: 1}]\n")
  for map({ [ good => $_ ] } ' m ', 'm{ a = "1", }', 'by{on="#"}', 'm{a="\xc3\xa9"}', '{a="1"}', 'm{}'),
  map({ [ bad => $_ ] } 'm{a="1",a="2"}', 'm{a="1",a="1"}', 'm {a="1"}', 'm # c', 'm#c', 'm{a="1"} # c', '{}', 'on', 'bool', 'inf', 'NaN', 'atan2');
tested($_->[0] => "an expected value: $_->[1]", "  - interval: 1m\n    input_series: [{series: m, values: 10}]\n" . query('0m', 'm', [ 'm', $_->[1] ]))
  for map({ [ good => $_ ] } qw(10 10.0 0xA 012 1_0 1e1 0b1010 0o12), '!!float 10', '!!float "10"'), map({ [ bad => $_ ] } '"10"', q('10'), '!!str 10', '1e400', '~', 'true');
tested(good => 'no values', "  - interval: 1m\n    input_series: [{series: m, values: ''}, {series: n, values: \"1 2\\n\"}]\n");
tested(bad => "values: $_", "  - interval: 1m\n    input_series: [{series: m, values: \"$_\"}]\n") for ('1\n2', '\n1', '1\r\n2');
tested(good => 'tests that are merged', "  - &x {interval: 1m, input_series: []}\n  - <<: *x\n    name: b\n");
tested(bad => 'a series with a matcher', "  - interval: 1m\n    input_series: [{series: 'm{a=~\"x\"}', values: 1}]\n");
my %values = (
    good => [ '1  2', ' 1 2 ', '1x0', '_x0', '1 +2', '+1+2x3', '-1-2x3', '0x10', '1.', '.5', '1e+2x2', 'nan Inf -inf iNf', '_ stale _x3 1',
        '1x10000000' ],
    bad => [ '1 x2', '1x', '1x-1', '1x2.5', '1,2', '1x2y', '_ x', 'Stale', '1+2', '1-2', '1+x3', '1+-2x3', '--1', 'stalex3', '1 x 2',
        '1+ 2x3', '_x', '_3', '.', '1e', '1x2x3', '1 - 1', '1#2' ]);
for my $expected (sort keys %values) {
    tested($expected => "values: $_", on($_, '')) for @{ $values{$expected} };
}

# --- the whole language in rules

check(good => rule("alert: A, expr: '$_'")) for ('rate(m[5m]) > 1', 'sum by (a) (m) / on (a) group_left (b) n > 1', 'm offset 5m @ 100',
    'topk(3, m) and on () absent(n)', 'max_over_time(rate(m[5m])[30m:1m]) > 0', 'label_replace(m, "a", "$1", "b", "(.*)") == 1',
    'histogram_quantile(0.9, sum by (le) (rate(m_bucket[5m]))) > 1', 'predict_linear(m[1h], 4 * 3600) < 0', 'count_values("v", m) > 1');
check(bad => rule("alert: A, expr: '$_'")) for ('rate(m) > 1', 'rate(m[5m] > 1', 'sum by a (m)', 'm offset', 'm[5m:1m', 'topk(m)', 'm and 1',
    'm + on (a) group_left n + ', 'no_such_function(m)', 'quantile(m)', 'm{a="1"', 'rate(m[5m])[5m]', 'm offset 5m offset 5m');
my $whole = "rule_files: [whole.yml]\n";
write_file("$folder/whole.yml", <<'END');
groups:
  - name: whole
    rules:
      - record: job:m:rate
        expr: sum by (job) (rate(m[5m]))
      - alert: Busy
        expr: job:m:rate > on () group_left () vector(1)
        for: 2m
        annotations: {text: '{{ $labels.job }}: {{ $value }} of {{ query "count(m)" | first | value }}'}
      - alert: Gone
        expr: absent_over_time(m[5m])
END
my $two = "  - interval: 30s\n    input_series:\n      - {series: 'm{job=\"a\",i=\"1\"}', values: '0+60x30'}\n"
    . "      - {series: 'm{job=\"a\",i=\"2\"}', values: '0+30x30'}\n      - {series: 'm{job=\"b\",i=\"1\"}', values: '0+15x10 stale'}\n";
tested(good => 'the rate of several', $two . query('6m', 'job:m:rate', [ 'job:m:rate{job="a"}', 3 ], [ 'job:m:rate{job="b"}', '0.425' ]), $whole);
tested(good => 'an alert on a recorded rate', $two . alerts('6m', 'Busy', q({exp_labels: {job: a}, exp_annotations: {text: 'a: 3 of 2'}})), $whole);
tested(bad => 'an alert on another', $two . alerts('6m', 'Busy', q({exp_labels: {job: b}, exp_annotations: {text: 'b: 3 of 2'}})), $whole);
tested(good => 'nothing is gone', $two . alerts('18m', 'Gone'), $whole);
tested(good => 'all is gone', $two . alerts('25m', 'Gone', '{}'), $whole);
tested(good => "query: $_->[0]", $two . query('10m', $_->[0], @{ $_->[1] }), $whole) for ([ 'sum(m)', [ [ '{}', 1800 ] ] ],
    [ 'max_over_time(job:m:rate[3m:1m])', [ [ '{job="a"}', 3 ], [ '{job="b"}', '0.325' ] ] ], [ 'count by (job) (m)', [ [ '{job="a"}', 2 ] ] ], [ 'topk(1, m)', [ [ 'm{job="a",i="1"}', 1200 ] ] ]);

# --- what templates give: promtool expects what the sidecar has put there, and the other way round

my @texts = ('{{ $value | humanize }} {{ 0.00012 | humanize }} {{ 1234567 | humanize1024 }} {{ 3.5 | humanizePercentage }}',
    '{{ 93784 | humanizeDuration }} {{ 0.012 | humanizeDuration }} {{ 1668000000.25 | humanizeTimestamp }}',
    '{{ "5m30s" | parseDuration }} {{ "12.5" | humanize }} {{ "+1500" | humanize }}',
    '{{ title "hello wOrld" }} {{ toUpper "aé" }} {{ toLower "ABC" }} {{ match "^x" $labels.a }} {{ reReplaceAll "(.)x" "$1y" "axbx" }}',
    '{{ stripPort "db.example.com:5432" }} {{ stripDomain "db.example.com:5432" }} {{ stripDomain "10.0.0.1:80" }} {{ stripDomain "db.a" }}',
    '{{ stripDomain "[2001:db8::1]:80" }} {{ stripDomain "" }} {{ stripDomain "a.b:" }} {{ stripDomain "a:b:c" }}',
    '{{ toUpper "straße ñ жук λ" }} {{ toLower "ÀÉ ЖУК Σ" }} {{ title "élan vital жук" }} {{ graphLink "up == 0 > 1" }} {{ tableLink "a{b=\"c\"}" }} {{ $externalLabels.cluster }}',
    '{{ range query "m" | sortByLabel "a" }}{{ .Labels.a }}={{ .Value }} {{ end }}{{ query "m" | first | label "a" }} {{ query "m" | first | value }}',
    '{{ with $x := query "none" }}some{{ else }}none{{ end }} {{ if and $value (not false) }}yes{{ end }} {{ or "" "b" }} {{ len $labels }}',
    '{{ printf "%.2f|%5d|%-5s|%q|%x|%v|%t|%e" $value 42 "a" "b" 255 $labels true 12345.678 }} {{ print 1 2 "a" }} {{ println "a" 1 }}|',
    '{{ html "<a href=\'x\'>&" }} {{ urlquery "a b&c/é~" }} {{ index $labels "a" }} {{ (args 1 "b").arg1 }} {{ safeHtml "<b>" }}',
    '{{ query "m" | first | strvalue }}| {{ $labels.none }}| {{ .Labels.a }} {{ .Value }} {{ .ExternalLabels.cluster }} {{ .ExternalURL }}',
    '{{ range $i, $e := query "m" }}{{ $i }}{{ $e.Value }}{{ end }}{{- /* a comment */ -}} {{ 5 | gt 6 }} {{ eq 1 2 1 }} {{ le 1.5 1.5 }}',
    '{{ range $i, $e := query "m" }}{{ if gt $i 0 }}{{ break }}{{ end }}{{ continue }}{{ .Value }}{{ end }}{{ range $labels }}{{ break }}{{ end }}|',
    q({{ 'a' }} {{ '\'' }} {{ 0x1F }} {{ 010 }} {{ 0b11 }} {{ 1_000 }} {{ 0x1p4 }} {{ 0x1e }} {{ 1e-400 }} {{ -0x_f }} {{ 5. }} {{ .5 }}),
    '{{ 1668000000.25 | toTime }} {{ (toTime "1668000000").Format "2006-01-02T15:04:05Z07:00" }} {{ (toTime 0).UTC }} {{ toTime 0 | printf "%s|%v" "a" }}',
    '{{ slice "abcdef" 1 3 }} {{ slice "abc" 1 }} {{ len (slice (query "m") 1) }} {{ html 1 2 "<" }} {{ urlquery "a" "b c" }} {{ print 1 2 "a" 3 4 }}',
    '{{ js "<a href=\'x\'>&=\"\\\\\n\té €" 5 }} {{ reReplaceAll "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)" "$10-$é$1" "abcdefghijk" }} {{ reReplaceAll "x*" "-" "axxé" }}',
    '[{{ $labels.Names }}{{ $labels.Values }}{{ $labels.SortedPairs }}{{ .Labels.Remove }}{{ $labels.Format }}{{ (query "m" | first).Labels.Names }}]',
    '{{ printf "%8.3v|%+.2d|% d|%05d|%5.0d|%.3x|%-05d|" 60 7 5 -7 0 10 3 }}{{ printf "%05s|%-05s|%05q|%05t|%x|%X|% x|%.1x|" "a" "b" "c" true "aé" "z" "ab" "ab" }}{{ printf "%06.1f|% g|%+v" -2.5 1.5 1e6 }}',
    '{{ printf "%8.3G|%05t|%5d|%4s|%d" 60 60 "a" $labels nil }}{{ println "" "a" 1 }}{{ (args 1).arg5 }} {{ . }} {{ query "m" | first }} {{ printf "%s|%x" (toTime 0) (toTime 0) }}',
    '{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" $labels.a }}{{ block "u" 5 }}{{ . }}{{ end }}{{ humanize "1_000.5" }} {{ humanize "0x1p4" }} {{ humanize "inf" }}',
    '{{ $x := 1 }}{{ range query "m" }}{{ $x = 2 }}{{ end }}{{ $x }} {{ 1e6 }} {{ 123456789.0 }} {{ 0.1 }} {{ 100 }} {{ true }}');
write_file("$folder/texts.yml", "groups:\n  - name: texts\n    rules:\n" . join('', map {
    "      - alert: T$_\n        expr: m\n        annotations: {text: " . yaml_text($texts[$_]) . "}\n"
} 0 .. $#texts));
my $probe = on('1234.5x5', join('', "    alert_rule_test:\n", map { "      - {eval_time: 1m, alertname: T$_, exp_alerts: []}\n" } 0 .. $#texts));
my $probe_file = write_file("$folder/texts_probe.yml", "rule_files: [texts.yml]\ntests:\n$probe");
my (undef, $told) = verdict($sidecar, 'test-rules', $probe_file);
my %given;
$given{$1} = $2 while $told =~ /alertname="T(\d+)"\}\n\s+\{text=("(?:[^"\\]|\\.)*")\}/g;
is(scalar keys %given, scalar @texts, 'every text was expanded') or diag($told);
tested(good => "text: $texts[$_]", on('1234.5x5', alerts('1m', "T$_", "{exp_labels: {a: x}, exp_annotations: {text: $given{$_}}}")),
    "rule_files: [texts.yml]\n") for grep { defined $given{$_} } 0 .. $#texts;

# --- the shipped rules and their own tests

my $shipped = "$ENV{OPSMON_RUN}/sidecar/rules";
for my $file (sort glob "$shipped/*.yml") {
    same_verdict("shipped: $file", 'good', [ $sidecar, 'check-rules', $file ], [ $promtool, 'check', 'rules', $file ]);
}
for my $file (sort glob "$shipped/tests/*.yml") {
    same_verdict("shipped: $file", 'good', [ $sidecar, 'test-rules', $file ], [ $promtool, 'test', 'rules', $file ]);
}

# --- alerts outlive a kill

my $kept = PostgreSQL::Test::Utils::tempdir;
my $alerts_file = write_file("$folder/alerts.yml", <<'END');
groups:
  - name: kill
    interval: 1s
    rules:
      - {alert: Down, expr: service_health_status == 0}
      - {alert: DownForLong, expr: service_health_status == 0, for: 1h}
      - {record: down, expr: count(service_health_status == 0)}
      - {alert: Recorded, expr: down > 0}
END
my $rules_only = "collect:\n  interval: 1s\n  timeout: 900ms\nalerting:\n  rule_files: [$alerts_file]\nstorage:\n  path: $kept\n";
my $first = start_sidecar($rules_only . "services:\n  - {name: gone, url: 'http://127.0.0.1:1/'}\n");
my $states = sub {
    my ($of) = @_;
    return join '/', map { metric($of, "opsmon_alerts{state=\"$_\"}") // 'none' } qw(pending firing);
};
wait_for('its alerts fire and wait', sub { $states->($first) eq '1/2' }, $first);
kill 'KILL', $first->{pid};
waitpid $first->{pid}, 0;

# The service is not probed any more: nothing but what was kept can know of its alerts.
my $second = start_sidecar($rules_only);
wait_for('they are there again', sub { $states->($second) eq '1/2' }, $second);
pass('pending_and_firing_alerts_survive_a_kill');
is(stop_program($second), 0, 'the sidecar ends cleanly');

done_testing();

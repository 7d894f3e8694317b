# The query API beside a real Prometheus: on the same samples the same answers and refusals, on the same rules the same
# rules and alerts; promtool takes the sidecar for a Prometheus. Large and many queries do not delay /metrics.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use OpsmonSidecar;
use PromqlCases qw(data_file expressions);

my $bin = "$ENV{OPSMON_RUN}/bin";
my $folder = PostgreSQL::Test::Utils::tempdir;
my $http = HTTP::Tiny->new(timeout => 60);
my $json = JSON::PP->new->canonical;

# --- the same samples ---------------------------------------------------------------------------------------------------

my $data = write_file("$folder/data.om", data_file());
system("$bin/promtool tsdb create-blocks-from openmetrics $data $folder/blocks >$folder/promtool.log 2>&1") == 0
  or BAIL_OUT('promtool: ' . slurp_file("$folder/promtool.log"));

sub prometheus {
    my ($name, $conf, @arguments) = @_;
    my $file = write_file("$folder/$name.yml", $conf);
    my $port = free_port();
    my $program = start_program('prometheus', "--config.file=$file", '--storage.tsdb.retention.time=100y',
        "--web.listen-address=127.0.0.1:$port", @arguments);
    $program->{url} = "http://127.0.0.1:$port";
    wait_for('Prometheus is ready', sub { get("$program->{url}/-/ready")->{success} }, $program);
    return $program;
}

my $theirs = prometheus('data', "global: {}\n", "--storage.tsdb.path=$folder/blocks");
my $port = free_port();
my $ours = start_program('opsmon-sidecar', 'serve-data', '--data', $data, '--web.listen-address', "127.0.0.1:$port");
$ours->{url} = "http://127.0.0.1:$port";
wait_for('the file is served', sub { get("$ours->{url}/-/ready")->{success} }, $ours);

my $at = 1700001800;
my %span = (start => 1700000000, end => 1700003900);
my @requests = (
    (map { [ query => { query => 'up', time => $_ } ] } $at, "$at.5", '2023-11-14T22:43:20Z', '2023-11-14T23:43:20.25+01:00', 'now', '1e9'),
    (map { [ query => { time => $at, %$_ } ] } {}, { query => '' }, { query => 'sum(' }, { query => '1' }, { query => '"text"' }, { query => 'up[5m]' },
        { query => 'up', timeout => '1s' }, { query => 'up', timeout => 'x' }, { query => 'nowhere' }, { query => '1 / 0' }, { query => 'up + on() up' }),
    (map { [ query_range => { query => 'up', %span, step => 60, %$_ } ] } {}, { step => '1m' }, { step => 0 }, { step => -1 }, { step => '' }, { step => 'x' },
        { step => 0.1 }, { start => '' }, { end => 'x' }, { start => $at, end => $at - 1 }, { query => 'up[5m]' }, { query => '"x"' }, { query => 'sum(' },
        { query => 'rate(http_requests_total[5m])' }, { query => '1', timeout => 'y' }),
    [ series => {} ], (map { [ series => { 'match[]' => $_, %span } ] } 'up', '{__name__=~".+"}', '{job=~"a.*"}', 'nowhere', '{}', '{x=~".*"}', 'up[5m]', 'sum(up)', 'up{'),
    [ series => { 'match[]' => [ 'up', '{__name__=~"http.*"}' ], %span } ], [ series => { 'match[]' => 'up', start => 'x' } ], [ series => { 'match[]' => 'up', end => 1000 } ],
    [ labels => {} ], [ labels => \%span ], [ labels => { 'match[]' => 'up' } ], [ labels => { 'match[]' => '{}' } ], [ labels => { start => 'x' } ],
    (map { [ "label/$_/values" => {} ] } '__name__', 'job', 'instance', 'nowhere', '1x', 'a-b'), [ 'label/job/values' => { 'match[]' => 'up' } ],
    [ 'label/job/values' => { 'match[]' => 'up{' } ],
);

sub encoded {
    my ($parameters) = @_;
    return $http->www_form_urlencode($parameters);
}

sub decoded { my ($text) = @_; utf8::decode($text); return $text }

sub answer {
    my ($program, $path, $parameters, $method) = @_;
    my $form = encoded($parameters);
    my $response = ($method // 'GET') eq 'GET' ? $http->get("$program->{url}/api/v1/$path?$form")
      : $http->post("$program->{url}/api/v1/$path", { content => $form, headers => { 'Content-Type' => 'application/x-www-form-urlencoded' } });
    return { status => $response->{status}, type => $response->{headers}{'content-type'} =~ s/;.*//r, body => in_order(decode_json($response->{content})) };
}

# Series have no order of their own; of a refusal only the kind is compared where the words of a parser are in it.
sub in_order {
    my ($body) = @_;
    my $list = ref $body->{data} eq 'HASH' ? $body->{data}{result} : $body->{data};
    @$list = sort { $json->encode($a) cmp $json->encode($b) } @$list if ref $list eq 'ARRAY' && ref $list->[0] eq 'HASH';
    $body->{error} =~ s/(parse error|\bparse\b).*/$1/s if defined $body->{error};
    return $body;
}

my $different = 0;
for my $request (@requests) {
    my ($path, $parameters) = @$request;
    for my $method ($path =~ m{/} ? 'GET' : ('GET', 'POST')) {
        my ($left, $right) = map { $json->encode(answer($_, $path, $parameters, $method)) } $ours, $theirs;
        next if $left eq $right;
        ++$different;
        diag("$method $path " . encoded($parameters) . "\n  ours:   " . substr($left, 0, 600) . "\n  theirs: " . substr($right, 0, 600));
    }
}
is($different, 0, 'answers_and_refuses_as_prometheus (' . scalar(@requests) . ' requests)');

# As people write it with curl: unescaped, and a form that says otherwise than the address.
my @raw = (
    [ 'query?query=up==0&time=' . $at, '' ], [ 'query?query=up>=1&time=' . $at, '' ], [ 'query?query=up%zz', '' ], [ 'query?query=up;time=1', '' ],
    [ 'query', "query=up==1&time=$at" ], [ "query?query=up&time=$at", "query=temperature" ], [ "query?query=up&time=$at", 'time=5' ],
    [ "series?match[]=up&start=1700000000&end=1700003900", '' ],
);
for my $raw (@raw) {
    my ($path, $form) = @$raw;
    my ($left, $right) = map {
        my $response = $form eq '' ? $http->get("$_->{url}/api/v1/$path")
          : $http->post("$_->{url}/api/v1/$path", { content => $form, headers => { 'Content-Type' => 'application/x-www-form-urlencoded' } });
        my $body = in_order(decode_json($response->{content}));
        delete $body->{error};
        $json->encode({ status => $response->{status}, body => $body });
    } $ours, $theirs;
    is($left, $right, "reads_parameters_as_prometheus: $path $form");
}

sub promtool {
    my (@arguments) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run([ "$bin/promtool", 'query', @arguments ], '>', \$out, '2>', \$err);
    return "$out$err";
}
for my $arguments ([ 'instant', '--time', $at, 'URL', 'sum by (job) (up)' ], [ 'range', '--start', $at, '--end', $at + 600, '--step', '60s', 'URL', 'up' ],
    [ 'series', '--match', 'up', 'URL' ], [ 'labels', 'URL', 'job' ])
{
    my ($left, $right) = map { my $url = $_->{url}; join "\n", sort split /\n/, promtool(map { s/^URL$/$url/r } @$arguments) } $ours, $theirs;
    is($left, $right, "promtool_query_$arguments->[0]_takes_it_for_a_prometheus");
}
stop_program($ours);

# --- the same rules -----------------------------------------------------------------------------------------------------

# What Prometheus takes as an expression, as rules, to see how it prints them.
my @texts = grep {
    !/[\x00-\x1f\x7f]/ && get("$theirs->{url}/api/v1/query?time=$at&" . encoded({ query => decoded($_) }))->{content} =~ /"resultType":"(vector|scalar)"/
} expressions($ENV{OPSMON_SEED} // 42, 100);
my $printed = join "\n", '  - name: printed', '    interval: 1s', '    rules:',
  map { my $number = $_; my $text = $texts[$number] =~ s/'/''/gr; "      - {record: r$number, expr: '$text'}" } 0 .. ($#texts < 800 ? $#texts : 800);

my $rules = write_file("$folder/rules.yml", <<'END' =~ s/PRINTED/$printed/r);
groups:
  - name: first
    interval: 1s
    limit: 10
    rules:
      - {record: one, expr: vector(1)}
      - {record: labelled, expr: vector(2.5), labels: {a: b}}
      - alert: Fires
        expr: one > 0
        labels: {severity: critical}
        annotations: {summary: 'value {{ $value }}'}
      - alert: Waits
        expr: vector(3e-9)
        for: 1h
        keep_firing_for: 5m
      - {alert: Silent, expr: vector(1) > 2}
PRINTED
  - name: second
    interval: 2s
    rules:
      - {alert: Broken, expr: 'label_replace(vector(1), "a", "x", "", "") or label_replace(vector(1), "a", "y", "", "")', labels: {a: same}}
END
stop_program($theirs);
$theirs = prometheus('with_rules', "global: {}\nrule_files: [$rules]\n", "--storage.tsdb.path=$folder/with_rules");
$ours = start_sidecar("collect: {interval: 1s, timeout: 900ms}\nalerting: {rule_files: [$rules]}\n");

sub shown {
    my ($program, $path) = @_;
    my $body = decode_json($http->get("$program->{url}/api/v1/$path")->{content});
    for my $group ($path =~ /^rules/ ? @{ $body->{data}{groups} // [] } : ()) { # these are there to be printed
        $group->{rules} = [ map { { query => $_->{query}, health => $_->{health} eq 'unknown' ? 'unknown' : 'known' } } @{ $group->{rules} } ] if $group->{name} eq 'printed';
    }
    return $body;
}

# Without what depends on the moment.
sub timeless {
    my ($value) = @_;
    if (ref $value eq 'HASH') {
        return { map { $_ => /^(evaluationTime)$/ ? 'a number' : /^(lastEvaluation|activeAt)$/ ? ($value->{$_} =~ /^20\d\d-.*T.*Z$/ ? 'a moment' : $value->{$_}) : timeless($value->{$_}) } keys %$value };
    }
    return ref $value eq 'ARRAY' ? [ map { timeless($_) } @$value ] : $value;
}

sub evaluated { my ($program) = @_; return 2 == grep { $_->{alerts} && @{ $_->{alerts} } } map { @{ $_->{rules} } } map { @{ $_->{rules} ? [$_] : [] } } @{ shown($program, 'rules')->{data}{groups} } }
for my $program ($ours, $theirs) {
    wait_for('two alerts are there and all was evaluated', sub { evaluated($program) && $json->encode(shown($program, 'rules')) !~ /"unknown"/ }, $program);
}
for my $path ('rules', 'rules?type=alert', 'rules?type=record', 'rules?type=x', 'alerts') {
    my ($left, $right) = map { $json->pretty->encode(timeless(shown($_, $path))) } $ours, $theirs;
    is($left, $right, "$path as Prometheus shows them");
}
my $one = shown($ours, 'metadata?metric=opsmon_alerts')->{data};
is_deeply([ keys %$one ], ['opsmon_alerts'], 'metadata of one metric');
is_deeply([ sort keys %{ $one->{opsmon_alerts}[0] } ], [qw(help type unit)], 'has what Prometheus has');
is(scalar(keys %{ shown($ours, 'metadata?limit=3')->{data} }), 3, 'as many as are asked for');
is_deeply([ sort keys %{ shown($ours, 'status/buildinfo')->{data} } ], [ sort keys %{ shown($theirs, 'status/buildinfo')->{data} } ], 'buildinfo has the same keys');
stop_program($theirs);

# --- what is too much ---------------------------------------------------------------------------------------------------

my $large = encoded({ query => join(' + ', ('count_over_time({__name__=~".+"}[6h:1s])') x 5) });
is($http->get("$ours->{url}/api/v1/query?$large")->{status}, 422, 'a_query_too_large_is_refused');
my @askers = map {
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        my $end = time + 5;
        $http->get("$ours->{url}/api/v1/query?$large") while time < $end;
        POSIX::_exit(0);
    }
    $pid;
} 1 .. 50;
my ($longest, $scrapes) = (0, 0);
my $end = time + 4;
while (time < $end) {
    my $begun = time;
    die 'a scrape failed' if !get("$ours->{url}/metrics")->{success};
    my $took = time - $begun;
    $longest = $took if $took > $longest;
    ++$scrapes;
}
waitpid $_, 0 for @askers;
note sprintf '%d scrapes beside 50 that ask too much; the longest took %.0f ms', $scrapes, 1000 * $longest;
cmp_ok($longest, '<', 2, 'many_large_queries_do_not_delay_a_scrape');
is(shown($ours, 'query?query=1')->{status}, 'success', 'and it answers again');
stop_program($ours);
done_testing();

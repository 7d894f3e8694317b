# The edges of the query API's HTTP, beside a real Prometheus: methods, forms, and parameters at the ends of what can be
# written. What the sidecar answers otherwise is refused, and stands here with its reason.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $bin = "$ENV{OPSMON_RUN}/bin";
my $folder = PostgreSQL::Test::Utils::tempdir;
my $json = JSON::PP->new->canonical;

my $data = write_file("$folder/data.om", <<'END_DATA');
# TYPE up gauge
up{job="a",instance="x"} 1 1700000000
up{job="a",instance="x"} 1 1700000060
up{job="b",instance="y"} 0 1700000000
up{job="b",instance="y"} 1 1700000060
# EOF
END_DATA
system("$bin/promtool tsdb create-blocks-from openmetrics $data $folder/blocks >$folder/promtool.log 2>&1") == 0
  or BAIL_OUT('promtool: ' . slurp_file("$folder/promtool.log"));

sub ready_at {
    my ($program, $port) = @_;
    $program->{port} = $port;
    wait_for("$program->{name} is ready", sub { get("http://127.0.0.1:$port/-/ready")->{success} }, $program);
    return $program;
}

# It scrapes itself, so that it has metadata.
my ($their_port, $our_port) = (free_port(), free_port());
my $conf = write_file("$folder/prometheus.yml",
    "scrape_configs: [{job_name: self, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:$their_port']}]}]\n");
my $theirs = ready_at(start_program('prometheus', "--config.file=$conf", '--storage.tsdb.retention.time=100y',
    "--storage.tsdb.path=$folder/blocks", "--web.listen-address=127.0.0.1:$their_port", '--log.level=error'), $their_port);
my $ours = ready_at(start_program('opsmon-sidecar', 'serve-data', '--data', $data, '--web.listen-address', "127.0.0.1:$our_port"),
    $our_port);

# One request as it is given; a header may be undef: then it is left out.
sub ask {
    my ($program, $method, $target, $headers, $body) = @_;
    my %headers = (Host => 'x', Connection => 'close', %{ $headers // {} });
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$program->{port}", Timeout => 10) or die "no connection: $!";
    print $socket "$method $target HTTP/1.1\r\n", (map { "$_: $headers{$_}\r\n" } grep { defined $headers{$_} } sort keys %headers), "\r\n", $body // '';
    local $SIG{ALRM} = sub { die "$method $target: no answer in 20 s\n" };
    alarm 20;
    my $text = do { local $/; <$socket> } // '';
    alarm 0;
    my ($head, $content) = split /\r\n\r\n/, $text, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1\.1 (\d+)};
    my %got = map { /^([^:]+):\s*(.*)$/ ? (lc $1 => $2) : () } split /\r\n/, $head // '';
    $content = joined($content) if ($got{'transfer-encoding'} // '') eq 'chunked';
    return { status => $status, headers => \%got, content => $content // '' };
}

# What came in chunks.
sub joined {
    my ($text) = @_;
    my $out = '';
    while ($text =~ s/^([0-9a-f]+)\r\n//) {
        my $length = hex $1;
        $out .= substr $text, 0, $length;
        $text = substr $text, $length + 2;
    }
    return $out;
}

sub form { my ($body, $type) = @_; return ({ 'Content-Type' => $type // 'application/x-www-form-urlencoded', 'Content-Length' => length $body }, $body) }

# What can be compared: of a refusal by the parser of expressions only that it is one.
sub comparable {
    my ($answer) = @_;
    my $type = ($answer->{headers}{'content-type'} // '') =~ s/;.*//r;
    my %out = (status => $answer->{status}, allow => $answer->{status} == 405 ? $answer->{headers}{allow} : undef, type => $type);
    if ($type eq 'application/json' && length $answer->{content}) {
        my $body = decode_json($answer->{content});
        $body->{error} =~ s/(parse error).*/$1/s if defined $body->{error};
        my $list = ref $body->{data} eq 'HASH' ? $body->{data}{result} : $body->{data};
        @$list = sort { $json->encode($a) cmp $json->encode($b) } @$list if ref $list eq 'ARRAY' && ref $list->[0] eq 'HASH';
        $out{body} = $body;
    }
    return $json->encode(\%out);
}

my ($asked, $different) = (0, 0);
sub same {
    my (@request) = @_;
    my ($left, $right) = map { comparable(ask($_, @request)) } $ours, $theirs;
    ++$asked;
    return if $left eq $right;
    ++$different;
    diag("@request[0, 1]\n  ours:   " . substr($left, 0, 500) . "\n  theirs: " . substr($right, 0, 500));
}

sub all_were_the_same {
    my ($name) = @_;
    is($different, 0, "$name ($asked requests)");
    ($asked, $different) = (0, 0);
}

# --- methods ------------------------------------------------------------------------------------------------------------

my $query = '/api/v1/query?query=up&time=1700000060';
my @served = ($query, '/api/v1/query_range?query=up&start=1700000000&end=1700000060&step=60', '/api/v1/series?match[]=up',
    map { "/api/v1/$_" } qw(labels label/job/values rules alerts metadata status/buildinfo));
for my $target (@served) {
    for my $method (qw(HEAD POST PUT PATCH DELETE TRACE CONNECT OPTIONS)) {
        # Prometheus lists DELETE of series, and then answers 500.
        next if $target =~ /series/ && $method ne 'POST' && $method ne 'OPTIONS';
        same($method, $target); # no body, and nobody says so
        same($method, $target, form('', 'text/plain'));
    }
    same(PUT => $target, form('x' x 20_000)) if $target !~ /series/;
}
same($_ => '/api/v1/nothing', { 'Content-Length' => 0 }) for qw(OPTIONS);
is(ask($ours, $_, '/api/v1/series?match[]=up')->{headers}{allow}, 'GET, OPTIONS, POST', "series takes no $_") for qw(HEAD PUT DELETE);
all_were_the_same('refuses_the_methods_that_prometheus_refuses');

# Prometheus' default lets the pages of every origin read everything. The sidecar has no password on loopback, where any
# page that somebody opens may ask: none of them may read what it answers.
for my $method ('GET', 'OPTIONS') {
    my ($left, $right) = map { ask($_, $method, $query, { Origin => 'http://elsewhere.example', 'Access-Control-Request-Method' => 'GET' })->{headers} } $ours, $theirs;
    is($right->{'access-control-allow-origin'}, '*', "$method of another origin: Prometheus lets it read");
    is(scalar(grep { /^access-control/ } keys %$left), 0, "$method: pages_of_other_origins_may_read_nothing");
}

# --- forms --------------------------------------------------------------------------------------------------------------

my $fields = 'query=up&time=1700000060';
same(POST => '/api/v1/query', form($fields, $_)) for 'application/x-www-form-urlencoded', 'APPLICATION/X-WWW-FORM-URLENCODED',
  'application/x-www-form-urlencoded; charset=utf-8', 'application/x-www-form-urlencodedx', 'text/plain', 'application/json', 'bad type;;', '';
same(POST => '/api/v1/query', { 'Content-Length' => length $fields }, $fields);
same(POST => '/api/v1/query', { 'Content-Type' => 'application/x-www-form-urlencoded', 'Transfer-Encoding' => 'chunked' },
    sprintf("%x\r\n%s\r\n0\r\n\r\n", length $fields, $fields));
same(GET => '/api/v1/query', form($fields));
same(POST => $query, form('query=vector(1)'));

sub parts { my (@fields) = @_; return join('', map { "--B\r\nContent-Disposition: form-data; name=\"$_->[0]\"\r\n\r\n$_->[1]\r\n" } @fields) . "--B--\r\n" }
my $in_parts = 'multipart/form-data; boundary=B';
same(POST => '/api/v1/query', form(parts([ query => 'up' ], [ time => 1700000060 ]), $in_parts));
same(POST => $query, form(parts([ query => 'vector(1)' ]), $in_parts)); # the address comes first
same(POST => '/api/v1/query_range', form(parts([ query => 'up' ], [ start => 1700000000 ], [ end => 1700000060 ], [ step => 60 ]), $in_parts));
same(POST => '/api/v1/labels', form(parts([ 'match[]' => 'up' ]), $in_parts));
all_were_the_same('reads_forms_as_prometheus');

# --- numbers ------------------------------------------------------------------------------------------------------------

sub escaped { my ($text) = @_; return $text =~ s/([^A-Za-z0-9._:-])/sprintf '%%%02X', ord $1/ger }
my $range = '/api/v1/query_range?query=up&start=1700000000&end=1700000060&step=';
same(GET => $range . escaped($_)) for qw(9.2e9 9223372036 9.223372036e9 9.3e9 1e10 9.2e12 1e18 1e300 Inf -Inf 0x10 1_0 1m30s 1y 292y 293y 0.5 .5 5. 1e 1.5m 1d1h 1h1d
    0s -5m 0 -1), ' 60', '60 ', '';
same(GET => "$query&timeout=" . escaped($_)) for qw(9.2e9 9.3e9 1e10 1e300 1m 1x Inf);
same(GET => '/api/v1/query_range?query=1&start=' . $_) for '0&end=11000&step=1', '0&end=11001&step=1', '-9000000000&end=9000000000&step=9000000000',
  '1700000000&end=1700000000.01&step=0.0015', '0&end=1e11&step=1e10';
for my $time (qw(1700000060.0005 1700000060.0006 1700000060.9999 -1 -1.5 -0.0004 9.2e9 0x10 1_0 2023-11-14 2023-11-14T22:14:20 2023-11-14T22:14:20Z
    2023-11-14t22:14:20Z 2023-11-14T22:14:20z 2023-11-14T22:14:20.123456789Z 2023-02-30T00:00:00Z), '', '5#x')
{
    same(GET => '/api/v1/query?query=up&time=' . escaped($time));
    same(GET => '/api/v1/query_range?query=up&step=60&end=1700000060&start=' . escaped($time));
    same(GET => '/api/v1/series?match[]=up&end=1700000060&start=' . escaped($time));
}
same(GET => "/api/v1/$_") for 'query?query=1&time=5&time=x', 'query?q%75ery=1&time=5', 'query?&&query=1&time=5&', 'query_range?', 'query?',
  'series?match[]=up&match[]=', 'series?match=up', 'labels?match[]=', 'labels?start=5&end=1', 'series?match[]=up&start=5&end=1', 'label/%61/values',
  'label/caf%c3%a9/values', 'rules?type=ALERT', 'series?match[]=up&x=%zz', 'quer%79?query=1&time=5';
all_were_the_same('reads_numbers_and_moments_as_prometheus');

# How many metrics are told: all of them, or a number.
sub limited {
    my ($program, $limit) = @_;
    my $count = sub { my $answer = ask($program, GET => "/api/v1/metadata$_[0]"); return $answer->{status} == 200 ? scalar keys %{ decode_json($answer->{content})->{data} } : $answer->{status} };
    my $got = $count->("?limit=" . escaped($limit));
    return $got == $count->('') ? 'all' : $got;
}
wait_for('Prometheus has metadata', sub { keys(%{ decode_json(ask($theirs, GET => '/api/v1/metadata')->{content})->{data} }) > 5 }, $theirs);
is(limited($ours, $_), limited($theirs, $_), "as many metrics as Prometheus with limit=$_")
  for '', '-1', '-9', '0', '1', '+2', '+-1', '3', 'x', '1.5', '1e1', '0x1', ' 1', '9223372036854775807', '9223372036854775808';

# --- what is otherwise, and refused -------------------------------------------------------------------------------------

# Each with what Prometheus answers: should that change, the reason may be gone.
my @otherwise = (
    [ GET => "$query&x=%zz", 400, 200, 'a bad escape anywhere: Prometheus takes the query without that part' ],
    [ GET => '/api/v1/labels?x=%zz', 400, 200, 'the same' ],
    (map { [ GET => "/api/v1/query?query=1&time=$_", 400, 200, 'a moment beyond all calendars: Prometheus counts around' ] } '9.3e12', '1e300', 'Inf', 'NaN'),
    [ GET => '/api/v1/query?query=1&time=2023-11-14T22:14:20%2B25:00', 400, 200, 'no place on earth is 25 h ahead' ],
    [ GET => '/api/v1/query_range?query=1&start=1&end=2&step=0.0005', 400, 422, 'a step below a millisecond: Prometheus divides by zero' ],
    [ GET => '/api/v1/query/', 404, 301, 'an address is what is written: Prometheus sends on, to a place that is not there' ],
    [ GET => '//api/v1/query?query=1', 404, 301, 'the same' ],
    [ GET => '/api/v1/targets', 404, 200, 'not served' ],
    [ GET => '/api/v1/query_exemplars?query=up', 404, 200, 'not served' ],
    [ FOO => $query, 400, 405, 'no method of HTTP' ],
);
for my $case (@otherwise) {
    my ($method, $target, $our_status, $their_status, $why) = @$case;
    is(join(' ', map { ask($_, $method, $target)->{status} } $ours, $theirs), "$our_status $their_status", "$method $target: $why");
}
my ($broken, $taken) = map { ask($_, POST => $query, form('xx', $in_parts)) } $ours, $theirs;
is("$broken->{status} $taken->{status}", '400 200', 'a form in parts that is none is refused');
like($broken->{content}, qr/form is broken/, 'with what is wrong');
is(ask($ours, GET => "$query&x=" . 'y' x 40_000)->{status}, 413, 'a request of more than 32 kB is refused');

stop_program($_) for $ours, $theirs;
done_testing();

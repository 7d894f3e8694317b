# What a page of another origin, or a name that was made to lead here, can have the sidecar do: nothing. Asked by curl
# as a browser would, through a real nginx in front, and by the programs that are no browsers, which are not held up.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $bin = "$ENV{OPSMON_RUN}/bin";
my $folder = PostgreSQL::Test::Utils::tempdir;
my $slack = start_slack();
write_file("$folder/notification.yml", <<END);
global: {slack_api_url: '$slack->{url}/services/T0/B0/x'}
route: {receiver: slack}
receivers: [{name: slack, slack_configs: [{channel: '#ops'}]}]
END
my $conf = "collect: {interval: 1s, timeout: 900ms}\nalerting: {notification_file: $folder/notification.yml}\n";
my $sidecar = start_sidecar($conf);

sub run { my (@command) = @_; IPC::Run::run(\@command, '<', \undef, '>', \my $out, '2>', \my $err); return ($? >> 8, "$out$err") }

# A request as curl makes it: its status and its text.
sub ask {
    my ($url, @options) = @_;
    my (undef, $text) = run('curl', '-sS', '--max-time', '10', '-w', '\n%{http_code}', @options, $url);
    my ($body, $status) = $text =~ /^(.*)\n(\d+)$/s or die $text;
    return ($status, $body);
}
sub status { return (ask(@_))[0] }

my %post = (
    'as JSON' => [ '-H', 'Content-Type: application/json' ],
    'as a text, which needs no question beforehand' => [ '-H', 'Content-Type: text/plain' ],
    'as a form' => [ '-H', 'Content-Type: application/x-www-form-urlencoded' ]);
my $silence = encode_json({ matchers => [ { name => 'a', value => 'b', isRegex => JSON::PP::false } ], startsAt => '2026-01-01T00:00:00Z',
        endsAt => '2199-01-01T00:00:00Z', createdBy => 'a page', comment => 'x' });
sub silences { return scalar @{ decode_json((ask("$sidecar->{url}/api/v2/silences"))[1]) } }
my @foreign = ([ '-H', 'Origin: https://evil.example' ], [ '-H', 'Origin: null' ], [ '-H', 'Origin: http://127.0.0.1:1' ],
    [ '-H', 'Sec-Fetch-Site: cross-site' ], [ '-H', 'Sec-Fetch-Site: same-site', '-H', "Origin: $sidecar->{url}" ]);
for my $origin (@foreign) {
    is(status("$sidecar->{url}/api/v2/silences", @$origin, @{ $post{$_} }, '-d', $silence), 403, "no silence $_ ($origin->[1])") for sort keys %post;
    is(status("$sidecar->{url}/-/reload", '-X', 'POST', @$origin), 403, 'no reload');
    is(status("$sidecar->{url}/api/v1/query", @$origin, '-d', 'query=1'), 403, 'no query that costs');
    is(status("$sidecar->{url}/api/v2/silence/x", '-X', 'DELETE', @$origin), 403, 'nor an end of a silence');
}
is(silences(), 0, 'a_page_of_another_origin_creates_no_silence');
unlike(slurp_file($sidecar->{log}), qr/reload/, 'and_has_nothing_read_again');
is(status("$sidecar->{url}/api/v2/silences", @{ $post{$_} }, '-d', $silence), 415, "a_silence_is_json_and_nothing_else: $_") for grep { !/JSON/ } sort keys %post;

# Who asks beforehand, as browsers do for JSON and DELETE, is given no leave.
my (undef, $leave) = ask("$sidecar->{url}/api/v2/silences", '-i', '-X', 'OPTIONS', '-H', 'Origin: https://evil.example', '-H', 'Access-Control-Request-Method: POST');
unlike($leave, qr/Access-Control-Allow/i, 'no_other_origin_is_given_leave');

# The page itself, and what is no browser.
is(status("$sidecar->{url}/api/v2/silences", '-H', "Origin: $sidecar->{url}", '-H', 'Sec-Fetch-Site: same-origin', @{ $post{'as JSON'} }, '-d', $silence), 200, 'the_sidecars_own_page_may');
my ($failed, $text) = run("$bin/amtool", "--alertmanager.url=$sidecar->{url}", qw(silence add --author=ana --comment=x service=web));
is($failed, 0, 'amtool_may') or diag $text;
is(silences(), 2, 'and both silences are there');
is(status("$sidecar->{url}/-/reload", '-X', 'POST'), 200, 'curl_may');
my $prometheus = start_prometheus($sidecar);
wait_for('Prometheus scrapes', sub { get("$prometheus->{url}/api/v1/query?query=up")->{content} =~ /"value":\[[^,]+,"1"\]/ }, $prometheus);
pass('prometheus_may');

# A name of somebody else's that leads here: curl resolves it as a rebound browser does.
my $evil = "http://evil.example:$sidecar->{port}";
my @rebound = ('--resolve', "evil.example:$sidecar->{port}:127.0.0.1");
is(status("$evil$_", @rebound), 403, "reads not $_") for qw(/metrics /api/v1/query?query=up /api/v2/silences / /-/healthy);
is(status("$evil/-/reload", @rebound, '-X', 'POST', '-H', "Origin: $evil"), 403, 'a_rebound_name_reads_and_changes_nothing');
like((ask("$evil/metrics", @rebound))[1], qr/web\.allowed_hosts/, 'and_is_told_what_to_set_if_it_is_ours');
is(status("http://localhost:$sidecar->{port}/metrics"), 200, 'localhost is a name of its own');

# A real nginx in front, under a name that the sidecar has to be told.
mkdir "$folder/temp" or die $!;
my $port = free_port();
write_file("$folder/nginx.conf", <<END);
daemon off;
pid $folder/nginx.pid;
error_log $folder/error.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $folder/temp/body; proxy_temp_path $folder/temp/proxy;
    fastcgi_temp_path $folder/temp/fastcgi; uwsgi_temp_path $folder/temp/uwsgi; scgi_temp_path $folder/temp/scgi;
    server {
        listen 127.0.0.1:$port;
        location /named/ { proxy_pass http://127.0.0.1:$sidecar->{port}/; proxy_set_header Host \$http_host; }
        location /plain/ { proxy_pass http://127.0.0.1:$sidecar->{port}/; }
    }
}
END
my $nginx = start_program('nginx', '-p', $folder, '-e', "$folder/error.log", '-c', "$folder/nginx.conf");
my $front = "http://mon.example:$port";
my @proxied = ('--resolve', "mon.example:$port:127.0.0.1");
wait_for('nginx answers', sub { get("http://127.0.0.1:$port/plain/-/healthy")->{success} }, $nginx);
my @own_page = ('-X', 'POST', '-H', "Origin: $front");
is(status("$front/named/metrics", @proxied), 403, 'a proxy that passes an unknown name on is refused');
is(status("$front/plain/metrics", @proxied), 200, 'one that does not is answered');
is(status("$front/plain/-/reload", @proxied, @own_page), 403, 'but its page changes nothing');
is(status("$front/plain/-/reload", @proxied, @own_page, '-H', 'Sec-Fetch-Site: same-origin'), 200, 'unless the browser vouches for it, as with TLS');
for my $setting ("external_url: $front/named/", 'allowed_hosts: [mon.example]') {
    write_file($sidecar->{file}, "${conf}web: {$setting}\n");
    is(status("$sidecar->{url}/-/reload", '-X', 'POST'), 200, "with $setting");
    is(status("$front/named/metrics", @proxied), 200, 'the name is known');
    is(status("$front/named/-/reload", @proxied, @own_page), 200, 'and its page may change things');
    is(status("$front/named/-/reload", @proxied, '-X', 'POST', '-H', 'Origin: http://evil.example'), 403, 'and no other');
    is(status("$evil/metrics", @rebound), 403, 'and no other name counts');
}
pass('a_proxy_is_respected_once_its_name_is_set');

done_testing();

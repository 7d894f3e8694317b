# --web.config.file, the file that Prometheus and its exporters have: a real Prometheus scrapes through TLS with a
# password and with a certificate, promtool and opsmon-sidecar agree on which files are valid, a reload replaces it.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

my $folder = PostgreSQL::Test::Utils::tempdir;
my $bcrypt = '$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW'; # "secret"
sub run { my (@command) = @_; IPC::Run::run(\@command, '<', \undef, '>', \my $out, '2>', \my $err); return ($? >> 8, "$out$err") }
sub certificate {
    my ($name, @signed) = @_;
    my ($code, $text) = run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', "/CN=$name",
        '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', "$folder/$name.key", '-out', "$folder/$name.crt", @signed);
    $code == 0 or die $text;
}
certificate('authority');
certificate($_, '-CA', "$folder/authority.crt", '-CAkey', "$folder/authority.key", '-addext', 'basicConstraints=critical,CA:FALSE') for qw(server scraper);
{
    my ($code, $text) = run('openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', "$folder/rsa.key");
    $code == 0 or die $text;
}
my $tls = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";

# What is valid for the one is for the other.
my %files = (
    'nothing' => '', 'tls' => $tls, 'users' => "basic_auth_users:\n  alice: $bcrypt\n",
    'certificates' => "$tls  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.crt\n",
    'headers' => "http_server_config:\n  headers:\n    X-Frame-Options: deny\n",
    'no key' => "tls_server_config:\n  cert_file: server.crt\n", 'unknown' => "tls_servr_config: {}\n",
    'another kind of key' => "tls_server_config: {cert_file: server.crt, key_file: rsa.key}\n",
    'no such file' => "tls_server_config: {cert_file: no.crt, key_file: no.key}\n",
    'no hash' => "basic_auth_users: {alice: secret}\n", 'old' => "$tls  min_version: TLS9\n",
    'header' => "http_server_config: {headers: {Server: x}}\n",
    'authority without need' => "$tls  client_ca_file: authority.crt\n");
for my $name (sort keys %files) {
    my $file = write_file("$folder/web.yml", $files{$name});
    my ($theirs) = run("$ENV{OPSMON_RUN}/bin/promtool", 'check', 'web-config', $file);
    my ($ours, $text) = run("$ENV{OPSMON_RUN}/bin/opsmon-sidecar", 'check-web-config', $file);
    # promtool looks at no hash and into no header before somebody asks for a page.
    is($ours == 0, $name eq 'no hash' || $name eq 'header' ? '' : $theirs == 0, "promtool and we agree: $name") or diag $text;
    unlike($text, qr/secret/, 'and no secret is repeated') if $name eq 'no hash';
}

my $web = write_file("$folder/web.yml", "$files{certificates}http_server_config:\n  headers:\n    Strict-Transport-Security: max-age=60\nbasic_auth_users:\n  alice: $bcrypt\n");
my $conf = write_file("$folder/opsmon.yml", "collect:\n  interval: 1s\n  timeout: 900ms\n");
my $port = free_port();
my $sidecar = start_program('opsmon-sidecar', '--config.file', $conf, '--web.listen-address', "127.0.0.1:$port", '--web.config.file', $web);
my @as_scraper = ('--cert', "$folder/scraper.crt", '--key', "$folder/scraper.key");
sub curl { my (@options) = @_; return run('curl', '-sS', '-i', '--max-time', '5', '--cacert', "$folder/authority.crt", @options) }
sub page { my ($path, @options) = @_; return (curl("https://127.0.0.1:$port$path", @options))[1] }
wait_for('it is ready', sub { page('/-/ready', @as_scraper, '-u', 'alice:secret') =~ / 200 / }, $sidecar);
like(page('/metrics', @as_scraper, '-u', 'alice:secret'), qr/^system_load1 /m, 'who_has_both_is_answered');
like(page('/metrics', @as_scraper, '-u', 'alice:secret'), qr/^Strict-Transport-Security: max-age=60/m, 'with the headers');
like(page('/metrics', @as_scraper), qr/^HTTP\/1.1 401 .*^WWW-Authenticate: Basic/ms, 'who_has_no_password_is_asked_for_it');
like(page('/metrics', @as_scraper, '-u', 'alice:other'), qr/ 401 /, 'nor has a wrong one');
unlike(page('/metrics', '-u', 'alice:secret'), qr/HTTP/, 'who_has_no_certificate_hears_nothing');
like((curl("http://127.0.0.1:$port/metrics", '--http0.9'))[1], qr/HTTP request to an HTTPS server/, 'plain_http_is_told_so');

my $prometheus_port = free_port();
my $prometheus_file = write_file("$folder/prometheus.yml", <<END);
global: {scrape_interval: 1s}
scrape_configs:
- job_name: opsmon
  scheme: https
  basic_auth: {username: alice, password: secret}
  tls_config: {ca_file: authority.crt, cert_file: scraper.crt, key_file: scraper.key}
  static_configs: [{targets: ['127.0.0.1:$port']}]
END
my $prometheus = start_program('prometheus', "--config.file=$prometheus_file", "--storage.tsdb.path=$folder/data",
    "--web.listen-address=127.0.0.1:$prometheus_port", '--log.level=warn');
wait_for('Prometheus scrapes it', sub {
    get("http://127.0.0.1:$prometheus_port/api/v1/query?query=up")->{content} =~ /"value":\[[^,]+,"1"\]/
}, $prometheus);
pass('a_real_prometheus_scrapes_through_tls_with_certificate_and_password');

# A reload takes all of it into use, or none.
write_file($web, "tls_server_config: {cert_file: gone.crt, key_file: gone.key}\n");
like(page('/-/reload', '-X', 'POST', @as_scraper, '-u', 'alice:secret'), qr/ 500 .*cannot use cert_file/s, 'a_file_that_cannot_be_used_is_refused');
like(page('/-/healthy', @as_scraper, '-u', 'alice:secret'), qr/ 200 /, 'and what was before stays');
write_file($web, "tls_server_config: {cert_file: server.crt, key_file: rsa.key}\n");
like(page('/-/reload', '-X', 'POST', @as_scraper, '-u', 'alice:secret'), qr/ 500 .*it is not the key of/s, 'a_key_of_another_kind_is_refused');
like(page('/-/healthy', @as_scraper, '-u', 'alice:secret'), qr/ 200 /, 'and what was before stays then too');
write_file($web, $tls);
like(page('/-/reload', '-X', 'POST', @as_scraper, '-u', 'alice:secret'), qr/ 200 /, 'a valid one is taken');
like(page('/-/healthy'), qr/ 200 /, 'and_is_in_use');
unlike(slurp_file($sidecar->{log}), qr/secret|\$2b\$|BEGIN/, 'no_secret_is_in_the_log');

done_testing();

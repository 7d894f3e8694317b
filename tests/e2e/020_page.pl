# What the page is loaded from, and /sd, by which a real Prometheus finds the sidecar. The page itself is opened by
# `make browser`.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $sidecar = start_sidecar("collect:\n  interval: 1s\n  timeout: 900ms\n");
my $gzip = HTTP::Tiny->new(timeout => 10, default_headers => { 'Accept-Encoding' => 'gzip' });

# --- what is loaded -----------------------------------------------------------------------------------------------------

my $sum = 0;
for my $path ('/', '/page.js', '/page.css', '/page.svg', '/dashboard.json') {
    my $answer = $gzip->get("$sidecar->{url}$path");
    my $headers = $answer->{headers};
    is($headers->{'content-encoding'}, 'gzip', "$path is sent compressed");
    like($headers->{'content-security-policy'}, qr/^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/, "$path keeps others out");
    is(join(' ', @$headers{qw(x-content-type-options referrer-policy cache-control)}), 'nosniff no-referrer no-cache', "and so on");
    is($gzip->get("$sidecar->{url}$path", { headers => { 'If-None-Match' => $headers->{etag} } })->{status}, 304, "$path is not sent twice");
    $sum += length $answer->{content};
}
cmp_ok($sum, '<', 150_000, "the whole page is small ($sum bytes)");
my $page = get("$sidecar->{url}/")->{content};
is(get("$sidecar->{url}/$_")->{content}, $page, "/$_ is the page as well") for qw(alerts consumers targets);
unlike($page, qr{<script>|\bstyle=|\bon\w+=|//}, 'nothing stands inline, and nothing comes from elsewhere');
my $script = get("$sidecar->{url}/page.js")->{content};
unlike($script, qr/innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, 'no text becomes markup or code');
is_deeply(decode_json(get("$sidecar->{url}/dashboard.json")->{content}),
    decode_json(slurp_file("$ENV{OPSMON_RUN}/sidecar/dashboards/opsmon.json")), 'the dashboard is the file');

# --- a dashboard of one's own -------------------------------------------------------------------------------------------

sub shown { return decode_json(get("$sidecar->{url}/dashboard.json")->{content})->{title} }

my $own = "$sidecar->{folder}/own.json";
my $conf_before = slurp_file($sidecar->{file});
write_file($own, '{"title": "mine", "panels": [{"type": "stat", "title": "up", "targets": [{"expr": "up"}]}]}');
write_file($sidecar->{file}, "$conf_before\nweb: {dashboard_file: own.json}\n");
is($gzip->post("$sidecar->{url}/-/reload")->{status}, 200, 'a dashboard file is taken with a reload');
is(shown(), 'mine', 'a_dashboard_file_is_shown_instead_of_the_pages_own');
write_file($own, '{"title": "broken", "panels": [{"title": "x"}], "templating": 7}');
for my $told ($gzip->post("$sidecar->{url}/-/reload")->{content}, (run_command([ "$ENV{OPSMON_RUN}/bin/opsmon-sidecar", 'check-config', $sidecar->{file} ]))[1]) {
    like($told, qr/\Q$own\E: panels\[0\]: has no "type"\n.*\Q$own\E: templating: is no object/s, 'a broken one is named, with all that is wrong');
}
is(shown(), 'mine', 'and the one before stays');
write_file($sidecar->{file}, $conf_before);
is($gzip->post("$sidecar->{url}/-/reload")->{status}, 200, 'without the setting');
is(shown(), 'opsmon', 'the page shows its own again');

# --- whom a Prometheus is to scrape -------------------------------------------------------------------------------------

my $folder = PostgreSQL::Test::Utils::tempdir;
my $port = free_port();
my $conf = write_file("$folder/prometheus.yml", <<"END");
scrape_configs:
  - job_name: opsmon
    scrape_interval: 1s
    http_sd_configs: [{url: '$sidecar->{url}/sd', refresh_interval: 1s}]
    relabel_configs: [{source_labels: [__meta_opsmon_role], target_label: role}]
END
my $prometheus = start_program('prometheus', "--config.file=$conf", "--storage.tsdb.path=$folder/data",
    "--web.listen-address=127.0.0.1:$port", '--log.level=warn');
my $found = wait_for('Prometheus has found the sidecar', sub {
    my $answer = get("http://127.0.0.1:$port/api/v1/query?query=up");
    return $answer->{success} && (grep { $_->{value}[1] eq '1' } @{ decode_json($answer->{content})->{data}{result} })[0];
}, $prometheus);
is_deeply($found->{metric},
    { __name__ => 'up', job => 'opsmon', role => 'self', instance => "127.0.0.1:$sidecar->{port}" },
    'a_prometheus_scrapes_whom_sd_names');

done_testing;

# Notifications: the file of Alertmanager has the same verdict here and at the real amtool; groups, silence of
# what is inhibited, webhooks; nothing is lost or told twice when the sidecar is killed; real
# Alertmanagers are given what fires and told what is over.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);
use OpsmonSidecar;

my $program = "$ENV{OPSMON_RUN}/bin/opsmon-sidecar";
my $bin = "$ENV{OPSMON_RUN}/bin";
my $amtool = "$bin/amtool";
my $folder = PostgreSQL::Test::Utils::tempdir;

sub run_quietly {
    my (@command) = @_;
    my ($out, $err) = ('', '');
    my $ok = IPC::Run::run(\@command, '>', \$out, '2>', \$err);
    return ($ok, "$out$err");
}

sub verdicts {
    my ($text) = @_;
    my $file = write_file("$folder/alertmanager.yml", $text);
    my $own = write_file("$folder/own.yml", "alerting: {notification_file: $file}\n");
    my ($ours, $why) = run_quietly($program, 'check-config', $own);
    my ($theirs, $their_why) = run_quietly($amtool, 'check-config', $file);
    return ($ours ? 'good' : 'bad', $theirs ? 'good' : 'bad', $why, $their_why);
}

# --- the same verdict -------------------------------------------------------------------------------

my $a = "receivers: [{name: a}]\n";
sub route { my ($keys) = @_; return "route: {receiver: a, $keys}\n$a"; }
sub below { my ($keys) = @_; return route("routes: [{$keys}]"); }
sub slack { my ($keys) = @_; return "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://x', $keys}]}]\n"; }
sub webhook { my ($keys) = @_; return "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{$keys}]}]\n"; }
sub global { my ($keys) = @_; return "global: {$keys}\nroute: {receiver: a}\n$a"; }
sub inhibit { my ($keys) = @_; return "inhibit_rules: [{$keys}]\nroute: {receiver: a}\n$a"; }
sub interval { my ($keys) = @_; return "time_intervals: [{name: x, time_intervals: [{$keys}]}]\n" . below('mute_time_intervals: [x]'); }
sub matcher { my ($text) = @_; return below("matchers: ['$text']"); }

my @files = (
    '', $a, "route: {receiver: a}\n", "route: {receiver: b}\n$a", "route: {}\n$a", "xx: 1\n" . route(''),
    "route: {receiver: a}\nreceivers: [{name: a}, {name: a}]\n", "route: {receiver: a}\nreceivers: [{}]\n",
    "global:\nroute: {receiver: a}\n$a", "xx:\nroute: {receiver: a}\n$a", "templates: [/nowhere/*.tmpl]\n" . route(''),
    "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{channel: x}]}]\n",
    "global: {slack_api_url_file: /nowhere/x}\n" . "route: {receiver: a, xx: 1}\n$a",
    (map { route($_) } '', 'match: {a: b}', 'matchers: [a=b]', 'match_re: {a: b}', 'continue: true', 'continue: false',
        'mute_time_intervals: [x]', 'active_time_intervals: [x]', 'group_by: [a, b]', 'group_by: [a, a]', "group_by: ['...']",
        "group_by: ['...', a]", "group_by: ['1']", 'group_by: []', 'group_by: a', 'group_wait: 0s', 'group_wait: 0', 'group_wait: 5',
        "group_wait: ''", 'group_wait: 1.5h', 'group_wait: -5s', 'group_wait: 1h30m', 'group_interval: 0s', 'group_interval: 1y',
        'repeat_interval: 0s', 'repeat_interval: 12h', 'routes: {}', 'routes: []', 'routes: [{receiver: b}]', 'routes: [{}]',
        'routes: [{continue: yes}]', 'routes: [{continue: maybe}]', "routes: [{continue: 'true'}]", 'routes: [{continue: True}]'),
    (map { below($_) } 'match: {a: 1}', "match: {'a b': x}", "match: {a: ''}", "match_re: {a: '('}", "match_re: {a: 'x|y'}",
        'matchers: []', "matchers: 'a=b'", 'matchers: [a=b, c!=d]', 'mute_time_intervals: [nowhere]', 'group_by: [x], routes: [{match: {a: b}}]'),
    (map { matcher($_) } 'a=b', 'a=b,', ',a=b', 'a="b', 'a=b"c', 'a=~"("', 'a = b c', 'a=', 'foo bar=x', '{}', '', 'a=b,c=d',
        '{a="b",c!~"d|e"}', '{a=b', 'a=\"x', 'a==b', 'a=~~b', '1a=b', 'a:b=c', 'a="x,y"', 'a="x\\\\"', 'a=~"x.*",b!~y', 'a', '=b'),
    (map { global($_) } 'resolve_timeout: 5m', 'resolve_timeout: 0s', 'resolve_timeout: x', "slack_api_url: ''", "slack_api_url: 'ftp://x'",
        "slack_api_url: 'http://x', slack_api_url_file: y", "slack_api_url: 'https://hooks.slack.com/services/x'", "smtp_smarthost: 'localhost:25'",
        'foo: 1', 'http_config: {bearer_token: x}', 'http_config: {bearer_token: x, basic_auth: {username: x}}',
        'http_config: {follow_redirects: false, enable_http2: true}', 'http_config: {authorization: {credentials: x}}',
        'http_config: {authorization: {type: Basic, credentials: x}}', 'http_config: {foo: 1}',
        'http_config: {basic_auth: {username: x, password: y, password_file: z}}', 'http_config: {}'),
    (map { slack($_) } '', 'fields: [{title: a}]', 'fields: [{title: a, value: b, short: true}]', 'actions: [{type: button, text: x}]',
        'actions: [{type: button, text: x, url: u}]', 'actions: [{type: button, text: x, name: u, confirm: {text: y}}]',
        'actions: [{type: button, text: x, name: u, confirm: {title: y}}]', 'actions: [{text: x, url: u}]', 'mrkdwn_in: [text]',
        'mrkdwn_in: text', "title: ''", 'foo: 1', 'http_config: {}', 'send_resolved: True', 'send_resolved: 1', "send_resolved: 'true'",
        'send_resolved: yes', 'send_resolved: on', 'send_resolved: y', 'api_url_file: x', 'title: 5', 'title: null', 'title: true', 'title: [x]', 'max_alerts: 5',
        'short_fields: true, link_names: true, callback_id: x, image_url: y, thumb_url: z, icon_url: u, fallback: f, footer: g, pretext: h, title_link: i',
        "title: '{{ template \"slack.default.title\" . }}', text: '{{ template \"slack.default.text\" . }}'"),
    (map { webhook($_) } '', "url: 'http://x'", "url: ''", "url: 'ftp://x'", "url_file: /x", "url: 'http://x', max_alerts: 5",
        "url: 'http://x', max_alerts: -1", "url: 'http://x', send_resolved: false", "url: 'http://x', foo: 1",
        "url: 'http://x', http_config: {basic_auth: {username: u, password: p}}"),
    (map { inhibit($_) } 'source_match: {a: b}, target_match: {c: d}, equal: [x]', 'source_matchers: [a=b]', "equal: ['1x']", 'equal: x',
        "source_match_re: {a: '('}", "source_match: {'a b': x}", 'foo: x', "source_matchers: ['a']", 'source_matchers: [a=b], target_matchers: [c=d], equal: []'),
    (map { interval($_) } "weekdays: ['monday:friday', sunday]", "weekdays: ['Sat']", "weekdays: ['sunday:saturday']", "weekdays: ['saturday:sunday']",
        "weekdays: ['MONDAY']", "weekdays: ['monday:']", "weekdays: ['a:b:c']", "weekdays: []", "days_of_month: ['1:5', '-3:-1']", "days_of_month: ['5:2']",
        "days_of_month: ['0']", "days_of_month: ['-1:5']", "days_of_month: ['1:-1']", "days_of_month: ['29:-30']", "days_of_month: ['28:-1']", "days_of_month: ['27:-1']",
        "days_of_month: ['32']", "days_of_month: ['10:-28']", "days_of_month: ['-5:-10']", "months: ['january:march', '12']", "months: ['march:january']",
        "months: ['jan']", "years: ['2026:2028', '2030']", "years: ['2030:2020']", "times: [{start_time: '09:00', end_time: '17:00'}]",
        "times: [{start_time: '24:00', end_time: '24:00'}]", "times: [{start_time: '10:00', end_time: '09:00'}]", "times: [{start_time: '9:00', end_time: '10:00'}]",
        "times: [{start_time: '09:00'}]", "times: [{start_time: '00:00', end_time: '24:00'}]", "location: 'Europe/Berlin'", "location: 'Mars/X'", "location: ''",
        'foo: 1', "times: [{start_time: '10:00', end_time: '10:00'}]"),
    "mute_time_intervals: [{name: x}]\ntime_intervals: [{name: x}]\n" . route(''), "time_intervals: [{}]\n" . route(''),
);
push @files, map { "route: {receiver: a}\nreceivers:\n- name: a\n  slack_configs:\n  - api_url: $_\n" } '"http://x/y\\n"',
    '" http://x/y"', '"http://x/y\\nz"', "|\n      http://x/y", "|-\n      http://x/y";
my @differ;
my %count = (good => 0, bad => 0);
for my $file (@files) {
    my ($ours, $theirs, $why, $their_why) = verdicts($file);
    push @differ, "$file-> $ours here ($why), $theirs at amtool ($their_why)" if $ours ne $theirs;
    ++$count{$theirs};
}
diag($_) for @differ;
is(scalar(@differ), 0, "the_verdict_is_amtools ($count{good} good files and $count{bad} bad ones)");

# What amtool lets pass and nobody could rely on.
write_file("$folder/endless.tmpl", '{{ define "a" }}{{ template "b" . }}{{ end }}{{ define "b" }}{{ template "a" . }}{{ end }}');
for my $file (slack("title: '{{ .Foo '"), "templates: [endless.tmpl]\n" . route(''),
    global('http_config: {authorization: {type: "a\\nb", credentials: x}}'), interval("months: ['13']"), slack("title: '{{ template \"nowhere\" . }}'"),
    "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', http_config: {proxy_url: 'http://p'}}]}]\n") {
    my ($ours, $theirs, $why) = verdicts($file);
    is("$ours $theirs", 'bad good', 'refused here: ' . ($why =~ s/^.*?yml:/line /sr =~ s/\n.*//sr));
}
my ($ours, undef, $why) = verdicts("route: {receiver: a}\nreceivers:\n- name: a\n  email_configs: [{to: x}]\n");
like("$ours $why", qr/^bad .*:4: .*alerting\.alertmanagers/s, 'another_kind_of_receiver_is_refused_with_what_to_do');

# --- the incident's file, a group and its end -------------------------------------------------------------

# Services that are down as long as the file says so.
my %down = map { $_ => free_port() } qw(api web worker);
my $services = join '', map { "  - {name: $_, url: 'http://127.0.0.1:$down{$_}/health', timeout: 500ms}\n" } sort keys %down;
my $rules = write_file("$folder/rules.yml", <<'END');
groups:
  - name: services
    interval: 1s
    rules:
      - alert: ServiceDown
        expr: service_health_status == 0
        labels: {severity: critical}
        annotations: {description: '{{ $labels.service }} does not answer.'}
      - alert: ServiceSlow
        expr: service_health_status == 0
        labels: {severity: warning}
END
my $slack = start_slack();
my $hooks = start_webhook(sub { return "$_[0]\n" });

sub hooks { return map { decode_json($_) } split /\n/, slurp_file($hooks->{file}); }

my $file = write_file("$folder/incident.yml", <<END);
global: {slack_api_url: '$slack->{url}/services/T0/B0/very-secret'}
route:
  group_by: ['alertname', 'severity']
  group_wait: 2s
  group_interval: 2s
  repeat_interval: 12h
  receiver: slack-warning
  routes:
    - {match: {severity: critical}, receiver: slack-critical, continue: true}
    - {match: {severity: warning}, receiver: slack-warning}
    - {matchers: ['severity=~"critical|info"'], receiver: hook}
inhibit_rules:
  - {source_match: {severity: critical}, target_match: {severity: warning}, equal: [service]}
receivers:
  - name: slack-critical
    slack_configs:
      - channel: '#alert-critical'
        send_resolved: true
        title: '{{ .GroupLabels.alertname }}'
        text: '{{ range .Alerts }}{{ .Annotations.description }}{{ end }}'
  - name: slack-warning
    slack_configs: [{channel: '#alert-warning'}]
  - name: hook
    webhook_configs: [{url: '$hooks->{url}/'}]
END
my $conf = "collect:\n  interval: 1s\n  timeout: 900ms\nservices:\n$services"
  . "storage:\n  path: $folder/store\nalerting:\n  rule_files: [$rules]\n";
my $sidecar = start_sidecar("$conf  notification_file: $file\n");
my ($first) = wait_for('Slack knows', sub { [ messages($slack) ]->[0] }, $sidecar, 30);
is($first->{channel}, '#alert-critical', 'the route of the severity');
is($first->{payload}{attachments}[0]{title}, 'ServiceDown', 'the title of the settings');
is($first->{payload}{attachments}[0]{text}, join('', map { "$_ does not answer." } qw(api web worker)), 'three_alerts_are_one_message');
my ($hook) = wait_for('the webhook knows', sub { [ hooks() ]->[0] }, $sidecar, 30);
is($hook->{version}, '4', 'a webhook of version 4');
is($hook->{groupKey}, '{}/{severity=~"critical|info"}:{alertname="ServiceDown", severity="critical"}', 'the key of the group is Alertmanager\'s');
is_deeply([ sort map { $_->{labels}{service} } @{ $hook->{alerts} } ], [qw(api web worker)], 'with every alert');
like($hook->{alerts}[0]{fingerprint}, qr/^[0-9a-f]{16}$/, 'and its fingerprint');

# --- killed at any moment ----------------------------------------------------------------------------------

wait_for('the state is kept', sub { (metric($sidecar, 'opsmon_notification_state_kept') // 0) == 1 }, $sidecar);
for (1 .. 2) {
    kill 'KILL', $sidecar->{pid};
    stop_program($sidecar);
    $sidecar = start_sidecar("$conf  notification_file: $file\n");
    sleep 4;
}
is(scalar(messages($slack)), 1, 'after_a_kill_nobody_is_told_again');
kill 'KILL', $sidecar->{pid};
stop_program($sidecar);
my @services = map { start_program('demo_service', '--port', $down{$_}) } sort keys %down;
$sidecar = start_sidecar("$conf  notification_file: $file\n");

# The rules' own memory may be gone: the alerts end by themselves, after resolve_timeout at the latest.
write_file($file, slurp_file($file) =~ s/global: \{/global: {resolve_timeout: 1m, /r);
HTTP::Tiny->new->post("$sidecar->{url}/-/reload");
my $end = wait_for('the end is told', sub { [ messages($slack) ]->[1] }, $sidecar, 100);
is($end->{payload}{attachments}[0]{color}, 'good', 'what_ended_while_it_was_dead_is_told');
is(scalar(messages($slack)), 2, 'once');
wait_for('the webhook knows of the end', sub { grep { $_->{status} eq 'resolved' } hooks() }, $sidecar, 30);
unlike(metrics($sidecar) . slurp_file($sidecar->{log}), qr/very-secret/, 'never_shows_a_webhooks_secret');
stop_program($sidecar);

stop_program($_) for @services;

# --- the heartbeat -------------------------------------------------------------------------------------------------

write_file($hooks->{file}, '');
write_file($file, <<END);
route:
  receiver: nobody
  routes:
    - {matchers: [alertname=Watchdog], receiver: heartbeat, group_wait: 0s, group_interval: 1s, repeat_interval: 1s}
receivers:
  - {name: nobody}
  - {name: heartbeat, webhook_configs: [{url: '$hooks->{url}/beat', send_resolved: false}]}
END
$sidecar = start_sidecar("collect: {interval: 1s, timeout: 900ms}\nalerting:\n"
      . "  rule_files: [$ENV{OPSMON_RUN}/sidecar/rules/watchdog.rules.yml]\n  notification_file: $file\n");
wait_for('three beats have come', sub { hooks() >= 3 }, $sidecar, 60);
is_deeply([ map { $_->{alerts}[0]{labels}{alertname} } (hooks())[ 0 .. 2 ] ], [ ('Watchdog') x 3 ], 'a_live_monitor_is_heard_again_and_again');
kill 'KILL', $sidecar->{pid};
stop_program($sidecar);

# --- real Alertmanagers ------------------------------------------------------------------------------------------

my @real = map { start_alertmanager(write_file("$folder/real-$_.yml", "route: {receiver: a}\n$a")) } 1, 2;

sub firing_at { return scalar @{ decode_json(get("$_[0]{url}/api/v2/alerts?active=true")->{content}) }; }

$sidecar = start_sidecar(($conf =~ s{\Q$folder/store\E}{$folder/store2}r)
    . "  alertmanagers: ['$real[0]{url}', '$real[1]{url}']\n");
for my $one (@real) {
    wait_for('it has every alert', sub { firing_at($one) == 6 }, $sidecar, 30);
}
pass('all_alertmanagers_are_given_all_alerts');
@services = map { start_program('demo_service', '--port', $down{$_}) } sort keys %down;
for my $one (@real) {
    wait_for('none is left', sub { firing_at($one) == 0 }, $sidecar, 40);
}
pass('and_are_told_what_is_over');
stop_program($sidecar);
done_testing();

# The real amtool against the sidecar: it lists what fires, and creates, lists, changes and expires
# silences. A silenced alert is not told, and a silence outlives the sidecar's kill -9.
use strict;
use warnings;
use HTTP::Tiny;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $amtool = "$ENV{OPSMON_RUN}/bin/amtool";
my $slack = start_slack();
my $folder = PostgreSQL::Test::Utils::tempdir;
my $closed = free_port();
write_file("$folder/alertmanager.yml", <<END);
global: {slack_api_url: '$slack->{url}/services/T000/B000/very-secret'}
route: {receiver: slack, group_by: [alertname, service], group_wait: 1s, group_interval: 1s}
receivers:
  - name: slack
    slack_configs: [{channel: '#ops', send_resolved: true, text: '{{ .CommonLabels.service }}'}]
inhibit_rules:
  - {source_matchers: [service="first"], target_matchers: [service="third"]}
END
write_file("$folder/rules.yml", <<END);
groups:
  - name: services
    interval: 1s
    rules:
      - {alert: ServiceDown, expr: service_health_status == 0, labels: {severity: critical}}
END
my $conf = "collect:\n  interval: 1s\n  timeout: 900ms\nstorage:\n  path: $folder/store\nservices:\n"
  . join('', map { "  - {name: $_, url: 'http://127.0.0.1:$closed/'}\n" } qw(first second third))
  . "alerting:\n  rule_files: [$folder/rules.yml]\n  notification_file: $folder/alertmanager.yml\n";
mkdir "$folder/store";
my $sidecar = start_sidecar($conf);

# Runs amtool; dies when it fails, unless that is what is wanted.
sub amtool {
    my ($arguments, %options) = @_;
    my ($out, $err) = ('', '');
    my $worked = IPC::Run::run([ $amtool, "--alertmanager.url=$sidecar->{url}", @$arguments ], '<', \undef, '>', \$out, '2>', \$err);
    die "amtool @$arguments: $out$err" if $worked xor !$options{fails};
    return $options{fails} ? "$out$err" : $out;
}

sub alerts { return sort map { "$_->{labels}{service} $_->{status}{state}" } @{ decode_json(amtool([ qw(alert query -o json), @_ ])) } }
sub silences { return @{ decode_json(amtool([ qw(silence query -o json), @_ ])) } }

wait_for('all fire', sub { my @all = alerts('-i', '-s', '-a'); @all == 3 }, $sidecar);
is_deeply([ alerts() ], [ 'first active', 'second active' ], 'amtool_lists_the_alerts_that_are_not_inhibited');
is_deeply([ alerts('-i') ], ['third suppressed'], 'and_the_inhibited_ones_when_asked');
is_deeply([ alerts('service=second') ], ['second active'], 'by label');
like(amtool([qw(alert query)]), qr/ServiceDown/, 'in its usual form');
is_deeply([ alerts('-r', 'slack', 'service=first') ], ['first active'], 'by receiver');
like(amtool([ qw(alert add alertname=Mine) ], fails => 1), qr/501|alerts come from the rules/, 'an alert from elsewhere is refused');

wait_for('both are told', sub { my $all = join ' ', map { $_->{body} // encode_json($_) } messages($slack); $all =~ /first/ && $all =~ /second/ }, $sidecar);
unlike(join(' ', map { $_->{body} // encode_json($_) } messages($slack)), qr/third/, 'an_inhibited_alert_is_not_told');

my ($id) = amtool([ qw(silence add --author=ana --comment=moving --duration=1h), 'service=~"fou.*"' ]) =~ /(\S+)/;
ok($id, 'amtool_creates_a_silence');
my ($silence) = silences();
is($silence->{id}, $id, 'and lists it');
is_deeply([ @$silence{qw(createdBy comment)}, $silence->{status}{state} ], [qw(ana moving active)], 'with who and why');
is_deeply($silence->{matchers}, [ { name => 'service', value => 'fou.*', isRegex => JSON::PP::true, isEqual => JSON::PP::true } ], 'for what');
like(amtool([ qw(silence update --duration=2h --comment=longer), $id ]), qr/longer/, 'changes it');
like(amtool([ qw(silence add --author=ana --comment=x service=) ], fails => 1), qr/matcher/, 'one that silences everything is refused');
like(amtool([ qw(silence add --author=ana --comment=x --start=2020-01-01T00:00:00Z --end=2020-01-01T01:00:00Z a=b) ], fails => 1), qr/past/i, 'one in the past as well');

# What it silences is not told, and it holds over the end of the process.
kill 'KILL', $sidecar->{pid};
stop_program($sidecar);
my $told = () = messages($slack);
$conf =~ s/^alerting/  - {name: fourth, url: 'http:\/\/127.0.0.1:$closed\/'}\nalerting/m;
$sidecar = start_sidecar($conf);
wait_for('the fourth fires', sub { grep { /^fourth/ } alerts('-s', '-a', '-i') }, $sidecar);
is_deeply([ alerts('-s') ], ['fourth suppressed'], 'a_silence_outlives_a_kill_9_of_the_sidecar');
is((silences())[0]{comment}, 'longer', 'as it was last');

amtool([ 'silence', 'expire', $id ]);
is_deeply([ silences() ], [], 'amtool_expires_a_silence');
is_deeply([ map { $_->{id} } silences('--expired') ], [$id], 'which stays among the expired ones');
amtool([ 'silence', 'expire', $id ], fails => 1);
wait_for('what was silenced is told', sub { grep { ($_->{body} // encode_json($_)) =~ /fourth/ } messages($slack) }, $sidecar);
pass('what_fires_when_its_silence_ends_is_told');

for my $negative ('severity!=critical', 'severity!~"critical|page"') {
    my ($one) = amtool([ qw(silence add --author=ana --comment=c --duration=1h), $negative ]) =~ /(\S+)/;
    is((silences())[0]{id}, $one, "amtool_silences_all_but_what_it_names: $negative");
    amtool([ 'silence', 'expire', $one ]);
}

my $status = decode_json(get("$sidecar->{url}/api/v2/status")->{content});
is($status->{cluster}{status}, 'disabled', 'status');
like($status->{versionInfo}{revision}, qr/^opsmon-sidecar \d/, 'which says who it is');
my $warned = '';
IPC::Run::run([ $amtool, "--alertmanager.url=$sidecar->{url}", qw(silence query) ], '<', \undef, '>', \my $nothing, '2>', \$warned);
is($warned, '', 'amtool_takes_it_for_an_alertmanager_of_its_own_version');
unlike(get("$sidecar->{url}/api/v2/status")->{content}, qr/very-secret/, 'shows no secret');
amtool([qw(config show)]);
pass('amtool_shows_the_configuration_it_may_see');

# A page of another origin can send a form without asking.
my $form = HTTP::Tiny->new->post("$sidecar->{url}/api/v2/silences",
    { headers => { 'Content-Type' => 'text/plain' }, content => '{"matchers":[]}' });
is($form->{status}, 415, 'a_silence_from_a_form_is_refused');
for my $bad ('', '{', '[]', '{"matchers":{}}', '{"matchers":[],"startsAt":"x"}', '"' . 'x' x 5000 . '"') {
    my $answer = HTTP::Tiny->new->post("$sidecar->{url}/api/v2/silences",
        { headers => { 'Content-Type' => 'application/json' }, content => $bad });
    is($answer->{status}, 400, 'a bad body is refused: ' . substr $bad, 0, 20);
}
is(get("$sidecar->{url}/api/v2/alerts?filter=nonsense")->{status}, 400, 'a bad filter');
is(get("$sidecar->{url}/api/v2/alerts?active=maybe")->{status}, 400, 'a bad switch');
is(get("$sidecar->{url}/api/v2/silence/none")->{status}, 404, 'no such silence');
is(get("$sidecar->{url}/api/v2/alerts/groups")->{status}, 404, 'what is not served says so');

done_testing();

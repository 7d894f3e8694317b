# A bot of Slack: an incident is one message that is edited in place, what is new stands in its thread, over kills and
# restarts; who fails is stood in for by the fallback receiver; a real Alertmanager takes the same file.
use strict;
use warnings;
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);
use OpsmonSidecar;

my $program = "$ENV{OPSMON_RUN}/bin/opsmon-sidecar";
my $folder = PostgreSQL::Test::Utils::tempdir;
my $token = 'xoxb-very-secret';

# --- a stand-in for Slack's API ------------------------------------------------------------------------------

# Every request is a line of the file. The file "mode" says what goes wrong: which calls, how, how often.
my $port = free_port();
my $file = write_file("$folder/slack.jsonl", '');
my $mode_file = write_file("$folder/mode.json", '{}');
my $listen = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$port", Listen => 20, ReuseAddr => 1) or die "$!";
my $standin = fork() // die "$!";
serve_slack() if !$standin;
close $listen;
END { kill 'KILL', $standin if $standin; }

sub mode { return decode_json(slurp_file($mode_file)); }

sub set_mode {
    my (%mode) = @_;
    write_file("$mode_file.new", encode_json(\%mode));
    rename "$mode_file.new", $mode_file or die "$!";
    return;
}

sub serve_slack {
    my (%posted, $count);
    $SIG{PIPE} = 'IGNORE';
    while (my $client = $listen->accept) {
        my ($path, $length, $authorization) = ('', 0, '');
        while (defined(my $line = <$client>)) {
            $path = $1 if $line =~ m{^POST (\S+)};
            $length = $1 if $line =~ /^content-length:\s*(\d+)/i;
            $authorization = $1 if $line =~ /^authorization:\s*(.*?)\r?$/i;
            last if $line =~ /^\r?$/;
        }
        my $text = '';
        read $client, $text, $length;
        my $body = decode_json($text);
        my $call = $path =~ /update$/ ? 'update' : $path =~ m{^/hook} ? 'hook' : $body->{thread_ts} ? 'reply' : 'post';
        my ($status, %answer) = (200, ok => JSON::PP::true, channel => 'C0123');
        my $mode = mode();
        my $hung = 0;
        if ($mode->{how} && ($mode->{calls} // 'post update reply') =~ /\b$call\b/ && ($mode->{times} // 1)) {
            set_mode(%$mode, times => $mode->{times} - 1) if $mode->{times};
            while ((mode()->{how} // '') eq 'hang') { $hung = 1; sleep 0.02; }
            if ($mode->{how} =~ /^\d+$/) { $status = $mode->{how}; }
            else { %answer = (ok => JSON::PP::false, error => $mode->{how}); }
        }
        elsif ($call eq 'update') {
            %answer = $posted{ $body->{ts} } ? (%answer, ts => $body->{ts}) : (ok => JSON::PP::false, error => 'message_not_found');
        }
        else {
            $answer{ts} = sprintf '1700000000.%06d', ++$count;
            $posted{ $answer{ts} } = 1;
        }
        my $ok = $status == 200 && $answer{ok};
        if (!$hung) {
            open my $out, '>>', $file or die;
            print $out encode_json({ call => $call, ok => $ok ? 1 : 0, authorization => $authorization, body => $body, ts => $answer{ts} }), "\n";
            close $out;
        }
        %posted = () if $mode->{forget};
        my $out = encode_json(\%answer);
        print $client "HTTP/1.1 $status X\r\nContent-Type: application/json\r\n", $status == 429 ? "Retry-After: 1\r\n" : '',
          'Content-Length: ' . length($out) . "\r\nConnection: close\r\n\r\n$out";
        close $client;
    }
    exit 0;
}

sub calls { my ($which) = @_; return grep { $_->{call} =~ /^(?:$which)$/ } map { decode_json($_) } split /\n/, slurp_file($file); }

sub arrived { my ($which) = @_; return grep { $_->{ok} } calls($which); }

# --- the settings: Alertmanager's file, and the sidecar's own -----------------------------------------------------

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
        annotations: {summary: '{{ $labels.service }} is down', link: '{{ externalURL }}'}
END
write_file("$folder/token", "$token\n");
my $settings = write_file("$folder/alertmanager.yml", <<END);
route: {receiver: bot, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 12h}
receivers:
  - name: bot
    slack_configs:
      - api_url: 'http://127.0.0.1:$port/api/chat.postMessage'
        http_config: {authorization: {credentials_file: $folder/token}}
        channel: '#alerts'
        send_resolved: true
  - name: spare
    webhook_configs: [{url: 'http://127.0.0.1:$port/hook'}]
END
my $conf = "collect:\n  interval: 1s\n  timeout: 900ms\nservices:\n$services"
  . "storage:\n  path: $folder/store\nweb:\n  external_url: https://mon.example/opsmon/\n"
  . "alerting:\n  rule_files: [$rules]\n  notification_file: $settings\n";

sub check_config {
    my ($text) = @_;
    my ($out, $err) = ('', '');
    my $ok = IPC::Run::run([ $program, 'check-config', write_file("$folder/check.yml", $text) ], '>', \$out, '2>', \$err);
    return ($ok ? 'good ' : 'bad ') . "$out$err";
}
like(check_config("$conf  fallback_receiver: spare\n"), qr/^good/, 'a fallback receiver of the file is good');
like(check_config("$conf  fallback_receiver: nobody\n"), qr/^bad .*check\.yml:\d+: alerting\.fallback_receiver: no receiver .*"nobody"/s,
    'a_fallback_that_does_not_exist_is_said_with_its_line');
my $said = '';
ok(IPC::Run::run([ "$ENV{OPSMON_RUN}/bin/amtool", 'check-config', $settings ], '>', \$said, '2>', \$said), 'amtool takes the file');
unlike(slurp_file($settings), qr/fallback/, 'which knows nothing of a fallback');

# --- one message for each incident ------------------------------------------------------------------------------

my %up;
sub up { $up{$_} //= start_program('demo_service', '--port', $down{$_}) for @_; return; }
sub down { stop_program(delete $up{$_}) for @_; return; }

up(qw(web worker));
my $sidecar = start_sidecar($conf);
my $first = wait_for('the incident is posted', sub { (arrived('post'))[0] }, $sidecar, 30);
is($first->{authorization}, "Bearer $token", 'with the token of the bot');
is($first->{body}{channel}, '#alerts', 'into the channel');
is($first->{body}{attachments}[0]{pretext}, '<!here>', 'a_critical_alert_that_is_new_calls_who_is_there');
is($first->{body}{attachments}[0]{color}, 'danger', 'in red');

down('web');
my $reply = wait_for('the thread knows', sub { (arrived('reply'))[0] }, $sidecar, 30);
is($reply->{body}{thread_ts}, $first->{ts}, 'what_is_new_goes_into_the_thread');
is($reply->{body}{text}, "<!here> *New:* CRITICAL ServiceDown: web is down\nFiring now: 2 alerts.", 'in a few words');
my ($edit) = arrived('update');
is("$edit->{body}{channel} $edit->{body}{ts}", "C0123 $first->{ts}", 'the_message_is_edited_to_the_state_by_now');
like($edit->{body}{attachments}[0]{text}, qr/api is down.*web is down/s, 'with all that fires');
is($edit->{body}{attachments}[0]{pretext}, undef, 'an edit calls nobody');

# Killed before its reply has left, and told once when it is there again.
set_mode(calls => 'reply', how => 'hang');
down('worker');
wait_for('the edit has arrived', sub { arrived('update') == 2 }, $sidecar, 30);
kill 'KILL', $sidecar->{pid};
stop_program($sidecar);
set_mode();
$sidecar = start_sidecar($conf);
wait_for('the thread knows of the third', sub { arrived('reply') == 2 }, $sidecar, 30);
is(scalar(arrived('post')), 1, 'after_a_kill_the_same_message_is_edited');
is_deeply([ map { $_->{body}{ts} } arrived('update') ], [ ($first->{ts}) x 3 ], 'again, since nobody knows how far it came');
like((arrived('reply'))[1]{body}{text}, qr/worker is down/, 'and the thread says what is new, once');

# The second request fails a few times: nothing is lost and nothing is said twice.
my $edits = arrived('update');
set_mode(calls => 'reply', how => '500', times => 2);
up('worker');
wait_for('the thread knows of the end of one', sub { arrived('reply') == 3 }, $sidecar, 40);
is(scalar(calls('reply')), 5, 'two replies failed');
is(scalar(arrived('update')) - $edits, 3, 'a_reply_that_fails_is_tried_again_after_another_edit');
is((arrived('reply'))[2]{body}{text}, '*Resolved:* ServiceDown: worker is down, over after ' . ((arrived('reply'))[2]{body}{text} =~ /over after (.*)/)[0]
      . "\nFiring now: 2 alerts.", 'and says what is over, with its time');

# Slack wants it slower.
set_mode(calls => 'update', how => '429', times => 1);
down('worker');
wait_for('it is told after a while', sub { arrived('reply') == 4 }, $sidecar, 40);
my @limited = calls('update');
ok(!$limited[-2]{ok} && $limited[-1]{ok}, 'a_limit_is_kept_and_nothing_is_lost');

up(qw(api web worker));
wait_for('the end is told', sub { grep { ($_->{body}{attachments}[0]{color} // '') eq 'good' } arrived('update') }, $sidecar, 40);
my $end = (arrived('update'))[-1];
is($end->{body}{ts}, $first->{ts}, 'the message turns green');
like($end->{body}{attachments}[0]{text}, qr/Over after \d/, 'and says how long it was');
wait_for('the thread ends', sub { (arrived('reply'))[-1]{body}{text} =~ /Nothing of it fires any more/ }, $sidecar, 20);
is(scalar(arrived('post')), 1, 'it was one message');

# --- another incident, and a message that somebody deletes --------------------------------------------------------

down('api');
wait_for('another message', sub { arrived('post') == 2 }, $sidecar, 30);
pass('a_new_incident_is_a_new_message');
set_mode(forget => 1);
down('web');
wait_for('the edit, after which the message is gone', sub { (arrived('reply'))[-1]{body}{text} =~ /New:.* web is down/ }, $sidecar, 30);
set_mode();
down('worker');
wait_for('a third message', sub { arrived('post') == 3 }, $sidecar, 30);
pass('a_message_that_is_gone_is_posted_anew');
up('worker');
wait_for('which is edited then', sub { (arrived('update'))[-1]{body}{ts} eq (arrived('post'))[2]{ts} }, $sidecar, 30);
unlike(metrics($sidecar) . slurp_file($sidecar->{log}), qr/very-secret/, 'never_shows_the_token');
my ($shown) = @{ decode_json(get("$sidecar->{url}/api/v2/alerts")->{content}) };
is($shown->{generatorURL}, 'https://mon.example/opsmon/graph?g0.expr=service_health_status+%3D%3D+0&g0.tab=1', 'an alert links to its expression');
is($shown->{annotations}{link}, 'https://mon.example/opsmon', 'rules know the address of the installation');
stop_program($sidecar);

# --- the fallback ---------------------------------------------------------------------------------------------------

set_mode(how => 'invalid_auth');
up('web');
$sidecar = start_sidecar(($conf =~ s{\Q$folder/store\E}{$folder/store2}r) . "  fallback_receiver: spare\n");
my $hook = wait_for('the fallback is told', sub { (arrived('hook'))[0] }, $sidecar, 30);
like($hook->{body}{note}, qr/receiver bot could not be told: Slack refused it: invalid_auth; .*http_config/, 'who_failed_and_why_is_said_to_who_is_told_instead');
is("$hook->{body}{status} $hook->{body}{externalURL}", 'firing https://mon.example/opsmon', 'as a webhook');
like(slurp_file($sidecar->{log}), qr/refused.*invalid_auth.*http_config/, 'and the log says what to do');
set_mode();
down('web');
wait_for('the bot is told as usual', sub { arrived('post') == 4 }, $sidecar, 30);
up('api', 'web');
wait_for('the fallback knows of the end', sub { (arrived('hook'))[-1]{body}{status} eq 'resolved' }, $sidecar, 40);
pass('the_end_goes_where_the_beginning_went');
unlike(slurp_file($sidecar->{log}) . slurp_file($file) =~ s/Bearer \Q$token//gr, qr/very-secret/, 'and no secret with it');
stop_program($sidecar);

# --- the real Alertmanager ----------------------------------------------------------------------------------------------

my $posts = arrived('post');
my $real = start_alertmanager($settings);
my $answer = HTTP::Tiny->new->post("$real->{url}/api/v2/alerts", { headers => { 'Content-Type' => 'application/json' },
    content => '[{"labels":{"alertname":"FromPrometheus","severity":"critical"}}]' });
ok($answer->{success}, 'the real Alertmanager takes an alert');
wait_for('the real one has posted', sub { arrived('post') == $posts + 1 }, $real, 40);
my $theirs = (arrived('post'))[-1];
is("$theirs->{authorization} $theirs->{body}{channel}", "Bearer $token #alerts", 'the_same_file_works_with_the_real_one');
stop_program($real);
done_testing();

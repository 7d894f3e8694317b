# Ten thousand alerts at once, in a hundred groups and as one: each is told of, once, and so is its end; a sidecar
# that is killed in the middle goes on where it was.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use OpsmonSidecar;

my $side = 100; # so many causes, and so many alerts of each
my $all = $side * $side;
my $folder = PostgreSQL::Test::Utils::tempdir;

# A hundred series, and a hundred rules of each; all fire while the service is down.
my $down = free_port();
my $rules = "groups:\n  - name: causes\n    interval: 1s\n    rules:\n"
  . join('', map { "      - {record: cause, labels: {cause: 'c$_'}, expr: 'vector(1) and on () (service_health_status == 0)'}\n" } 1 .. $side)
  . join('', map { "      - {alert: Effect, labels: {effect: 'e$_'}, expr: cause}\n" } 1 .. $side);
my $rule_file = write_file("$folder/rules.yml", $rules);

# What each receiver has been told, a line an alert.
my $hooks = start_webhook(sub {
    my ($body, $path) = @_;
    my $receiver = substr $path, 1;
    return join '', map { "$receiver $_\n" } 'message', map { "$_->{status} $_->{labels}{cause} $_->{labels}{effect}" } @{ decode_json($body)->{alerts} };
});

# How often each alert was told with this status, and how many messages there were.
sub told {
    my ($receiver, $status) = @_;
    my %times;
    my $messages = 0;
    for my $line (split /\n/, slurp_file($hooks->{file})) {
        my ($its_receiver, $its_status, $name) = split / /, $line, 3;
        next if $its_receiver ne $receiver;
        ++$messages if $its_status eq 'message';
        ++$times{$name} if $its_status eq $status;
    }
    return (\%times, $messages);
}

sub distinct { return scalar keys %{ (told(@_))[0] } }

my $file = write_file("$folder/alertmanager.yml", <<END);
route:
  receiver: one
  group_by: []
  group_wait: 3s
  group_interval: 2s
  repeat_interval: 12h
  routes: [{receiver: hundred, group_by: [cause], continue: true}, {receiver: one}]
receivers:
  - {name: hundred, webhook_configs: [{url: '$hooks->{url}/hundred'}]}
  - {name: one, webhook_configs: [{url: '$hooks->{url}/one'}]}
END
my $conf = "collect: {interval: 1s, timeout: 900ms}\nservices:\n"
  . "  - {name: api, url: 'http://127.0.0.1:$down/health', timeout: 500ms}\n"
  . "storage: {path: $folder/store}\nalerting: {rule_files: [$rule_file], notification_file: $file}\n";
my $begun = time;
my $sidecar = start_sidecar($conf);
wait_for('some are told', sub { distinct('hundred', 'firing') > 0 }, $sidecar);
kill 'KILL', $sidecar->{pid};
stop_program($sidecar);
$sidecar = start_sidecar($conf);
for my $receiver (qw(hundred one)) {
    wait_for("$receiver knows all", sub { distinct($receiver, 'firing') == $all }, $sidecar, 120);
}
note sprintf 'all %d were told to two receivers after %.1f s, with a kill in the middle', $all, time - $begun;
my ($times, $messages) = told('hundred', 'firing');
my $again = grep { $_ > 1 } values %$times;
cmp_ok($again, '<=', $side, "one_message_at_most_is_told_again_after_a_kill ($again alerts, $messages messages)");
wait_for('the page counts them', sub { metric($sidecar, 'opsmon_alerts{state="firing"}') == $all }, $sidecar);

my $service = start_program('demo_service', '--port', $down);
for my $receiver (qw(hundred one)) {
    wait_for("$receiver knows of each end", sub { distinct($receiver, 'resolved') == $all }, $sidecar, 120);
}
for my $receiver (qw(hundred one)) {
    my ($ends) = told($receiver, 'resolved');
    is(scalar(grep { $_ > 1 } values %$ends), 0, "no_end_is_told_twice to $receiver");
}
wait_for('nothing waits any more', sub { metric($sidecar, 'opsmon_notification_queue_length') == 0 }, $sidecar);
is(metric($sidecar, "opsmon_notifications_total{receiver=\"$_\",integration=\"webhook/0\",outcome=\"dropped\"}"), 0, "nothing for $_ was dropped") for qw(hundred one);
stop_program($sidecar);
stop_program($service);
done_testing();

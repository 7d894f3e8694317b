# The demo, as a new user meets it: up, healthy, what it prints works, the incident, the end; and ports
# that are taken.
use strict;
use warnings;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use OpsmonSidecar;

my $demo = "$ENV{OPSMON_RUN}/demo";
$ENV{OPSMON_BIN} = "$ENV{OPSMON_RUN}/bin";
END {
    my $status = $?;
    IPC::Run::run([ "$demo/down.sh" ], '>', '/dev/null', '2>', '/dev/null');
    $? = $status;
}

# Runs one of the demo's scripts: its exit code, what it printed, and how long it took.
sub run_script {
    my ($script) = @_;
    my ($out, $err) = ('', '');
    my $began = time;
    IPC::Run::run([ "$demo/$script" ], '<', '/dev/null', '>', \$out, '2>', \$err);
    note $out, $err;
    return ($? >> 8, "$out$err", time - $began);
}

# A port is taken: says which, and changes nothing.
my $squatter = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 9788, Listen => 1, ReuseAddr => 1)
  or BAIL_OUT('port 9788 is taken: if a demo is up, end it first (make demo-stop)');
my ($code, $said) = run_script('up.sh');
is($code, 1, 'does not start when a port is taken');
like($said, qr/port 9788 is taken by perl/, 'says which, and by whom');
unlike($said, qr/port 54320/, 'and only that');
ok(!-e "$ENV{OPSMON_RUN}/build/demo", 'nothing_is_changed_when_a_port_is_taken');
close $squatter;

($code, $said, my $took_s) = run_script('up.sh');
is($code, 0, 'starts') or BAIL_OUT($said);
cmp_ok($took_s, '<', 60, 'is_healthy_within_60_seconds');
like($said, qr{http://127\.0\.0\.1:9788/metrics}, 'prints the URLs');
like($said, qr/make demo-stop/, 'and how to stop');
my @statements = $said =~ /^\s+(psql .* -c ".*")$/mg;
is(scalar @statements, 3, 'and three statements');
for my $statement (@statements) {
    my ($out, $err) = ('', '');
    ok(IPC::Run::run([ 'bash', '-c', $statement ], '>', \$out, '2>', \$err), 'a_printed_statement_works_when_pasted')
      or diag $err;
    like($out, qr/\([1-9]\d* rows?\)/, 'and shows something');
}
($code, $said) = run_script('up.sh');
is($code, 0, 'starting it again is no error');
like($said, qr/already up/, 'and says so');

($code, $said, $took_s) = run_script('incident.sh');
is($code, 0, 'the_incident_is_in_slack_within_15_seconds');
like($said, qr/CRITICAL.*standby_1.*since.*holds back/s, 'with the consumer, since when, and what it holds back');
note sprintf 'the incident took %.1f s', $took_s;

my @pids = map { slurp_file($_) =~ /^(\d+)/ } glob "$ENV{OPSMON_RUN}/build/demo/pid/*";
($code) = run_script('down.sh');
is($code, 0, 'stops');
# a zombie waits for its parent, and runs no more
my @alive = grep { -r "/proc/$_/stat" && slurp_file("/proc/$_/stat") !~ /\) Z / } @pids;
is("@alive", '', 'nothing_of_the_demo_is_left_running');
is((run_script('down.sh'))[0], 0, 'stopping it again is no error');

done_testing();

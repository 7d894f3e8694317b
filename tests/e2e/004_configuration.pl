# Configuration: all faults at once with their places, reload by signal and by request, and a bad new one
# never replaces a good old one.
use strict;
use warnings;
use HTTP::Tiny;
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $folder = PostgreSQL::Test::Utils::tempdir;
my $program = "$ENV{OPSMON_RUN}/bin/opsmon-sidecar";
my $good = write_file("$folder/good.yml", "collect:\n  interval: 1s\n  timeout: 900ms\n");
command_ok([ $program, 'check-config', $good ], 'accepts a good file');
my $bad = write_file("$folder/bad.yml", <<END);
collect:
  interval: soon
  intervall: 5s
services:
  - name: api
    url: gopher://127.0.0.1/
no_such_section: 1
END
my ($out, $err) = ('', '');
ok(!IPC::Run::run([ $program, 'check-config', $bad ], '>', \$out, '2>', \$err), 'refuses a bad one');
like("$out$err", qr/bad\.yml:2\b.*interval/, 'all faults at once: a bad duration, with its place');
like("$out$err", qr/bad\.yml:3\b.*intervall/, 'an unknown key');
like("$out$err", qr/bad\.yml:6\b.*url/, 'an unknown scheme');
like("$out$err", qr/bad\.yml:7\b.*no_such_section/, 'an unknown section');
ok(!IPC::Run::run([ $program, '--config.file', "$folder/none.yml" ], '>', \$out, '2>', \$err), 'a missing file');
like($err, qr/none\.yml/, 'is named');
for ([], ['--no-such-option'], ['no-such-command'], ['check-config'], ['config-keys', 'other'], ['check-rules', '--lint', 'loud', $good], ['query']) {
    IPC::Run::run([ $program, @$_ ], '<', \undef, '>', \$out, '2>', \$err);
    is($? >> 8, 2, "a_command_line_without_sense_ends_with_2: @$_");
}
command_ok([ $program, $_ ], "$_ is none") for qw(--help --version);

my $service_port = free_port();
my $service = start_program('demo_service', '--port', $service_port);
my $text = "collect:\n  interval: 1s\n  timeout: 900ms\nservices:\n  - {name: first, url: 'http://127.0.0.1:$service_port/health'}\n";
my $sidecar = start_sidecar($text);
wait_for('the service is probed', sub { (metric($sidecar, 'service_health_status{service="first"}') // 0) == 1 }, $sidecar);

# A bad new file, by request: refused with its faults, the old one stays.
write_file($sidecar->{file}, slurp_file($bad));
my $answer = HTTP::Tiny->new->post("$sidecar->{url}/-/reload");
is($answer->{status}, 500, 'a bad reload is refused');
like($answer->{content}, qr/interval.*no_such_section/s, 'with all its faults');
wait_for('the metric says so', sub { (metric($sidecar, 'opsmon_config_last_reload_successful') // 1) == 0 }, $sidecar);
is(metric($sidecar, 'service_health_status{service="first"}'), 1, 'keeps_the_old_configuration_when_the_new_one_is_bad');
is(get("$sidecar->{url}/-/reload")->{status}, 405, 'a reload is asked for with POST');

# By signal.
write_file($sidecar->{file}, $text =~ s/first/second/r);
kill 'HUP', $sidecar->{pid};
wait_for('the new service is probed and the old one gone', sub {
    (metric($sidecar, 'service_health_status{service="second"}') // 0) == 1
      && !defined metric($sidecar, 'service_health_status{service="first"}')
      && metric($sidecar, 'opsmon_config_last_reload_successful') == 1;
}, $sidecar);
pass('a_reload_by_signal_takes_effect');
write_file($sidecar->{file}, ": not yaml : [\n");
kill 'HUP', $sidecar->{pid};
wait_for('the failure shows', sub { metric($sidecar, 'opsmon_config_last_reload_successful') == 0 }, $sidecar);
like(slurp_file($sidecar->{log}), qr/opsmon\.yml:\d+/, 'and the log has its place');

# The port is taken: says which.
my $other = start_program('opsmon-sidecar', '--config.file', $good, '--web.listen-address', "127.0.0.1:$sidecar->{port}");
wait_for('the second one ends', sub { slurp_file($other->{log}) =~ /127\.0\.0\.1:$sidecar->{port}/ }, $other);
is(stop_program($other), 1, 'says_which_address_is_taken_and_ends');

is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
done_testing();

# Probes of a real server and of what is not there: accepting, full, stopped, not systemd.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

my $node = new_node('primary');
$node->append_conf('postgresql.conf', "max_connections = 4\nsuperuser_reserved_connections = 1\n");
$node->start;
my $socket = $node->host . '/.s.PGSQL.' . $node->port;
my $closed = free_port();
$ENV{DBUS_SYSTEM_BUS_ADDRESS} = 'unix:path=/nonexistent/opsmon-bus';
my $sidecar = start_sidecar(<<END);
collect: {interval: 1s, timeout: 900ms}
services:
  - {name: server, postgres: '$socket', timeout: 900ms}
  - {name: closed, tcp: '127.0.0.1:$closed', timeout: 900ms}
  - {name: unit, systemd: 'nginx.service', timeout: 900ms}
END

my $wait_for_health = sub {
    my ($service, $value, $what) = @_;
    wait_for($what, sub {
        (metric($sidecar, qq{service_health_status{service="$service"}}) // -1) == $value;
    }, $sidecar);
    pass($what);
};
my $probes = sub {
    my ($service) = @_;
    my $read = decode_json(get("$sidecar->{url}/api/v1/probes")->{content});
    return (grep { $_->{service} eq $service } @{ $read->{data}{probes} })[0];
};

$wait_for_health->('server', 1, 'a_server_that_accepts_is_healthy');
$wait_for_health->('closed', 0, 'a_closed_port_is_not');
$wait_for_health->('unit', 0, 'no_system_bus_is_a_failed_probe_and_no_crash');
is($probes->('closed')->{last_failures}[-1]{reason}, 'refused', 'the_document_says_why');
is($probes->('unit')->{last_failures}[-1]{reason}, 'bus_unavailable', 'and_that_there_is_no_bus');

my @sessions = map { $node->background_psql('postgres') } 1 .. 4;
wait_for('the server says that it is full', sub {
    grep { /too many|reserved/ } @{ $probes->('server')->{last}[-1]{steps} };
}, $sidecar);
is(metric($sidecar, 'service_health_status{service="server"}'), 1, 'a_full_server_is_alive');
$_->quit for @sessions;

$node->stop('fast');
$wait_for_health->('server', 0, 'a_stopped_server_is_not_healthy');
my $reason = $probes->('server')->{last_failures}[-1]{reason};
like($reason, qr/^(refused|not_accepting|reset)$/, 'and_the_reason_is_one_of_a_stop');
$node->start;
$wait_for_health->('server', 1, 'it_is_healthy_again_after_its_start');

done_testing();

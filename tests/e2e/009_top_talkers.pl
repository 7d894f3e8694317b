# Top talkers: real connections from several addresses of the loopback network, over IPv4, IPv6 and an
# IPv4 address in IPv6 clothes; what the metrics, the document and the kernel's own tables say agrees.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::IP;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Socket qw(AF_INET6 SOMAXCONN);
use Test::More;
use OpsmonSidecar;

my $conf = "collect:\n  interval: 1s\n  timeout: 900ms\n";
my $talkers = '/api/v1/top_talkers';
my $sidecar = start_sidecar("${conf}network:\n  top_talkers:\n    count: 50\n    ipv6_prefix: 128\n    include_loopback: true\n");

sub success { return (metric($_[0], 'opsmon_collector_success{collector="sockets"}') // 0) == 1 }
sub connections { return metric($sidecar, qq(network_top_talker_connections{prefix="$_[0]",type="private"})) // 0 }
sub received { return metric($sidecar, qq(network_top_talker_received_bytes_total{prefix="$_[0]",type="private"})) // 0 }
sub document { return decode_json(get("$sidecar->{url}$talkers")->{content})->{data} }

# Connections from the address, each with its accepted end: they stand as long as what is returned does.
sub connect_from {
    my ($from, $listener, $count) = @_;
    return map {
        my $client = IO::Socket::INET->new(LocalAddr => $from, PeerAddr => '127.0.0.1', PeerPort => $listener->sockport)
          or die "connect from $from: $!";
        { client => $client, server => $listener->accept // die "accept: $!" };
    } 1 .. $count;
}

# How many sockets the kernel's tables hold in a state, both families.
sub kernel_count {
    my ($state) = @_;
    my $text = join '', map { slurp_file("/proc/net/$_") } 'tcp', 'tcp6';
    return scalar(() = $text =~ /^\s*\d+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4} $state /mg);
}

# Without a list from before there is nothing that bytes can be counted from.
wait_for('the sockets are listed', sub { success($sidecar) }, $sidecar);

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => SOMAXCONN) or die "listen: $!";
my @few = connect_from('127.91.1.1', $listener, 4);
my @many = (connect_from('127.91.2.1', $listener, 5), connect_from('127.91.2.200', $listener, 6));
wait_for('all are counted', sub { connections('127.91.1.0/24') == 4 && connections('127.91.2.0/24') == 11 }, $sidecar);
pass('counts_connections_by_remote_prefix');

my $dual = IO::Socket::IP->new(Family => AF_INET6, LocalHost => '::', Listen => SOMAXCONN, V6Only => 0) or die "listen: $!";
my @mapped = connect_from('127.91.3.1', $dual, 3);
wait_for('they are counted', sub { connections('127.91.3.0/24') == 3 }, $sidecar);
pass('an_ipv4_peer_of_an_ipv6_socket_is_an_ipv4_peer');

my $before = connections('::1/128');
my $ipv6 = IO::Socket::IP->new(Family => AF_INET6, LocalHost => '::1', Listen => SOMAXCONN) or die "listen: $!";
my @ipv6 = map {
    my $client = IO::Socket::IP->new(PeerHost => '::1', PeerPort => $ipv6->sockport) or die "connect to ::1: $!";
    { client => $client, server => $ipv6->accept // die "accept: $!" };
} 1 .. 2;
# Of a connection with itself, the machine holds both ends.
wait_for('they are counted', sub { connections('::1/128') >= $before + 4 }, $sidecar);
pass('counts_connections_over_ipv6');

my $payload = 'x' x 100_000;
for my $pair ($few[0], $mapped[0]) {
    my $reader = $pair->{server};
    $pair->{client}->syswrite($payload) == length $payload or die "write: $!";
    for (my $left = length $payload; $left > 0;) {
        $left -= $reader->sysread(my $part, $left) || die "read: $!";
    }
}
wait_for('the bytes are counted', sub { received('127.91.1.0/24') >= 100_000 && received('127.91.3.0/24') >= 100_000 }, $sidecar);
is(received('127.91.1.0/24'), 100_000, 'counts_the_payload_received_to_the_byte');
is(received('127.91.3.0/24'), 100_000, 'of an IPv4 peer of an IPv6 socket too');
is(received('127.91.2.0/24'), 0, 'and nothing for who sent nothing');

# A document and a page are not of the same moment: they agree as soon as both are of one list.
my ($page, $data, %by_prefix);
wait_for('the document agrees with the metrics', sub {
    ($page, $data) = (metrics($sidecar), document());
    %by_prefix = map { $_->{prefix} => $_ } @{ $data->{topTalkers} };
    my %shown = $page =~ /^network_top_talker_connections\{prefix="([^"o][^"]*)",type="\w+"\} (\S+)$/mg;
    return keys %shown && keys %shown == keys %by_prefix && !grep { $by_prefix{$_}{connections} != $shown{$_} } keys %shown;
}, $sidecar);
pass('the_document_agrees_with_the_metrics');
my $talker = $by_prefix{'127.91.2.0/24'};
is($talker->{connections}, 11, 'the document has the connections');
is($talker->{states}{established}, 11, 'by state');
is($talker->{type}, 'private', 'the type');
is($talker->{localPorts}[0], $listener->sockport, 'and the port they talk to');
is($by_prefix{'127.91.1.0/24'}{receivedBytes}, 100_000, 'and the bytes');
is_deeply([ @$data{qw(ipv4PrefixBits ipv6PrefixBits)} ], [ 24, 128 ], 'and how long a prefix is');

# A peer that has gone and was not told goodbye to.
$_->{client}->close for @many[ 0 .. 2 ];
wait_for('the states are seen', sub {
    my ($talker) = grep { $_->{prefix} eq '127.91.2.0/24' } @{ document()->{topTalkers} };
    return ($talker->{states}{close_wait} // 0) == 3 && $talker->{states}{established} == 8;
}, $sidecar);
pass('tells_connections_whose_peer_has_closed');

# Other programs open and close sockets as well: until the kernel's tables and a page are of one mind.
for my $state (['established', '01'], ['close_wait', '08'], ['listen', '0A']) {
    my ($name, $number) = @$state;
    wait_for("$name is what the kernel says", sub {
        my $count = kernel_count($number);
        return $count > 0 && $count == (metric($sidecar, qq(network_tcp_connections{state="$name"})) // -1);
    }, $sidecar);
    pass("connections_in_${name}_are_those_of_the_kernels_tables");
}
my %states = metrics($sidecar) =~ /^network_tcp_connections\{state="(\w+)"\} (\S+)$/mg;
is(join(' ', sort keys %states),
    'close close_wait closing established fin_wait1 fin_wait2 last_ack listen syn_recv syn_sent time_wait',
    'every_state_is_there_even_when_none_is_in_it');

# Whoever accepts nothing has a queue.
my $lazy = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 7) or die "listen: $!";
my @waiting = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $lazy->sockport) or die "connect: $!" } 1 .. 3;
my $port = $lazy->sockport;
wait_for('the queue is seen', sub { (metric($sidecar, qq(network_tcp_listen_queue{port="$port"})) // 0) == 3 }, $sidecar);
is(metric($sidecar, qq(network_tcp_listen_queue_limit{port="$port"})), 7, 'shows_how_full_the_queue_of_a_port_is');

@few = ();
wait_for('the connections are gone', sub { connections('127.91.1.0/24') == 0 }, $sidecar);
is(received('127.91.1.0/24'), 100_000, 'bytes_do_not_go_down_when_connections_close');

# As it is without a word in the configuration: loopback is nobody's top talker.
my $plain = start_sidecar($conf);
wait_for('the sockets are listed', sub { success($plain) }, $plain);
unlike(metrics($plain), qr/prefix="(?:127\.|::1)/, 'loopback_is_not_shown_unless_asked_for');
is(get("$plain->{url}$talkers")->{status}, 200, 'and the document is there');

my $off = start_sidecar("${conf}network:\n  top_talkers:\n    enabled: false\n");
wait_for('the sockets are listed', sub { success($off) }, $off);
unlike(metrics($off), qr/^network_top_talker_/m, 'can_be_turned_off');
is(get("$off->{url}$talkers")->{status}, 404, 'and then there is no document');

done_testing();

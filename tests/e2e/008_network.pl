# The network as a real sidecar and a real Prometheus show it: counters of lo move by what is sent over it, names,
# kinds and labels are right, a reload forgets no counter, and what the kernel does not have is no failure.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $sent_bytes = 20_000_000;

# Sends so many bytes over lo, and waits until the other end has them all.
sub send_over_lo {
    my ($bytes) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die "no listener: $!";
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $listener->sockport)
          or POSIX::_exit(1);
        my $block = 'x' x 100_000;
        print $socket $block or POSIX::_exit(1) for 1 .. $bytes / length $block;
        close $socket or POSIX::_exit(1);
        POSIX::_exit(0);
    }
    my $socket = $listener->accept or die "accept: $!";
    my $received = 0;
    while (my $got = sysread $socket, my $buffer, 1 << 20) {
        $received += $got;
    }
    waitpid $pid, 0;
    return $received;
}

my $conf = "collect: {interval: 1s, timeout: 900ms}\n";
my $sidecar = start_sidecar("${conf}network: {link_speeds: [{interface: lo, speed: 10Gbps}]}\n");
my $lo = '{interface="lo",type="private"}';
wait_for('rates are known', sub { defined metric($sidecar, "network_receive_bytes_per_second$lo") }, $sidecar);

# Names, kinds and labels.
my $page = metrics($sidecar);
my %kinds = (
    counter => [ map { "network_$_" } qw(bytes_received_total bytes_sent_total packets_received_total packets_sent_total
          receive_errors_total send_errors_total receive_drops_total send_drops_total) ],
    gauge => [ map { "network_$_" } qw(interface_up link_speed_bytes_per_second receive_bytes_per_second
          send_bytes_per_second receive_utilisation_percent send_utilisation_percent) ]);
for my $kind (sort keys %kinds) {
    for my $name (@{ $kinds{$kind} }) {
        like($page, qr/^# TYPE $name $kind$/m, "$name is a $kind");
        like($page, qr/^\Q$name$lo\E \d/m, "$name has interface and type");
    }
}
is(metric($sidecar, "network_interface_up$lo"), 1, 'lo is up');
is(metric($sidecar, "network_link_speed_bytes_per_second$lo"), 1.25e9, 'its speed is that of the settings');
for my $collector (qw(network tcp conntrack attack)) {
    is(metric($sidecar, "opsmon_collector_success{collector=\"$collector\"}"), 1, "$collector works unprivileged");
}
for my $name (qw(passive_opens active_opens segments_sent segments_retransmitted listen_overflows listen_drops)) {
    like($page, qr/^network_tcp_${name}_total \d/m, "network_tcp_${name}_total is there");
}
is(metric($sidecar, 'network_attack_suspected{reason="syn_flood"}'), 0, 'a signal that is measured is 0, not absent');
unlike($page, qr/^network_attack_threshold\{reason="connection_rate"\}/m, 'and has no threshold before it has learned');

my ($out, $err) = ('', '');
IPC::Run::run([ "$ENV{OPSMON_RUN}/bin/promtool", 'check', 'metrics' ], '<', \$page, '>', \$out, '2>', \$err);
my @complaints = grep { /^network_/ && !/^network_\w+_utilisation_percent / } split /\n/, "$out$err";
is("@complaints", '', 'promtool_has_nothing_to_say_of_the_network');

# Counters move by what is sent.
my @names = ("network_bytes_received_total$lo", "network_bytes_sent_total$lo");
my %before = map { $_ => metric($sidecar, $_) } @names, 'network_tcp_passive_opens_total';
is(send_over_lo($sent_bytes), $sent_bytes, 'bytes go over lo');
for my $name (@names) {
    wait_for("$name has moved", sub { metric($sidecar, $name) >= $before{$name} + $sent_bytes }, $sidecar);
    cmp_ok(metric($sidecar, $name), '<', $before{$name} + 5 * $sent_bytes, 'counters_move_by_what_is_sent');
}
cmp_ok(metric($sidecar, 'network_tcp_passive_opens_total'), '>', $before{network_tcp_passive_opens_total},
    'a connection that was opened is counted');

# A real Prometheus knows their kinds, and takes a rate.
my $prometheus = start_prometheus($sidecar);
my $ask = sub { decode_json(get("$prometheus->{url}/api/v1/$_[0]")->{content})->{data} };
wait_for('Prometheus has a rate', sub {
    send_over_lo(1_000_000);
    my $result = $ask->('query?query=rate(network_bytes_received_total%7Binterface%3D%22lo%22%7D%5B10s%5D)')->{result};
    @$result && $result->[0]{value}[1] > 0;
}, $prometheus);
is($ask->('metadata?metric=network_bytes_received_total')->{network_bytes_received_total}[0]{type}, 'counter',
    'a_real_prometheus_knows_it_as_a_counter');

# A reload with other settings begins no counter anew.
my $shown = metric($sidecar, $names[0]);
write_file($sidecar->{file}, "${conf}network: {public_interfaces: [lo]}\n");
kill 'HUP', $sidecar->{pid};
my $public = 'network_bytes_received_total{interface="lo",type="public"}';
wait_for('lo is public', sub { defined metric($sidecar, $public) }, $sidecar);
cmp_ok(metric($sidecar, $public), '>=', $shown, 'a_reload_forgets_no_counter');
is(metric($sidecar, $names[0]), undef, 'and the series of the other type has ended');
is(metric($sidecar, 'network_link_speed_bytes_per_second{interface="lo",type="public"}'), undef,
    'a speed that nobody knows is absent');

stop_program($prometheus);
is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
done_testing();

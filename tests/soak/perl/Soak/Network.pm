# The network of the soak: namespaces `db_a`, `db_b`, `watch` and `chat`, each with one cable to a hub in the middle, where
# what goes from one to another can be dropped in silence or refused. Each namespace is held by a process that sleeps, so
# that there is nothing to clean up when the soak is gone. It never changes the network of the machine.
package Soak::Network;

use strict;
use warnings;
use POSIX ();

our %address = (db_a => '10.77.1.2', db_b => '10.77.2.2', watch => '10.77.3.2', chat => '10.77.4.2');

sub run {
    my (@command) = @_;
    system(@command) == 0 or die "@command failed: the soak cannot build its network\n";
    return;
}

sub in_space {
    my ($holder, @command) = @_;
    return run('nsenter', "--net=/proc/$holder/ns/net", @command);
}

# A process that sleeps in a network namespace of its own, once it is there.
sub hold {
    my $ours = readlink '/proc/self/ns/net';
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        exec 'unshare', '--net', 'sleep', 'infinity' or POSIX::_exit(1);
    }
    select undef, undef, undef, 0.01 while (readlink("/proc/$pid/ns/net") // $ours) eq $ours;
    return $pid;
}

sub build {
    my ($class) = @_;
    my $self = bless { holders => {}, cuts => {} }, $class;
    run(qw(ip link set lo up));
    open my $forward, '>', '/proc/sys/net/ipv4/ip_forward' or die "ip_forward: $!";
    print $forward "1\n";
    close $forward or die "ip_forward: $!";
    for my $name (sort keys %address) {
        my $holder = $self->{holders}{$name} = hold();
        my ($net) = $address{$name} =~ /^(.*)\.2$/;
        run('ip', 'link', 'add', "to_$name", 'type', 'veth', 'peer', 'name', 'eth0', 'netns', $holder);
        run('ip', 'address', 'add', "$net.1/24", 'dev', "to_$name");
        run('ip', 'link', 'set', "to_$name", 'up');
        in_space($holder, qw(ip link set lo up));
        in_space($holder, 'ip', 'address', 'add', "$address{$name}/24", 'dev', 'eth0');
        in_space($holder, qw(ip link set eth0 up));
        in_space($holder, 'ip', 'route', 'add', 'default', 'via', "$net.1");
    }
    run('nft', 'add table inet soak; add chain inet soak cuts { type filter hook forward priority 0; }');
    return $self;
}

sub space { return $_[0]{holders}{ $_[1] } }

# All cuts at once, as they now stand: `silent` loses what comes, `refused` answers that nobody is there, and ends
# connections that are open.
sub apply {
    my ($self) = @_;
    my $rules = 'flush chain inet soak cuts;';
    for my $cut (values %{ $self->{cuts} }) {
        my ($one, $other) = @address{ @{ $cut->{between} } };
        for my $pair ("ip saddr $one ip daddr $other", "ip saddr $other ip daddr $one") {
            $rules .= " add rule inet soak cuts $pair "
              . ($cut->{how} eq 'silent' ? 'drop;' : 'meta l4proto tcp reject with tcp reset;');
        }
    }
    run('nft', $rules);
    return;
}

sub cut {
    my ($self, $one, $other, $how) = @_;
    $self->{cuts}{ join ' ', sort $one, $other } = { between => [ $one, $other ], how => $how };
    return $self->apply;
}

sub mend {
    my ($self, $one, $other) = @_;
    delete $self->{cuts}{ join ' ', sort $one, $other };
    return $self->apply;
}

1;

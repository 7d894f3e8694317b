#!/usr/bin/perl
# Says which of these ports on 127.0.0.1 cannot be listened on, and who listens there, as far as the
# kernel tells us (of other users' processes only root learns which). Ends with 1 if there is any.
#
#   demo/ports.pl PORT...
use strict;
use warnings;
use IO::Socket::INET;
use Errno qw(EADDRINUSE);

# The sockets that listen on a port: their inodes.
sub listening_inodes {
    my ($port) = @_;
    my %inodes;
    for my $table ('/proc/net/tcp', '/proc/net/tcp6') {
        open my $lines, '<', $table or next;
        while (<$lines>) {
            my (undef, $local, undef, $state, @rest) = split;
            next unless $state eq '0A' && $local =~ /:([0-9A-F]{4})$/ && hex($1) == $port;
            $inodes{ $rest[5] } = 1;
        }
    }
    return \%inodes;
}

sub holder {
    my ($port) = @_;
    my $inodes = listening_inodes($port);
    for my $descriptor (glob '/proc/[0-9]*/fd/*') {
        my $target = readlink $descriptor or next;
        next unless $target =~ /^socket:\[(\d+)\]$/ && $inodes->{$1};
        my ($pid) = $descriptor =~ m{^/proc/(\d+)/};
        open my $comm, '<', "/proc/$pid/comm" or next;
        chomp(my $name = <$comm> // 'a process that has just ended');
        return "$name (process $pid)";
    }
    return 'a process that only root can see';
}

die "ports.pl: which ports?\n" unless @ARGV;
my $taken = 0;
for my $port (@ARGV) {
    my $socket = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $port, Proto => 'tcp', Listen => 1, ReuseAddr => 1);
    next if $socket;
    $taken = 1;
    print "port $port is taken", $! == EADDRINUSE ? ' by ' . holder($port) : ": $!", "\n";
}
exit $taken;

package OpsmonProtocol;
# As much of the protocol between client and server as the fence's tests need and libpq does not offer: messages one by
# one, with a Flush and without a Sync (protocol 3.0, trust).
use strict;
use warnings;
use Exporter 'import';
use IO::Socket::UNIX;
our @EXPORT = qw(connect_as open_portal read_piece run_without_sync send_query read_answer);

sub send_message { my ($socket, $type, $body) = @_; print $socket $type, pack('N', 4 + length $body), $body or die "send: $!"; return; }

sub receive {
    my ($socket) = @_;
    my $read = sub {
        my ($length) = @_;
        my $got = '';
        while (length $got < $length) { sysread($socket, $got, $length - length $got, length $got) or die 'the server closed' }
        return $got;
    };
    my ($type, $length) = unpack 'aN', $read->(5);
    return ($type, $read->($length - 4));
}

# Sends messages and a Flush, and tells what came until all were answered: how many rows, and the error.
sub ask {
    my ($socket, @messages) = @_;
    send_message($socket, @$_) for @messages;
    send_message($socket, 'H', '');
    my ($got_rows, $error) = (0, '');
    for (1 .. @messages) {
        while (my ($type, $body) = receive($socket)) {
            $got_rows++ if $type eq 'D';
            $error = $body =~ s/\0/ /gr if $type eq 'E';
            return ($got_rows, $error) if $type eq 'E';
            last if $type =~ /[12sC]/; # Parse or Bind complete, portal suspended, command complete
        }
    }
    return ($got_rows, $error);
}

sub connect_as {
    my ($node, $role, %parameters) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $node->host . '/.s.PGSQL.' . $node->port) or die "connect: $!";
    $socket->autoflush(1);
    my $startup = pack('N', 196608) . "user\0$role\0database\0postgres\0" . join('', map { "$_\0$parameters{$_}\0" } sort keys %parameters) . "\0";
    print $socket pack('N', 4 + length $startup) . $startup;
    while (1) { my ($type, $body) = receive($socket); die $body if $type eq 'E'; last if $type eq 'Z' }
    return $socket;
}

sub open_portal { my ($socket, $sql) = @_; return ask($socket, [ 'P', "\0$sql\0" . pack('n', 0) ], [ 'B', "p\0\0" . pack('nnn', 0, 0, 0) ]); }
sub read_piece { my ($socket, $count) = @_; return ask($socket, [ 'E', "p\0" . pack('N', $count) ]); }

# As a pipeline does: in the transaction of what was sent since the last Sync.
sub run_without_sync {
    my ($socket, $sql) = @_;
    return ask($socket, [ 'P', "\0$sql\0" . pack('n', 0) ], [ 'B', "\0\0" . pack('nnn', 0, 0, 0) ], [ 'E', "\0" . pack('N', 0) ]);
}

# A query, and what comes of it when somebody reads at last: the error, if there is one.
sub send_query { my ($socket, $sql) = @_; return send_message($socket, 'Q', "$sql\0"); }

sub read_answer {
    my ($socket) = @_;
    my $error = '';
    while (my ($type, $body) = receive($socket)) {
        $error = $body =~ s/\0/ /gr if $type eq 'E';
        last if $type eq 'Z' || $error =~ /SFATAL/;
    }
    return $error;
}

1;

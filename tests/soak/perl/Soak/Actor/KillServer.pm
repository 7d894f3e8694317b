# A whole server is killed: the postmaster with kill -9, so that nobody says goodbye; or one of its processes, so that the
# postmaster ends all others and recovers.
package Soak::Actor::KillServer;

use strict;
use warnings;
use Soak::Script;

sub takes { my ($house, $world) = @_; return $world->one_of(qw(primary standby)) }

sub steps {
    my ($house, $world, $role) = @_;
    my $server = $role eq 'primary' ? $house->primary : $house->standby;
    return $world->one_of(0, 1, 1) ? one_process($house, $world, $role, $server) : whole($house, $world, $role, $server);
}

sub whole {
    my ($house, $world, $role, $server) = @_;
    return (
        act { $world->disturb($role); $world->count('kill -9 of a postmaster'); $server->{process}->signal('KILL') },
        until_so('it is gone', 10, sub { !$server->runs }),
        pause($world->between(0, 8)),
        $house->starts($server),
    ), [ act { $world->heal($role) } ];
}

sub one_process {
    my ($house, $world, $role, $server) = @_;
    my %children = $server->children;
    my $pid = $world->one_of(sort grep { $children{$_} !~ /^logger/ } keys %children) or return ();
    my $kind = $children{$pid} =~ /^(opsmon \w+|walsender|walreceiver|\w+)/ ? $1 : 'process';
    my $died;
    return (
        act {
            $world->disturb($role);
            $world->count("kill -9 of a backend: $kind");
            $world->note_kill($pid);
            $died = !kill 'KILL', $pid;
        },
        until_so('it is gone', 10, sub { $died ||= !-e "/proc/$pid" }),
        # A standby without its startup process ends: that is PostgreSQL's way, and its supervisor starts it again.
        $house->starts($server),
    ), [ act { $world->heal($role) } ];
}

1;

# A server is restarted as people do it, fast, or as people should not, at once.
package Soak::Actor::Restart;

use strict;
use warnings;
use Soak::Script;

sub takes { my ($house, $world) = @_; return $world->one_of(qw(primary standby)) }

sub steps {
    my ($house, $world, $role) = @_;
    my $server = $role eq 'primary' ? $house->primary : $house->standby;
    my $how = $world->one_of(qw(fast immediate));
    return (
        act { $world->disturb($role); $world->count("restart, $how"); $server->{process}->signal($how eq 'fast' ? 'INT' : 'QUIT') },
        expect('nothing crashes by itself', "$server->{name} ends, $how", 90, sub { !$server->runs }),
        pause($world->between(0, 5)),
        $house->starts($server),
    ), [ act { $world->heal($role) } ];
}

1;

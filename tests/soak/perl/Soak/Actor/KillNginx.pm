# nginx is killed with its workers, and all its services with it.
package Soak::Actor::KillNginx;

use strict;
use warnings;
use Soak::Script;

sub takes { return 'nginx' }

sub steps {
    my ($house, $world) = @_;
    my $services = $house->{services};
    return (
        act { $world->disturb('nginx'); $world->count('kill -9 of nginx'); $services->kill_all },
        until_so('it is gone', 10, sub { !$services->{process}->runs }),
        pause($world->between(0, 40)),
        act { $services->start },
        until_so('nginx answers', 30, sub { $services->answers }),
    ), [ act { $services->came_back; $world->heal('nginx') } ];
}

1;

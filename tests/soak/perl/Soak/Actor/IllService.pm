# A service falls ill and gets well: an incident that has to be told, and its end.
package Soak::Actor::IllService;

use strict;
use warnings;
use Soak::Script;

sub takes { my ($house, $world) = @_; return 'service_' . $world->one_of(1 .. Soak::Services::count()) }

sub steps {
    my ($house, $world, $takes) = @_;
    my ($n) = $takes =~ /(\d+)/;
    return (
        act { $world->count('incident of a service'); $house->{services}->make_ill($n, 1) },
        pause($world->between(1, 60)),
    ), [ act { $house->{services}->make_ill($n, 0) }, pause($world->between(1, 20)) ];
}

1;

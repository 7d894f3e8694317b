# The line between primary and standby is cut; it streams again when it is mended.
package Soak::Actor::CutStandby;

use strict;
use warnings;
use Soak::Script;

sub takes { return 'standby' }

sub steps {
    my ($house, $world) = @_;
    my $how = $world->one_of(qw(silent refused));
    return (
        act { $world->disturb('standby'); $world->count("cut between primary and standby, $how"); $house->{network}->cut('db_a', 'db_b', $how) },
        pause($world->between(1, 20)),
        act { $house->{network}->mend('db_a', 'db_b') },
        until_so('the standby streams', 90, sub { $house->streams }),
    ), [ act { $house->{network}->mend('db_a', 'db_b'); $world->heal('standby') } ];
}

1;

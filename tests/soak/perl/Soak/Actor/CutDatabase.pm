# The line between the sidecars and the primary is cut: what they know of it grows old, and no alert may end for that.
package Soak::Actor::CutDatabase;

use strict;
use warnings;
use Soak::Script;

sub takes { return 'db_line' }

sub steps {
    my ($house, $world) = @_;
    my $how = $world->one_of(qw(silent refused));
    my @ends = ('watch', $house->primary->{space_name});
    return (
        act { $world->disturb('db_line'); $world->count("cut to the primary, $how"); $house->{network}->cut(@ends, $how) },
        pause($world->between(1, 25)),
    ), [ act { $house->{network}->mend(@ends); $world->heal('db_line') } ];
}

1;

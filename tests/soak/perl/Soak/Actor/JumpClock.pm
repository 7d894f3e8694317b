# The wall clock of a sidecar or of a server jumps, for a while: to the next minute, hour or day, or back. The clock that never
# goes back is left alone, as it is on a real machine.
package Soak::Actor::JumpClock;

use strict;
use warnings;
use Soak::Script;

sub takes { my ($house, $world) = @_; return $world->one_of(qw(clock_sidecar_lived clock_sidecar_killed clock_a clock_b)) }

sub steps {
    my ($house, $world, $takes) = @_;
    my ($whose) = $takes =~ /^clock_(.*)/;
    my $seconds = $world->one_of(-1, 1) * $world->one_of(2, 90, 3600, 86_400);
    return (
        act { $world->count('clock jump of ' . ($whose =~ /sidecar/ ? 'a sidecar' : 'a server')); $world->say("clock    $whose by $seconds s"); $house->set_clock($whose, $seconds) },
        pause($world->between(2, 40)),
    ), [ act { $house->set_clock($whose, 0) } ];
}

1;

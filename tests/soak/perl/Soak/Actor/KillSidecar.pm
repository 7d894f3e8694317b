# The sidecar that may be killed is killed, at any moment, and started again.
package Soak::Actor::KillSidecar;

use strict;
use warnings;
use Soak::Script;

sub takes { return 'sidecar_killed' }

sub steps {
    my ($house, $world) = @_;
    my $sidecar = $house->{sidecar_killed};
    return (
        act { $world->disturb('sidecar_killed'); $world->count('kill -9 of the sidecar'); $sidecar->{process}->kill_group },
        until_so('it is gone', 10, sub { !$sidecar->runs }),
        pause($world->between(0, 5)),
        act { $sidecar->write_good; $sidecar->start },
        expect('the sidecar answers', 'the sidecar is ready after a kill', 30, sub { $sidecar->is_ready }),
    ), [ act { $world->heal('sidecar_killed') } ];
}

1;

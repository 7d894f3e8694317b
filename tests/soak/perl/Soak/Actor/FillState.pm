# The volume of a sidecar's state is filled to the last byte: it says so, tells what there is to tell all the same, and keeps its
# state again when there is room. The sidecar is not killed meanwhile: what cannot be kept does not outlive it.
package Soak::Actor::FillState;

use strict;
use warnings;
use Soak::Script;

sub takes { my ($house, $world) = @_; return @{ $world->one_of(['state_lived'], [qw(state_killed sidecar_killed)]) } }

sub steps {
    my ($house, $world, $state) = @_;
    my ($which) = $state =~ /_(\w+)$/;
    my $sidecar = $house->{"sidecar_$which"};
    my ($volume) = $sidecar->{state} =~ m{(.*)/};
    return (
        act { $world->count('volume of the state filled'); $house->fill_up($volume) },
        pause($world->between(2, 30)),
        act { unlink "$volume/filler" },
        expect('the sidecar answers', 'the state is kept again when there is room', 90, sub { ($sidecar->metric('opsmon_notification_state_kept') // 0) == 1 }),
    ), [ act { unlink "$volume/filler" } ];
}

1;

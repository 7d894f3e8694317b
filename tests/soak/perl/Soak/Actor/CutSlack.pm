# The line between the sidecars and Slack is cut: in silence, or refusing.
package Soak::Actor::CutSlack;

use strict;
use warnings;
use Soak::Script;

sub takes { return 'slack_line' }

sub steps {
    my ($house, $world) = @_;
    my $how = $world->one_of(qw(silent refused));
    return (
        act { $world->disturb('slack_line'); $world->count("cut to Slack, $how"); $house->{network}->cut('watch', 'chat', $how) },
        pause($world->between(1, 20)),
    ), [ act { $house->{network}->mend('watch', 'chat'); $world->heal('slack_line') } ];
}

1;

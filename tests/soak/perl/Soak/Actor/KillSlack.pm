# The stand-in for Slack is killed and comes back: meanwhile its port refuses.
package Soak::Actor::KillSlack;

use strict;
use warnings;
use Soak::Script;

sub takes { return 'slack_process' }

sub steps {
    my ($house, $world) = @_;
    my $slack = $house->{slack};
    return (
        act { $world->disturb('slack_process'); $world->count('kill -9 of the stand-in for Slack'); $slack->{process}->kill_group },
        until_so('it is gone', 10, sub { !$slack->runs }),
        pause($world->between(0, 12)),
    ), [ act { $slack->start; $world->heal('slack_process') } ];
}

1;

# A slot that nobody uses appears on the primary, and is dropped later: an alert on what only the database knows. While it is
# there the alert may not end, whatever is cut, killed or restarted. A promotion ends it, as the new primary has no such slot.
package Soak::Actor::IdleSlot;

use strict;
use warnings;
use Soak::Script;

my $number = 0;

sub takes { return 'idle_slot' }

sub steps {
    my ($house, $world) = @_;
    my $name = 'incident_' . ++$number;
    my ($server, $made);
    return (
        until_so('the slot is made', 60, sub {
            $server = $house->primary;
            return 0 if $house->{promoting};
            $made = defined $server->ask("SELECT pg_create_physical_replication_slot('$name')") || ($server->{error} // '') =~ /already exists/;
        }),
        act {
            $world->count('incident of a slot');
            $house->{truth}->set($name, 1, $world->now);
            $server->{slots}{$name} = 1;
        },
        pause($world->between(5, 60)),
    ), [
        until_so('the slot is dropped', 120, sub {
            return 1 if !$made || !$server->{slots}{$name};
            # Killed in between, a server may have dropped it without having said so.
            delete $server->{slots}{$name};
            $house->{truth}->set($name, 0, $world->now);
            return 1 if defined $server->ask("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$name'");
            $house->{truth}->set($name, 1, $world->now);
            $server->{slots}{$name} = 1;
            return 0;
        }),
    ];
}

1;

# The data volume of the primary is filled to the last byte and emptied again: it stops writing, and goes on by itself.
package Soak::Actor::FillData;

use strict;
use warnings;
use Soak::Script;

sub takes { return ('primary', 'wal_primary') }

sub steps {
    my ($house, $world) = @_;
    my $server = $house->primary;
    my ($volume) = $server->{data} =~ m{(.*)/};
    return (
        act { $world->disturb('primary'); $world->count('data volume filled'); $house->fill_up($volume) },
        expect('no server is full', 'the primary answers with its data volume full', 30, sub { $server->answers }),
        pause($world->between(2, 15)),
        act { unlink "$volume/filler" },
        expect('no server is full', 'people write again when the data volume has room', 60, sub {
            defined $server->ask('INSERT INTO ledger VALUES (0) ON CONFLICT DO NOTHING', user => 'soak_app')
        }),
    ), [ act { unlink "$volume/filler"; $world->heal('primary') } ];
}

1;

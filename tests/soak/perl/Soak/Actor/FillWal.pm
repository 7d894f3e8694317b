# The WAL volume fills, because of a slot that nobody reads: one that may be taken, which the guard takes; or a protected one,
# which it does not: it stops the writer, until somebody drops the slot.
package Soak::Actor::FillWal;

use strict;
use warnings;
use Soak::Process;
use Soak::Script;

my $name = 'no server is full';

sub takes { my ($house, $world) = @_; return $world->one_of(qw(wal_primary wal_steady)) }

sub steps {
    my ($house, $world, $takes) = @_;
    my $server = $takes eq 'wal_steady' ? $house->{steady} : $house->primary;
    my $part = $takes eq 'wal_steady' ? 'steady' : 'primary';
    my ($slot, $policy) = @{ $world->one_of([qw(orphan expendable)], [qw(orphan expendable)], [qw(precious protect)]) };
    my $disturbed = $world->times_disturbed($part);
    # What kills and restarts do meanwhile is not the guard's fault.
    my $alone = sub { $world->times_disturbed($part) == $disturbed };
    my $filler;
    return (
        until_so('the slot is made', 30, sub {
            defined $server->ask("SELECT pg_create_physical_replication_slot('$slot', true);
                INSERT INTO opsmon.consumers (kind, name, policy) VALUES ('slot', '$slot', '$policy')
                ON CONFLICT (kind, name) DO UPDATE SET policy = EXCLUDED.policy") || ($server->{error} // '') =~ /already exists/
        }),
        act {
            $world->count("WAL volume filled, slot to $policy");
            $server->{slots}{$slot} = 1 if $policy eq 'protect';
            $filler = fill($world, $server);
        },
        expect($name, "the writer of WAL on $server->{name} ends", 300, sub { !$filler->runs }),
        # Where a consumer that keeps up has not said yet how far it is, taking the orphan alone frees nothing, and the
        # fence may come first: the orphan is taken when the other has moved.
        expect($name, "$slot on $server->{name} is taken", 60, sub {
            $policy ne 'expendable' || $part ne 'steady' || !$alone->()
              || ($server->ask("SELECT count(*) FROM pg_replication_slots WHERE slot_name = '$slot'") // '') eq '0'
        }),
    ), [
        act { $filler->kill_group if $filler && $filler->runs; delete $server->{slots}{$slot} },
        expect($name, "$slot on $server->{name} can be dropped", 120, sub {
            defined $server->ask("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$slot'; CHECKPOINT")
        }),
        expect($name, "people write again on $server->{name}", 120, sub {
            defined $server->ask('CREATE TEMPORARY TABLE x (i int); INSERT INTO x VALUES (1); SELECT pg_logical_emit_message(true, $$soak$$, $$x$$)', user => 'soak_app')
        }),
    ];
}

# 700 MB for a volume of 512, as fast as it goes.
sub fill {
    my ($world, $server) = @_;
    return Soak::Process->start(name => 'filler', log => "$world->{run}/log/filler.log", command => [
            'psql', qw(-XAtq -v ON_ERROR_STOP=1 -U soak_app -d postgres -h), $server->{sockets}, '-p', $server->{port},
            map { ('-c', 'SELECT count(pg_logical_emit_message(true, $$soak$$, repeat($$x$$, 1000000))) FROM generate_series(1, 50)') } 1 .. 14 ]);
}

1;

# The standby becomes the primary, and what was the primary is made anew as its standby. Either by plan: the primary ends first
# and the standby has all of it; or after a crash of the primary, to which the standby was synchronous. The sidecars learn of
# it as they would anywhere: their settings are written anew and reloaded.
package Soak::Actor::Promote;

use strict;
use warnings;
use Soak::Script;

sub takes { return ('primary', 'standby', 'wal_primary', 'db_line') }

sub steps {
    my ($house, $world) = @_;
    my ($old, $new) = ($house->primary, $house->standby);
    return () if !$house->streams;
    my @takes = qw(primary standby);
    my $asked = 0;
    return (
        act { $world->disturb(@takes); $house->{promoting} = 1 },
        ($world->one_of(0, 1) ? by_plan($world, $old, $new) : after_a_crash($house, $world, $old, $new)),
        expect('nothing crashes by itself', "$new->{name} is promoted", 90, sub {
            my $recovers = $new->ask('SELECT pg_is_in_recovery()') // return 0;
            $new->ask('SELECT pg_promote(false)') if $recovers eq 't' && !$asked++;
            return $recovers eq 'f';
        }),
        act {
            $house->promoted($new);
            $world->count('promotion');
            $world->heal('primary');
        },
        act { $old->begin_copy($new) },
        until_so('the new standby is copied', 120, sub { $old->copied($new) }),
        act { $new->{slots} = { $old->slot_name => 1 } },
        $house->starts($old),
        until_so('the new standby streams', 90, sub { $house->streams }),
    ), [
        # Where it was given up on the way, there is a primary all the same, and it waits for nobody.
        $house->starts_primary,
        act { $house->primary->rows('ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf()') },
        act { $house->{promoting} = 0; $world->heal(@takes) },
    ];
}

sub by_plan {
    my ($world, $old, $new) = @_;
    return (
        act { $world->count('promotion by plan'); $old->{process}->signal('INT') },
        expect('nothing crashes by itself', "$old->{name} ends, fast", 90, sub { !$old->runs }),
        until_so('the standby has all of it', 30, sub {
            my ($checkpoint) = `pg_controldata $old->{data}` =~ /^Latest checkpoint location:\s+(\S+)/m or return 0;
            return ($new->ask("SELECT pg_last_wal_receive_lsn() > '$checkpoint'") // '') eq 't';
        }),
    );
}

# While the standby is synchronous nothing is acknowledged that it does not have.
sub after_a_crash {
    my ($house, $world, $old, $new) = @_;
    my $from;
    return (
        act { $old->rows("ALTER SYSTEM SET synchronous_standby_names = '$new->{name}'; SELECT pg_reload_conf()") },
        until_so('the standby is synchronous', 30, sub {
            ($old->ask("SELECT sync_state FROM pg_stat_replication WHERE application_name = '$new->{name}'") // '') eq 'sync'
        }),
        until_so('it has what came before', 30, sub {
            $from //= $old->ask('SELECT pg_current_wal_flush_lsn()') || return 0;
            return ($new->ask("SELECT pg_last_wal_receive_lsn() >= '$from'") // '') eq 't';
        }),
        pause($world->between(0, 3)),
        act { $world->count('promotion after a crash'); $old->{process}->signal('KILL') },
        until_so('it is gone', 10, sub { !$old->runs }),
    );
}

1;

# The guard takes nobody but whom it may: of all slots only `orphan` is expendable, so every other eviction in its ledger, and
# every other slot that is missing, is a fault.
package Soak::Invariant::Guard;

use strict;
use warnings;

my $name = 'the guard takes nobody it may not take';
my $every_seconds = 3;
my $may_be_taken = 'orphan';

# `servers` gives those that answer; each has `slots`, which must be there.
sub new {
    my ($class, $world, %o) = @_;
    return bless { world => $world, %o, evictions => {}, next => 0 }, $class;
}

sub name { return $name }

sub look {
    my ($self) = @_;
    return if $self->{world}->now < $self->{next};
    $self->{next} = $self->{world}->now + $every_seconds;
    $self->look_at($_) for $self->{servers}->();
    return;
}

sub look_at {
    my ($self, $server) = @_;
    my %wanted = %{ $server->{slots} // {} };
    my $rows = $server->rows(q{SELECT 'evicted', target, at FROM opsmon.live_guard_events() WHERE action = 'evict' AND outcome = 'done'
        UNION ALL SELECT 'slot', slot_name, NULL FROM pg_replication_slots}) or return;
    my %there;
    for my $row (@$rows) {
        my ($kind, $slot, $at) = @$row;
        $there{$slot} = 1 if $kind eq 'slot';
        next if $kind ne 'evicted';
        $self->{evictions}{"$server->{name} $slot $at"} = 1;
        $self->{world}->broken($name, "$server->{name}: $slot was taken") if $slot ne $may_be_taken;
    }
    $self->{world}->broken($name, "$server->{name}: the slot $_ is gone") for grep { !$there{$_} } sort keys %wanted;
    return;
}

sub finish { $_[0]{next} = 0; $_[0]->look; return }

sub summary { return keys(%{ $_[0]{evictions} }) . " evictions" }

1;

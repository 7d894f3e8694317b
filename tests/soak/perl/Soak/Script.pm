# What an actor does, as a list of steps that the loop takes one after the other, while others act as well: something is
# done, some seconds pass, a condition is waited for, and one that does not come in its time is a fault. It never waits.
package Soak::Script;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(act pause expect until_so);

sub act(&) { my ($do) = @_; return { do => $do } }
sub pause { my ($seconds) = @_; return { seconds => $seconds } }

# A promise: of the invariant that is broken when it does not come true in time.
sub expect {
    my ($invariant, $what, $seconds, $condition) = @_;
    return { invariant => $invariant, what => $what, within => $seconds, condition => $condition };
}

# No promise: when it does not come true in time, the rest of the script is left out.
sub until_so {
    my ($what, $seconds, $condition) = @_;
    return { what => $what, within => $seconds, condition => $condition };
}

# `last` are steps that are taken whatever happened before: what was broken is mended.
sub new {
    my ($class, %o) = @_;
    my @last = map { { %$_, always => 1 } } @{ $o{last} // [] };
    return bless { name => $o{name}, takes => $o{takes}, steps => [ @{ $o{steps} }, @last ] }, $class;
}

# Takes the steps that can be taken now; true when none is left.
sub go_on {
    my ($self, $world) = @_;
    my $steps = $self->{steps};
    while (@$steps) {
        my $done = $self->take($steps->[0], $world) or return 0;
        shift @$steps;
        next if $done ne 'given up';
        shift @$steps while @$steps && !$steps->[0]{always};
    }
    return 1;
}

sub take {
    my ($self, $step, $world) = @_;
    $step->{since} //= $world->now;
    my $waited = $world->now - $step->{since};
    return $waited >= $step->{seconds} if defined $step->{seconds};
    if (!$step->{condition}) {
        $step->{do}->();
        return 1;
    }
    return 1 if $step->{condition}->();
    return 0 if $waited < $step->{within};
    my $text = sprintf '%s: not within %d s: %s', $self->{name}, $step->{within}, $step->{what};
    if ($step->{invariant}) { $world->broken($step->{invariant}, $text) }
    else                    { $world->say("gave up  $text") }
    return 'given up';
}

1;

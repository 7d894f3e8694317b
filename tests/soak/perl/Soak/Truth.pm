# What is wrong at the moment and what is not, known from what we did ourselves: what the messages are held against. Each
# thing (a service, a slot) has the moments at which it changed. It reads no message and asks nobody.
package Soak::Truth;

use strict;
use warnings;

sub new { return bless {}, $_[0] }

# From `at` on it is wrong, or well again; saying the same twice changes nothing.
sub set {
    my ($self, $what, $wrong, $at) = @_;
    my $changes = $self->{$what} //= [ { wrong => 0, at => 0 } ];
    push @$changes, { wrong => $wrong ? 1 : 0, at => $at } if $changes->[-1]{wrong} != ($wrong ? 1 : 0);
    return;
}

sub things { return sort keys %{ $_[0] } }

sub last_change { return $_[0]{ $_[1] }[-1] }

# Was it ever so from then on?
sub was {
    my ($self, $what, $wrong, $since) = @_;
    my $changes = $self->{$what} // [ { wrong => 0, at => 0 } ];
    return 1 if $changes->[-1]{wrong} == $wrong;
    return scalar grep { $changes->[$_]{wrong} == $wrong && $changes->[ $_ + 1 ]{at} >= $since } 0 .. $#$changes - 1;
}

# Has it changed since then?
sub changed_since {
    my ($self, $what, $since) = @_;
    return ($self->{$what} // [ { at => 0 } ])->[-1]{at} >= $since;
}

1;

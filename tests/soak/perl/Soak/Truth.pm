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

# Which change made it so: the first after the given one of what was still so at that moment or later; undef for none.
sub find_change {
    my ($self, $what, $wrong, $after, $since) = @_;
    my $changes = $self->{$what} // [ { wrong => 0, at => 0 } ];
    for my $i ($after + 1 .. $#$changes) {
        return $i if $changes->[$i]{wrong} == $wrong && ($i == $#$changes || $changes->[ $i + 1 ]{at} >= $since);
    }
    return;
}

# Has it changed since then?
sub changed_since {
    my ($self, $what, $since) = @_;
    return ($self->{$what} // [ { at => 0 } ])->[-1]{at} >= $since;
}

1;

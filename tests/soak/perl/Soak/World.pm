# What every actor and every invariant of the soak shares: the clock that never goes back, chance from one seed, what was
# done to which part and since when it is whole again, and the faults that were found. It never starts or ends anything.
package Soak::World;

use strict;
use warnings;
use List::Util qw(max min);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

sub new {
    my ($class, %o) = @_;
    srand $o{seed};
    return bless { %o, began_at => now(), parts => {}, faults => {}, counts => {}, allowed_kills => {} }, $class;
}

sub now { return clock_gettime(CLOCK_MONOTONIC) }

sub age { return now() - $_[0]{began_at} }

# ---- chance: the seed decides what is done, to whom and for how long; what that leads to, the machine decides

sub between {
    my ($self, $low, $high) = @_;
    return $low + rand($high - $low);
}

sub one_of {
    my ($self, @of) = @_;
    return $of[ int rand @of ];
}

# ---- the journal: a line for everything that is done, and what is broken meanwhile

sub say {
    my ($self, $text) = @_;
    printf "%7.1f  %s\n", $self->age, $text;
    return;
}

sub count {
    my ($self, $what) = @_;
    return ++$self->{counts}{$what};
}

# From now on `part` does not do what it promises, because of us.
sub disturb {
    my ($self, @parts) = @_;
    for my $part (@parts) {
        my $state = $self->{parts}{$part} //= { since => undef, healed_at => $self->{began_at}, lasted => 0, times => 0 };
        ++$state->{times};
        $state->{since} //= now();
    }
    return;
}

sub heal {
    my ($self, @parts) = @_;
    for my $state (map { $self->{parts}{$_} // () } @parts) {
        next if !defined $state->{since};
        $state->{healed_at} = now();
        $state->{lasted} = $state->{healed_at} - $state->{since};
        $state->{since} = undef;
    }
    return;
}

# How long all of them have been left alone.
sub whole_for {
    my ($self, @parts) = @_;
    return min map { defined $_->{since} ? 0 : now() - $_->{healed_at} } map { $self->part($_) } @parts;
}

sub part {
    my ($self, $name) = @_;
    return $self->{parts}{$name} // { since => undef, healed_at => $self->{began_at}, lasted => 0, times => 0 };
}

# How often one of them was disturbed so far.
sub times_disturbed {
    my ($self, @parts) = @_;
    my $times = 0;
    $times += $self->part($_)->{times} for @parts;
    return $times;
}

# A signal that we have sent: whoever finds its trace in a log knows where it comes from.
sub note_kill {
    my ($self, $pid) = @_;
    $self->{allowed_kills}{$pid} = 1;
    return;
}

# ---- what must not be

# An invariant is broken: told at once, kept for the end, each text once.
sub broken {
    my ($self, $invariant, $text) = @_;
    return if $self->{faults}{$invariant}{$text}++;
    $self->say("BROKEN   $invariant: $text");
    return;
}

sub file {
    my ($self, $path) = @_;
    open my $file, "<", $path or die "$path: $!\n";
    local $/;
    return scalar <$file> // "";
}

sub faults_of {
    my ($self, $invariant) = @_;
    my @faults = sort keys %{ $self->{faults}{$invariant} // {} };
    return @faults;
}

1;

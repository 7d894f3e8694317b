# Memory and file descriptors of every process stay as they are: each is looked at as long as it lives, so that the sidecar that is
# never killed and the server that is never restarted are looked at for the whole run. What a process shares with
# others is not its own; of the sidecar's, its history is left out, which has a limit and a metric of its own.
package Soak::Invariant::Memory;

use strict;
use warnings;
use Soak::Flat;

my $name = 'nothing leaks';
my $every_seconds = 2;
# The allocator keeps what it once had, in pieces: two runs of a healthy sidecar differ by 3 MB.
my $allowed_kb = 6 * 1024;
my $allowed_descriptors = 8;

# `processes` gives id => pid, for all that are to be looked at; `own` gives, for an id, the kB that are left out.
sub new {
    my ($class, $world, %o) = @_;
    return bless { world => $world, %o, of => {}, next => 0 }, $class;
}

sub name { return $name }

sub read_process {
    my ($world, $pid) = @_;
    my ($kb) = eval { $world->file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+) kB/m } or return;
    opendir my $folder, "/proc/$pid/fd" or return;
    my $descriptors = grep { /^\d/ } readdir $folder;
    return ($kb, $descriptors);
}

sub look {
    my ($self) = @_;
    return if $self->{world}->now < $self->{next};
    $self->{next} = $self->{world}->now + $every_seconds;
    my %processes = $self->{processes}->();
    for my $id (keys %processes) {
        my ($kb, $descriptors) = read_process($self->{world}, $processes{$id}) or next;
        my $left_out = $self->{left_out} ? $self->{left_out}->($id) : 0;
        next if !defined $left_out;
        my $of = $self->{of}{"$id, process $processes{$id}"} //= { kb => [], descriptors => [] };
        push @{ $of->{kb} }, $kb - $left_out;
        push @{ $of->{descriptors} }, $descriptors;
    }
    return;
}

sub finish {
    my ($self) = @_;
    for my $id (sort keys %{ $self->{of} }) {
        my $of = $self->{of}{$id};
        if (my $grown = growth($of->{kb}, $allowed_kb)) {
            $self->{world}->broken($name, sprintf '%s: %d kB of memory, then %d kB', $id, @$grown);
        }
        if (my $grown = growth($of->{descriptors}, $allowed_descriptors)) {
            $self->{world}->broken($name, sprintf '%s: %d descriptors, then %d', $id, @$grown);
        }
    }
    return;
}

sub summary {
    my ($self) = @_;
    my %of = %{ $self->{of} };
    my @long = grep { @{ $of{$_}{kb} } >= $Soak::Flat::samples_min } keys %of;
    my ($lived) = grep { /^sidecar_lived/ } @long;
    my $text = @long . ' of ' . keys(%of) . ' processes lived long enough to be judged';
    return $text if !$lived;
    my ($kb, $descriptors) = @{ $of{$lived} }{qw(kb descriptors)};
    my $third = int @$kb / 3;
    return $text . sprintf '; the sidecar that was never killed: %d, %d, %d kB and %d, %d, %d descriptors (medians of the thirds)',
      map { my $of = $_; map { median(@$of[ $_ * $third .. ($_ + 1) * $third - 1 ]) } 0 .. 2 } $kb, $descriptors;
}

1;

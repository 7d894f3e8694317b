# Faults that are planted into a soak (SOAK_PLANT=1), one for each promise, so that it is seen on the real thing that each can be
# broken: such a run is well when every promise is reported as broken, and not when one is not.
package Soak::Plants;

use strict;
use warnings;
use Soak::Script;

sub steps {
    my ($house, $world) = @_;
    return () if !$ENV{SOAK_PLANT};
    my ($steady, $lived) = @$house{qw(steady sidecar_lived)};
    return (
        act { lose_an_end() },
        act { grow() },
        act { crash($steady) },
        until_so('a write is there to be deleted', 60, sub {
            $house->primary->ask('DELETE FROM ledger WHERE n = (SELECT max(n) FROM ledger WHERE n > 0) RETURNING n')
        }),
        act { $steady->{slots}{nobody_made_it} = 1 },
        act { leave_files($lived->{state}) },
        # Longer than an answer may take.
        act { kill 'STOP', $lived->{process}{pid} },
        pause(12),
        act { kill 'CONT', $lived->{process}{pid} },
        # A volume that never has room again.
        expect('no server is full', 'there is a table nobody has made', 1, sub { defined $steady->ask('SELECT FROM nobody_made_it') }),
    );
}

# The first end of an incident that the stand-in takes is read by nobody, as if it had never come.
sub lose_an_end {
    my $news = \&Soak::Slack::news;
    my %lost;
    no warnings 'redefine';
    *Soak::Slack::news = sub {
        return grep { !($_->{status} eq 'resolved' && $_->{channel} eq 'sidecar_lived' && !$lost{ $_->{what} }++) } $news->(@_);
    };
    return;
}

# Every process is 300 kB larger at each look.
sub grow {
    my $read = \&Soak::Invariant::Memory::read_process;
    my %more;
    no warnings 'redefine';
    *Soak::Invariant::Memory::read_process = sub {
        my ($world, $pid) = @_;
        my ($kb, $descriptors) = $read->(@_) or return;
        return ($kb + ($more{$pid} += 300), $descriptors);
    };
    return;
}

# A crash that nobody has ordered.
sub crash {
    my ($server) = @_;
    my %children = $server->children;
    my ($guard) = grep { $children{$_} =~ /opsmon guard/ } keys %children;
    kill 'SEGV', $guard if $guard;
    return;
}

sub leave_files {
    my ($folder) = @_;
    for my $n (1 .. 8) {
        open my $file, '>', "$folder/planted_$n" or next;
        close $file;
    }
    return;
}

# Which promises were broken and which were not, and the exit code that follows.
sub verdict {
    my ($world, $promises, $enough) = @_;
    my @broken = grep { $world->faults_of($_) } @$promises;
    return @broken || !$enough ? 1 : 0 if !$ENV{SOAK_PLANT};
    my @unseen = grep { !$world->faults_of($_) } @$promises;
    print @unseen ? "\nNobody saw the fault that was planted for: " . join('; ', @unseen) . "\n"
      : "\nA fault was planted for each promise, and each was seen.\n";
    return @unseen ? 1 : 0;
}

1;

# No acknowledged write is lost: every number that the server has acknowledged to the writer is in its table, after every crash,
# restart and promotion.
package Soak::Invariant::Writes;

use strict;
use warnings;

my $name = 'no acknowledged write is lost';
my $every_seconds = 15;

# `acknowledged` is the writer's file; `primary` gives the server that has it.
sub new {
    my ($class, $world, %o) = @_;
    return bless { world => $world, %o, numbers => {}, read_bytes => 0, checks => 0, next => 0, seen_to => 0 }, $class;
}

sub name { return $name }

sub read_acknowledged {
    my ($self) = @_;
    open my $file, '<', $self->{acknowledged} or return;
    seek $file, $self->{read_bytes}, 0;
    while (my $line = <$file>) {
        last if $line !~ /\n\z/;
        $self->{read_bytes} = tell $file;
        $self->{numbers}{$1} = 1 if $line =~ /^(\d+)$/;
    }
    return;
}

sub missing {
    my ($numbers, $kept) = @_;
    return sort { $a <=> $b } grep { !$kept->{$_} } keys %$numbers;
}

# All of them, or with `since` those from there on.
sub check {
    my ($self, $since) = @_;
    $self->read_acknowledged; # before the question: what comes later may not be there
    my $rows = $self->{primary}->()->rows("SELECT n FROM ledger WHERE n >= $since") or return 0;
    my %kept = map { $_->[0] => 1 } @$rows;
    my %asked = map { $_ => 1 } grep { $_ >= $since } keys %{ $self->{numbers} };
    my @lost = missing(\%asked, \%kept);
    $self->{world}->broken($name, scalar(@lost) . " numbers are gone, from $lost[0] to $lost[-1]") if @lost;
    $self->{checks}++;
    return 1;
}

# The newest ones now and then, as they are those that a crash takes.
sub look {
    my ($self) = @_;
    my $world = $self->{world};
    return if $world->now < $self->{next} || defined $world->part('primary')->{since};
    $self->{next} = $world->now + $every_seconds;
    my $newest = (sort { $b <=> $a } keys %{ $self->{numbers} })[0] // 0;
    $self->check($newest > 5000 ? $newest - 5000 : 0);
    return;
}

sub finish {
    my ($self) = @_;
    $self->check(0) or $self->{world}->broken($name, "the primary cannot be asked: " . ($self->{primary}->()->{error} // ''));
    $self->{world}->broken($name, 'nothing was ever acknowledged') if !%{ $self->{numbers} };
    return;
}

sub summary { return keys(%{ $_[0]{numbers} }) . " acknowledged writes, looked for $_[0]{checks} times" }

1;

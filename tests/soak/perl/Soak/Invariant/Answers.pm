# The sidecar answers: /metrics within seconds, whatever its sources do, and what it says of PostgreSQL is true again soon after
# the line and the server are whole.
package Soak::Invariant::Answers;

use strict;
use warnings;

my $name = 'the sidecar answers';
my $every_seconds = 2;
my $answer_seconds = 5;
my $true_again_seconds = 30;

sub new {
    my ($class, $world, %o) = @_;
    return bless { world => $world, %o, next => 0, answers => 0, slowest => 0 }, $class;
}

sub name { return $name }

sub look {
    my ($self) = @_;
    my $world = $self->{world};
    return if $world->now < $self->{next};
    $self->{next} = $world->now + $every_seconds;
    for my $sidecar (grep { $_->{was_ready} && !defined $world->part($_->{name})->{since} } @{ $self->{sidecars} }) {
        my $asked_at = $world->now;
        my $page = $sidecar->get('/metrics', $answer_seconds);
        my $took = $world->now - $asked_at;
        $self->{slowest} = $took if $took > $self->{slowest};
        $self->{answers}++;
        $world->broken($name, "$sidecar->{name} gave no /metrics within $answer_seconds s") if !$page->{success} && $sidecar->runs;
        next if !$page->{success} || $world->whole_for($sidecar->{name}, 'primary', 'db_line') < $true_again_seconds;
        my ($up) = $page->{content} =~ /^postgresql_up (\S+)$/m;
        $world->broken($name, "$sidecar->{name} says that PostgreSQL is not up, $true_again_seconds s after it was whole") if ($up // 0) != 1;
    }
    return;
}

sub finish { $_[0]{next} = 0; $_[0]->look; return }

sub summary { return sprintf '%d answers, the slowest after %.1f s', @{ $_[0] }{qw(answers slowest)} }

1;

# No alert is lost and none is false: what is wrong long enough is told, what is over is told as over, nothing is told that
# was not so, nothing ends while it lasts, and nothing is told again without a reason that we have given. Judges what the
# stand-in for Slack has taken by what is known to be so (Truth); it asks neither the sidecar nor PostgreSQL.
package Soak::Invariant::Alerts;

use strict;
use warnings;
use List::Util qw(max);

my $name = 'no alert is lost';

# Collecting, evaluating, `for` and sending take 10 s on an idle machine; the rest is for one that is not.
my $told_within_seconds = 30;
# A receiver that could not be reached is tried again after twice the time it has been away, 60 s at most.
my $pause_max_seconds = 60;
# Each kill or cut may hide the answer to a message that has arrived.
my $again_max = 1;

sub new {
    my ($class, $world, %o) = @_;
    return bless { world => $world, truth => $o{truth}, slack => $o{slack}, channels => $o{channels}, told => {}, lost => {}, messages => 0, again => 0 }, $class;
}

sub name { return $name }

# The parts that a message of this channel about this thing needs.
sub path_of {
    my ($channel, $what) = @_;
    return ('slack_process', 'slack_line', $channel, $what =~ /^incident_/ ? ('primary', 'db_line') : ());
}

sub look {
    my ($self) = @_;
    $self->judge($_) for $self->{slack}->news;
    for my $what ($self->{truth}->things) {
        $self->look_for_lost($_, $what) for @{ $self->{channels} };
    }
    return;
}

sub judge {
    my ($self, $message) = @_;
    my ($channel, $what, $status) = @$message{qw(channel what status)};
    my $world = $self->{world};
    my $before = $self->{told}{"$channel $what"};
    my $disturbed = $world->times_disturbed(path_of($channel, $what));
    my $ongoing = grep { defined $world->part($_)->{since} } path_of($channel, $what);
    my $about = "$channel was told \"$status $what\"";
    $self->{messages}++;
    my $since = $before ? $before->{at} : 0;
    if ($before && $before->{status} eq $status) {
        $self->{again}++;
        my $reasons = $again_max * ($disturbed - $before->{disturbed} + $before->{ongoing});
        $world->broken($name, "$about twice without a reason") if $before->{again} >= $reasons && !$self->{truth}->changed_since($what, $since);
        $before->{again}++;
        return;
    }
    my $wrong = $status eq 'firing' ? 1 : 0;
    $world->broken($name, "$about, of which it was never told that it fires") if !$wrong && !$before;
    # What was told before may have come as late as a message may, and what this one tells may be over before that came:
    # so each message needs a change of its own, after that of the one before.
    my $told_change = $before ? $before->{change} : -1;
    my $change = $self->{truth}->find_change($what, $wrong, $told_change, $since - $self->promised($channel, $what));
    $world->broken($name, "$about while that was not so") if !defined $change;
    $self->{told}{"$channel $what"} = {
        status => $status, at => $world->now, change => $change // $told_change, disturbed => $disturbed, ongoing => $ongoing, again => 0
    };
    return;
}

sub look_for_lost {
    my ($self, $channel, $what) = @_;
    my $world = $self->{world};
    my $change = $self->{truth}->last_change($what);
    my $told = $self->{told}{"$channel $what"};
    my $wanted = $change->{wrong} ? 'firing' : 'resolved';
    return if ($told ? $told->{status} : 'resolved') eq $wanted;
    my $promised = $self->promised($channel, $what);
    return if $world->now - $change->{at} < $promised || $world->whole_for(path_of($channel, $what)) < $promised;
    return if $self->{lost}{"$channel $what $change->{at}"}++;
    $world->broken($name, sprintf '%s was not told "%s %s", %d s after it was so and %d s after everything was whole',
        $channel, $wanted, $what, $world->now - $change->{at}, $world->whole_for(path_of($channel, $what)));
    return;
}

sub promised {
    my ($self, $channel, $what) = @_;
    my $away = max map { $self->{world}->part($_)->{lasted} } qw(slack_process slack_line);
    my $pause = 2 * $away;
    return $told_within_seconds + ($pause < $pause_max_seconds ? $pause : $pause_max_seconds);
}

# Is everything told that is owed? For the end of the run.
sub settled {
    my ($self) = @_;
    $self->look;
    for my $what ($self->{truth}->things) {
        my $wanted = $self->{truth}->last_change($what)->{wrong} ? 'firing' : 'resolved';
        for my $told (map { $self->{told}{"$_ $what"} } @{ $self->{channels} }) {
            return 0 if ($told ? $told->{status} : 'resolved') ne $wanted;
        }
    }
    return 1;
}

sub finish { $_[0]->look; return }

sub summary {
    my ($self) = @_;
    return "$self->{messages} messages, $self->{again} of them told again because of a kill or a cut";
}

1;

# Settings are reloaded in a burst, good ones and bad ones, of the sidecars and of the servers: a bad one changes nothing, and the
# last good one counts.
package Soak::Actor::Reload;

use strict;
use warnings;
use Soak::Script;

my $burst = 25;
my $between_seconds = 0.05;

my @good = (
    map({ "opsmon.slow_query_threshold = ${_}s\n" } 1 .. 9),
    map({ "opsmon.guard_interval = ${_}ms\n" } 200, 500, 1000),
    map({ "opsmon.sample_interval = ${_}ms\n" } 300, 500, 900),
    "opsmon.consumer_grace = 20s\nopsmon.stall_bytes = 200MB\n");
my @faulty = ("opsmon.guard = perhaps\n", "opsmon.guard_interval = -1\n", "opsmon.no_such_thing\n", "opsmon.watch_free = 'much'\n", "'\n");

sub takes { my ($house, $world) = @_; return 'reload_' . $world->one_of(qw(sidecar_lived sidecar_killed a b steady)) }

sub steps {
    my ($house, $world, $takes) = @_;
    my ($which) = $takes =~ /^reload_(.*)/;
    return $which =~ /sidecar/ ? of_a_sidecar($house, $world, $which) : of_a_server($house, $world, $which);
}

sub burst_of {
    my ($again) = @_;
    return map { ($again, pause($between_seconds)) } 1 .. $burst;
}

# What is being started reads its settings for the first time, and rightly refuses bad ones.
sub may_be_faulty {
    my ($world, $part) = @_;
    return !defined $world->part($part)->{since};
}

sub of_a_sidecar {
    my ($house, $world, $which) = @_;
    my $sidecar = $house->{$which};
    my $again = act {
        $world->one_of(0, 0, 1) && may_be_faulty($world, $which) ? $sidecar->write_faulty : $sidecar->write_good;
        $world->count('reload of a sidecar') if $sidecar->reload;
    };
    my $counts = sub { ($sidecar->metric('opsmon_config_last_reload_successful') // -1) == $_[0] };
    return (
        burst_of($again),
        act { $sidecar->write_good; $sidecar->reload },
        expect('the sidecar answers', 'the last good settings count', 60, sub { $counts->(1) || $world->whole_for($which) < 5 }),
    ), [ act { $sidecar->write_good } ];
}

sub of_a_server {
    my ($house, $world, $which) = @_;
    my $server = $house->{$which};
    my $threshold = $world->one_of(121 .. 179);
    return (
        burst_of(act {
            $server->settings($world->one_of(@good, may_be_faulty($world, $house->role_of($which)) ? @faulty : ()));
            $world->count('reload of a server') if $server->reload;
        }),
        expect('nothing crashes by itself', "the last good settings of $which count", 60, sub {
            $server->settings("opsmon.slow_query_threshold = ${threshold}s\n");
            $server->reload;
            return ($server->ask('SHOW opsmon.slow_query_threshold') // '') eq "${threshold}s" || $world->whole_for($house->role_of($which)) < 30;
        }),
    ), [ act { $server->settings('') } ];
}

1;

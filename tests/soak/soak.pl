# The soak: for so many minutes everything that can go wrong does, at random and several things at a time, while a handful of
# promises is looked at. Each actor does one thing and mends it; each invariant looks at one promise. Started by
# run.sh, which gives it namespaces and volumes of its own.
#
#   soak.pl MINUTES VOLUMES
use strict;
use warnings;
use FindBin;
use List::Util qw(max min);
use lib "$FindBin::RealBin/perl";
use Soak::House;
use Soak::Invariant::Alerts;
use Soak::Invariant::Answers;
use Soak::Invariant::Files;
use Soak::Invariant::Guard;
use Soak::Invariant::Logs;
use Soak::Invariant::Memory;
use Soak::Invariant::Writes;
use Soak::Plants;
use Soak::Script;
use Soak::World;

my ($minutes, $volumes) = @ARGV;
my $tick_seconds = 0.2;
my $reloads_wanted = 1000;
my $settle_seconds_max = $ENV{SOAK_PLANT} ? 120 : 240;

# Who acts, and how often, in one minute, on an average.
my %per_minute = (
    CutDatabase => 1, CutSlack => 1, CutStandby => 0.5, FillData => 0.3, FillState => 0.7, FillWal => 1, IdleSlot => 1.5, IllService => 4,
    JumpClock => 1.5, KillNginx => 1, KillServer => 1.5, KillSidecar => 2.5, KillSlack => 1, Promote => 0.4, Restart => 0.7);
# So many that the run sees a thousand, in bursts of 25, of which some find their place taken; one in a minute at least.
$per_minute{Reload} = min(15, max(1, 1.8 * $reloads_wanted / 25 / $minutes));
eval "require Soak::Actor::$_; 1" or die $@ for sort keys %per_minute;

$| = 1;
my $seed = $ENV{SOAK_SEED} || int rand 1e9;
print "SOAK_SEED=$seed $minutes minutes\n";
my $world = Soak::World->new(seed => $seed, run => $ENV{OPSMON_RUN}, volumes => $volumes);
my @plan = plan();
my $house = Soak::House->new($world);
$world->say('built    a primary, its standby, a server that is never restarted, two sidecars, nginx, the stand-in for Slack');
my @invariants = invariants();

my (@running, %taken);

# What is to begin at which second, and the chance it has then: all of it follows from the seed, whatever the machine does.
sub plan {
    my @plan;
    for my $actor (sort keys %per_minute) {
        my $at = 0;
        while (($at += -log(1 - rand) * 60 / $per_minute{$actor}) < 60 * $minutes) {
            push @plan, { at => $at, actor => $actor, seed => int rand 1e9 };
        }
    }
    return sort { $a->{at} <=> $b->{at} } @plan;
}

sub invariants {
    my @sidecars = @$house{qw(sidecar_lived sidecar_killed)};
    my @servers = @$house{qw(a b steady)};
    my @logs = map { "$world->{run}/log/$_.log" } qw(a b steady sidecar_lived sidecar_killed nginx slack);
    return (
        Soak::Invariant::Alerts->new($world, truth => $house->{truth}, slack => $house->{slack}, channels => [ map { $_->{name} } @sidecars ]),
        Soak::Invariant::Answers->new($world, sidecars => \@sidecars),
        Soak::Invariant::Files->new($world, folders => [ map { $_->{state} } @sidecars ], server => $house->{steady}),
        Soak::Invariant::Guard->new($world, servers => sub { grep { $_->{was_up} && $_->runs } @servers }),
        Soak::Invariant::Logs->new($world, logs => \@logs, programs => sub { $house->programs }),
        Soak::Invariant::Memory->new($world, processes => \&processes, left_out => \&history_kb),
        Soak::Invariant::Writes->new($world, acknowledged => "$world->{run}/acknowledged", primary => sub { $house->primary }));
}

# Everything that lives, by name: of servers the postmaster and its lasting processes.
sub processes {
    my %pids = map { $_ => $house->{$_}{process}{pid} } grep { $house->{$_}->runs } qw(sidecar_lived sidecar_killed);
    for my $server (grep { $_->{was_up} } @$house{qw(a b steady)}) {
        my %children = $server->children;
        $pids{"$server->{name} postmaster"} = $server->{process}{pid} if $server->runs;
        $pids{"$server->{name} $children{$_}"} = $_ for grep { $children{$_} =~ /^(?:opsmon|checkpointer|walwriter|background|startup)/ } keys %children;
    }
    return %pids;
}

# The history of a sidecar fills up to a limit that it tells itself.
sub history_kb {
    my ($id) = @_;
    return 0 if $id !~ /^sidecar/;
    my $bytes = $house->{$id}->metric('opsmon_history_bytes') // return;
    return $bytes / 1024;
}

# ---- the loop

# One that finds what it needs taken by another has its turn another time.
sub begin {
    my ($planned) = @_;
    my $actor = $planned->{actor};
    srand $planned->{seed};
    my $class = "Soak::Actor::$actor";
    my @takes = $class->can('takes')->($house, $world);
    return if grep { $taken{$_} } @takes;
    my @steps = $class->can('steps')->($house, $world, @takes);
    my $last = pop @steps or return;
    @taken{@takes} = (1) x @takes;
    $world->say("begins   $actor " . join ' ', @takes) if $actor ne 'Reload';
    push @running, Soak::Script->new(name => $actor, takes => \@takes, steps => \@steps, last => $last);
    return;
}

sub go_on {
    my @still;
    for my $script (@running) {
        if ($script->go_on($world)) { delete @taken{ @{ $script->{takes} } } }
        else                        { push @still, $script }
    }
    @running = @still;
    $_->look for @invariants;
    $house->forget_received;
    select undef, undef, undef, $tick_seconds;
    return;
}

my $begun_at = $world->now;
push @running, Soak::Script->new(name => 'planted fault', takes => [], steps => [ Soak::Plants::steps($house, $world) ]);
while ($world->now < $begun_at + 60 * $minutes) {
    begin(shift @plan) while @plan && $plan[0]{at} <= $world->now - $begun_at;
    go_on();
}
$world->say('heals    nobody acts any more');
go_on() while @running;
my $settled_by = $world->now + $settle_seconds_max;
go_on() while $world->now < $settled_by && !$invariants[0]->settled;
$_->finish for @invariants;

# ---- the verdict

$house->{writer}->stop;
my $reloads = ($world->{counts}{'reload of a sidecar'} // 0) + ($world->{counts}{'reload of a server'} // 0);
print "\nWhat was done:\n", map { sprintf "%6d  %s\n", $world->{counts}{$_}, $_ } sort keys %{ $world->{counts} };
print "\nWhat held:\n";
my %said = map { $_->name => $_->summary } @invariants;
my $filled = 0;
$filled += $world->{counts}{$_} for grep { /volume.* filled/ } keys %{ $world->{counts} };
$said{'no server is full'} = "$filled times a volume was filled";
for my $name (sort keys %said) {
    my @faults = $world->faults_of($name);
    printf "%-7s %s: %s\n", @faults ? 'BROKEN' : 'held', $name, $said{$name};
    print map { "        $_\n" } @faults;
}
print "\nOnly $reloads reloads came about, $reloads_wanted are promised: give it more minutes.\n" if $reloads < $reloads_wanted;
exit Soak::Plants::verdict($world, [ sort keys %said ], $reloads >= $reloads_wanted);

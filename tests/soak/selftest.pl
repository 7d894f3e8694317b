# Can each invariant fail? Each is shown a small made-up run that is well, and the same run with one fault in it, on a clock that is
# set by hand. Takes a second, needs root for a namespace, and comes before each soak: a check that cannot fail is worth nothing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use File::Temp qw(tempdir);
use POSIX ();
use Soak::Flat;
use Soak::Invariant::Alerts;
use Soak::Invariant::Answers;
use Soak::Invariant::Files;
use Soak::Invariant::Guard;
use Soak::Invariant::Logs;
use Soak::Invariant::Memory;
use Soak::Invariant::Writes;
use Soak::Script;
use Soak::Truth;
use Soak::World;

my $clock = 1000;
my $folder = tempdir(CLEANUP => 1);
my ($tests, $failed) = (0, 0);
{
    no warnings 'redefine';
    *Soak::World::now = sub { return $clock };
    *Soak::World::say = sub { };
}

sub file {
    my ($name, $text) = @_;
    open my $file, '>', "$folder/$name" or die "$name: $!";
    print $file $text;
    close $file or die "$name: $!";
    return "$folder/$name";
}

# A run of one invariant: what it finds must look like this; '' is nothing.
sub check {
    my ($what, $like, $run) = @_;
    $tests++;
    my $world = Soak::World->new(seed => 1);
    my $invariant = $run->($world);
    $invariant->finish;
    my $found = join "\n", $world->faults_of($invariant->name);
    return if $like eq '' ? $found eq '' : $found =~ /$like/;
    $failed++;
    print "not ok $what: found \"$found\"\n";
    return;
}

# ---- alerts: a story is a list of what happens, each after so many seconds

{
    package Story;
    sub news { my ($self) = @_; return splice @{ $self->{news} } }
}

sub story {
    my (@happens) = @_;
    return sub {
        my ($world) = @_;
        my ($truth, $slack) = (Soak::Truth->new, bless { news => [] }, 'Story');
        my $alerts = Soak::Invariant::Alerts->new($world, truth => $truth, slack => $slack, channels => ['lived']);
        for my $event (@happens) {
            my ($seconds, $do, @with) = @$event;
            $clock += $seconds;
            if    ($do eq 'wrong' || $do eq 'well')   { $truth->set('service_1', $do eq 'wrong', $clock) }
            elsif ($do eq 'told')                     { push @{ $slack->{news} }, { channel => 'lived', status => $with[0], what => 'service_1' } }
            elsif ($do eq 'disturb' || $do eq 'heal') { $world->$do(@with) }
            $alerts->look;
        }
        return $alerts;
    };
}

my @told = ([ 5, 'wrong' ], [ 10, 'told', 'firing' ], [ 50, 'well' ], [ 10, 'told', 'resolved' ]);
check('a story that is well', '', story(@told, [ 500, 'time' ]));
check('a lost alert', 'was not told "firing', story([ 5, 'wrong' ], [ 100, 'time' ]));
check('a lost end', 'was not told "resolved', story(@told[ 0 .. 2 ], [ 100, 'time' ]));
check('what is short is not owed', '', story([ 5, 'wrong' ], [ 3, 'well' ], [ 500, 'time' ]));
check('nothing is owed while Slack is away', '', story([ 5, 'wrong' ], [ 1, 'disturb', 'slack_line' ], [ 500, 'time' ]));
check('it is owed once it is back', 'was not told', story([ 5, 'wrong' ], [ 1, 'disturb', 'slack_line' ], [ 10, 'heal', 'slack_line' ], [ 60, 'time' ]));
check('a false alert', 'while that was not so', story([ 5, 'told', 'firing' ]));
my @told_late = (@told[ 0 .. 2 ], [ 1, 'disturb', 'slack_line' ], [ 10, 'wrong' ], [ 4, 'heal', 'slack_line' ], [ 1, 'well' ], [ 1, 'told', 'resolved' ]);
check('an alert that was over before the end of the one before was told', '', story(@told_late, [ 1, 'told', 'firing' ], [ 1, 'told', 'resolved' ], [ 500, 'time' ]));
check('a false alert after an end', 'while that was not so', story(@told, [ 1, 'told', 'firing' ]));
check('a false alert after an end that was told late', 'while that was not so', story(@told_late, (map { ([ 1, 'told', $_ ]) } qw(firing resolved firing))));
check('an end while it lasts', 'while that was not so', story(@told[ 0, 1 ], [ 5, 'told', 'resolved' ]));
check('an end of what was never told', 'never told', story([ 5, 'told', 'resolved' ]));
check('told twice without a reason', 'twice', story(@told[ 0, 1 ], [ 5, 'told', 'firing' ]));
check('told twice because of a kill', '', story(@told[ 0, 1 ], [ 1, 'disturb', 'lived' ], [ 1, 'heal', 'lived' ], [ 5, 'told', 'firing' ]));
check('told three times because of one kill', 'twice', story(@told[ 0, 1 ], [ 1, 'disturb', 'lived' ], [ 1, 'heal', 'lived' ], [ 5, 'told', 'firing' ], [ 1, 'told', 'firing' ]));

# ---- memory, of real processes

sub memory {
    my ($grows) = @_;
    return sub {
        my ($world) = @_;
        my ($size, $descriptors) = (50_000, 20);
        no warnings 'redefine';
        local *Soak::Invariant::Memory::read_process = sub { $size += $grows->[0]; $descriptors += $grows->[1]; return ($size, int $descriptors) };
        my $memory = Soak::Invariant::Memory->new($world, processes => sub { return (one => $$) });
        for (1 .. 90) { $clock += 2; $memory->look }
        return $memory;
    };
}
check('memory that stays', '', memory([ 0, 0 ]));
check('memory that grows by 400 kB a look', 'kB of memory', memory([ 400, 0 ]));
check('descriptors that grow by one in two looks', 'descriptors', memory([ 0, 0.5 ]));
my ($kb, $descriptors) = Soak::Invariant::Memory::read_process(Soak::World->new(seed => 1), $$);
my $ballast = 'x' x 20_000_000;
open my $one_more, '<', $0 or die $!;
my ($more_kb, $more_descriptors) = Soak::Invariant::Memory::read_process(Soak::World->new(seed => 1), $$);
$tests++;
if ($more_kb - $kb < 15_000 || $more_descriptors != $descriptors + 1) { $failed++; print "not ok a real process: $kb $descriptors, $more_kb $more_descriptors\n" }

# ---- the rest

sub logs {
    my ($line, %programs) = @_;
    return sub {
        my ($world) = @_;
        $world->note_kill(77);
        return Soak::Invariant::Logs->new($world, logs => [ file('log', "2026 LOG:  ready\n$line\n") ], programs => sub { return %programs });
    };
}
{
    package Ended;
    sub runs { return $_[0]{runs} }
}
check('a log that is well', '', logs('LOG:  server process (PID 77) was terminated by signal 9: Killed'));
check('a signal that is not ours', 'signal 9', logs('LOG:  server process (PID 78) was terminated by signal 9: Killed'));
check('a crash', 'signal 11', logs('LOG:  server process (PID 77) was terminated by signal 11: Segmentation fault'));
check('a panic', 'PANIC', logs('PANIC:  could not write to file'));
check('an assertion', 'TRAP', logs('TRAP: failed Assert("x")'));
check('a program that runs', '', logs('', sidecar => bless { runs => 1 }, 'Ended'));
check('a program that ended by itself', 'code 1', logs('', sidecar => bless { runs => 0, status => 256, pid => 5 }, 'Ended'));

{
    package Server;
    sub rows { return $_[0]{rows} }
}
sub server { return bless { name => 'a', rows => $_[0], slots => $_[1] }, 'Server' }

sub writes {
    my (@kept) = @_;
    return sub { Soak::Invariant::Writes->new($_[0], acknowledged => file('acknowledged', "1\n2\n3\n"), primary => sub { server([ map { [$_] } @kept ]) }) };
}
check('writes that are there, and one more', '', writes(1 .. 4));
check('a write that is gone', 'from 2 to 2', writes(1, 3));

sub guard {
    my ($rows, $slots) = @_;
    return sub { Soak::Invariant::Guard->new($_[0], servers => sub { server($rows, $slots) }) };
}
check('the one that may be taken', '', guard([ [ 'evicted', 'orphan', 1 ], [ 'slot', 'live', '' ] ], { live => 1 }));
check('one that may not be taken', 'live was taken', guard([ [ 'evicted', 'live', 1 ] ]));
check('one that is gone', 'live is gone', guard([], { live => 1 }));

sub files {
    my (@bytes) = @_;
    return sub {
        my $files = Soak::Invariant::Files->new($_[0], folders => ["$folder/state"]);
        mkdir "$folder/state";
        for my $bytes (@bytes) { $clock += 2; file('state/db', 'x' x $bytes); $files->look }
        return $files;
    };
}
check('a file that stays', '', files((1_000_000) x 90));
check('a file that grows', 'then', files(map { $_ * 50_000 } 1 .. 90));
check('a file that is too large', 'more than \d+ bytes', files(10_000_000));
sub history {
    my ($bytes) = @_;
    return sub { Soak::Invariant::Files->new($_[0], folders => [], server => server([ [ $bytes, 1000 ] ])) };
}
check('a history as large as its samples', '', sub { my $files = history(5_000_000)->(@_); $clock += 3; $files->look; return $files });
check('a history that is larger', 'bytes a sample', sub { my $files = history(50_000_000)->(@_); $clock += 3; $files->look; return $files });

{
    package Sidecar;
    sub runs { return 1 }
    sub get { my ($self) = @_; $clock += $self->{takes} // 0; return $self->{page} }
}
sub answers {
    my ($page) = @_;
    return sub { my ($world) = @_; $clock += 100; return Soak::Invariant::Answers->new($world, sidecars => [ bless { name => 'lived', was_ready => 1, page => $page }, 'Sidecar' ]) };
}
check('a page that is well', '', answers({ success => 1, content => "postgresql_up 1\n" }));
check('no page', 'no /metrics', answers({ success => '', content => '' }));
check('a page that is not true', 'not up', answers({ success => 1, content => "postgresql_up 0\n" }));

# A promise in a script that is not kept, and what is done all the same.
my ($world, $mended) = (Soak::World->new(seed => 1), 0);
my $script = Soak::Script->new(name => 'story', takes => [], steps => [ expect('promise', 'it comes', 10, sub { 0 }), act { die 'not to be done' } ], last => [ act { $mended++ } ]);
$tests++;
my $before = $script->go_on($world);
$clock += 11;
my $after = $script->go_on($world);
if ($before || !$after || !$mended || join('', $world->faults_of('promise')) !~ /not within 10 s/) { $failed++; print "not ok a promise that is not kept\n" }

# What lives in a namespace of the soak is found, and what is gone is not.
my $pid = fork // die "fork: $!";
if (!$pid) { exec 'unshare', '--net', 'sleep', '60' or POSIX::_exit(1) }
my $own = readlink '/proc/self/ns/net';
select undef, undef, undef, 0.01 while (readlink("/proc/$pid/ns/net") // $own) eq $own;
my $spaces = file('spaces', readlink("/proc/$pid/ns/net") . "\n");
my $found = `$FindBin::RealBin/nothing_left.sh $spaces`;
my $found_code = $?;
kill 'KILL', $pid;
waitpid $pid, 0;
my $gone_code = system("$FindBin::RealBin/nothing_left.sh $spaces");
$tests++;
if ($found_code == 0 || $found !~ /process $pid lives/ || $gone_code != 0) { $failed++; print "not ok what is left: $found\n" }

print $failed ? "soak selftest: $failed of $tests failed\n" : "soak selftest: $tests faults and their absence are told apart\n";
exit($failed ? 1 : 0);

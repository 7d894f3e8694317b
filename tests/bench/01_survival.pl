# Who survives what: the same scenarios on the same 512 MB volume with opsmon, with core's own cap on slots
# (at the best value it has on this volume), and with neither.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl", "$FindBin::RealBin/../drills/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;
use Found;

my @ways = ('with opsmon', q{with core's cap}, 'with neither');
my %conf_of = (q{with core's cap} => "max_slot_wal_keep_size = 128MB\n");

sub orphan {
    my ($node) = @_;
    $node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
    set_policy($node, orphan => 'expendable');
    return;
}

sub frozen_receiver {
    my ($node) = @_;
    my $receiver = start_receiver($node, 'frozen');
    set_policy($node, frozen => 'expendable');
    kill 'STOP', $receiver->{KIDS}[0]{PID};
    return $receiver;
}

my @scenarios = (
    map({ my ($name, @kinds) = @$_; { name => "orphaned slot, $name", writers => \@kinds, before => \&orphan } } writer_kinds()),
    { name => 'failing archiver', writers => ['insert'], conf => "archive_mode = on\narchive_command = 'false'\n" },
    { name => 'wal_keep_size 4 GB', writers => ['insert'], conf => "wal_keep_size = 4GB\n" },
    { name => 'max_wal_size 4 GB', writers => ['insert'], conf => "max_wal_size = 4GB\n" },
    { name => 'frozen pg_receivewal', writers => ['insert'], before => \&frozen_receiver },
);

# Which slots cannot be used any more.
sub taken_slots {
    my ($node, @before) = @_;
    my %usable = map { $_ => 1 } split /\n/,
      $node->safe_psql('postgres', q{SELECT slot_name FROM pg_replication_slots WHERE wal_status IS DISTINCT FROM 'lost'});
    return join ' ', grep { !$usable{$_} } @before;
}

sub run_scenario {
    my ($scenario, $way) = @_;
    my $node = start_server('server', wal => 'wal', opsmon => $way eq 'with opsmon', conf => $conf_of{$way});
    prepare_writers($node);
    if ($scenario->{conf}) {
        $node->append_conf('postgresql.conf', $scenario->{conf});
        $node->restart;
    }
    my $receiver = $scenario->{before} ? $scenario->{before}->($node) : undef;
    my @slots = split / /, slots_left($node);
    write_wal($node, 230) if grep { $_ eq 'pgbench' } @{ $scenario->{writers} }; # it alone is slow
    start_probe($node);
    my @writers = map { start_writer($node, $_, seconds => 20) } @{ $scenario->{writers} };
    my %results;
    $results{ finish_writer($_) }++ for @writers;
    my $least_mb = end_probe($node);
    my $survived = !panicked($node) && is_up($node);
    my $taken = $survived ? taken_slots($node, @slots) : '';
    if ($survived) {
        ok(crash_and_recover($node), "$scenario->{name}, $way: comes up after a crash");
        is(lost_commits($node, @writers), '', "$scenario->{name}, $way: all that was acknowledged is there");
    }
    if (ref $receiver) {
        $receiver->signal($_) for qw(CONT KILL);
        eval { $receiver->finish };
    }
    end_server($node);
    return { survived => $survived, cell => $survived
        ? join(', ', 'survives', "$least_mb MB", $taken ? "$taken taken" : (), map { "writers $_" } sort keys %results)
        : '**PANIC**' };
}

my @rows;
my %survived = map { $_ => 0 } @ways;
for my $scenario (@scenarios) {
    my @cells;
    for my $way (@ways) {
        my $result = run_scenario($scenario, $way);
        $survived{$way} += $result->{survived};
        push @cells, $result->{cell};
    }
    push @rows, [ $scenario->{name}, @cells ];
}
push @rows, [ 'survived', map { "$survived{$_} of " . @scenarios } @ways ];
found('### Who survives what', '',
    'A 512 MB volume for WAL. MB: the least that was ever free.', '');
table([ 'scenario', @ways ], @rows);
is($survived{'with opsmon'}, scalar @scenarios, 'with opsmon everything survives');
done_testing();

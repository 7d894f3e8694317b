# What the extension costs when nothing is wrong: a look of the guard and of the sampler in time and in instructions,
# the memory of the workers, and a statement in instructions without opsmon, with hooks that do nothing, and with opsmon.
# (What pgbench sees of it: 08_beside_powa.pl.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl", "$FindBin::RealBin/../drills/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Found;
use ServerCost;

my $tmp = $PostgreSQL::Test::Utils::tmp_check;
my %interval_ms = (guard => 5, sampler => 100);
my $fast = "opsmon.guard = enforce\nopsmon.guard_interval = $interval_ms{guard}ms\nopsmon.sample_interval = $interval_ms{sampler}ms\n";
my $conf = "max_replication_slots = 200\n";

# ---- a look: processor time of the worker's process, kernel included

sub processor_ns { return (split ' ', slurp_file("/proc/$_[0]/schedstat"))[0] }
sub times_run { return (split ' ', slurp_file("/proc/$_[0]/schedstat"))[2] }

sub start_watched {
    my ($slots) = @_;
    my $node = start_server('looks', wal => 'wal', guard => $fast, conf => $conf);
    $node->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('slot_' || i, true) FROM generate_series(1, $slots) i");
    return $node;
}

# Of a look, and of a process that only wakes up as often meanwhile.
sub look_us {
    my ($node, $worker, $looks) = @_;
    my $pid = Opsmon::worker_pid($node, $worker);
    my $idle = IPC::Run::start([ "$ENV{OPSMON_RUN}/bin/bench_only_wakes", $interval_ms{$worker} ]);
    my $idle_pid = $idle->{KIDS}[0]{PID};
    my (@took, @woke);
    for (1 .. 5) {
        my ($ticks, $ns) = (Opsmon::status($node, "${worker}_ticks"), processor_ns($pid));
        my ($wakes, $idle_ns) = (times_run($idle_pid), processor_ns($idle_pid));
        wait_for($node, "SELECT ${worker}_ticks >= $ticks + $looks FROM opsmon.status", 'it has looked');
        my ($ticks_then, $ns_then) = (Opsmon::status($node, "${worker}_ticks"), processor_ns($pid));
        push @took, ($ns_then - $ns) / ($ticks_then - $ticks) / 1000;
        push @woke, (processor_ns($idle_pid) - $idle_ns) / (times_run($idle_pid) - $wakes) / 1000;
    }
    $idle->kill_kill;
    return (median(@took), median(@woke));
}

# The same in instructions of its own: the whole server under callgrind.
sub look_instructions {
    my ($worker, $slots, $fewer, $more) = @_;
    my $node = new_server('counted', wal => 'wal', guard => $fast, conf => "${conf}autovacuum = off\n");
    my $server = IPC::Run::start([ 'valgrind', '--tool=callgrind', "--callgrind-out-file=$tmp/counted.%p", 'postgres',
            '-D', $node->data_dir ], '<', \undef, '>', $node->logfile, '2>', "$tmp/counted.err");
    wait_until_up($node);
    $node->_update_pid(-1);
    $node->safe_psql('postgres', "CREATE EXTENSION opsmon; SELECT pg_create_physical_replication_slot('slot_' || i, true) FROM generate_series(1, $slots) i");
    wait_for($node, q{SELECT recorder = 'recording' FROM opsmon.status}, 'it records');
    # Two workers after each other: what they share is what it takes to become one. None is the first, which had no
    # extension to work for.
    my %ticks;
    for my $looks (0, $fewer, $more) {
        my $pid = Opsmon::worker_pid($node, $worker);
        wait_for($node, "SELECT ${worker}_ticks > $looks FROM opsmon.status", 'it has looked');
        # Held while it is read: to ask takes longer than a look.
        kill 'STOP', $pid;
        $ticks{$pid} = Opsmon::status($node, "${worker}_ticks") if $looks;
        kill $_, $pid for qw(TERM CONT);
        Opsmon::wait_for_new_worker($node, $worker, $pid);
    }
    $node->stop('fast');
    $server->finish;
    my ($first, $second) = sort { $ticks{$a} <=> $ticks{$b} } keys %ticks;
    my %total = map { $_ => slurp_file("$tmp/counted.$_") =~ /^totals: (\d+)/m } $first, $second;
    end_server($node);
    return ($total{$second} - $total{$first}) / ($ticks{$second} - $ticks{$first});
}

my (@rows, @memory);
for my $slots (0, 100) {
    my $node = start_watched($slots);
    for my $worker (qw(guard sampler)) {
        my ($look, $wake) = look_us($node, $worker, $worker eq 'guard' ? 1000 : 100);
        push @rows, [ $worker, $slots, map({ sprintf '%.1f', $_ } $look, $wake, $look - $wake),
            sprintf '%.0f', look_instructions($worker, $slots, $worker eq 'guard' ? (300, 2300) : (50, 250)) ];
    }
    # Its first minute is over, in which all plans are made.
    wait_for($node, q{SELECT now() > max(started_at) + interval '65 s' FROM opsmon.live_workers()}, 'a minute has passed');
    # Every ten seconds what planning took is given back: the least of a few readings in twenty.
    my %least;
    for (1 .. 8) {
        my $ticks = Opsmon::status($node, 'sampler_ticks');
        wait_for($node, "SELECT sampler_ticks >= $ticks + 25 FROM opsmon.status", 'it has looked');
        for my $worker (qw(guard reclaimer sampler)) {
            my $mib = private_mib(worker_process($node, $worker));
            $least{$worker} = $mib if !defined $least{$worker} || $mib < $least{$worker};
        }
    }
    push @memory, map { [ $_, $slots, sprintf '%.1f', $least{$_} ] } qw(guard reclaimer sampler);
    end_server($node);
}
found('### A look', '', 'The guard at every 5 ms (at rest once a second), the sampler at every 100 ms (10 s unless set), with history '
    . 'written down. Processor time of the process, kernel included; a process that only wakes up as often, meanwhile; and what is left '
    . 'for the look. Instructions without the kernel\'s.', '');
table([ 'worker', 'slots', 'µs', 'only to wake up', 'the look', 'instructions' ], @rows);
cmp_ok($_->[5], '>', 0, "a look of the $_->[0] is counted") for @rows;

found('### Memory of the workers', '', 'MiB that are the process\'s own, between two of the minute\'s tidyings of the history. The goal is 8 for all of them.', '');
table([ 'worker', 'slots', 'MiB' ], @memory);
my $all = 0;
$all += $_->[2] for grep { $_->[1] == 0 } @memory;
cmp_ok($all, '<', 8, 'less than 8 MiB');

# ---- a statement: instructions of a server without others, so that nothing but the statement is counted

sub instructions {
    my ($node, $statement, $count) = @_;
    my $file = "$tmp/statements";
    open my $statements, '>', $file or die "$file: $!";
    print $statements "$statement\n" x $count;
    close $statements;
    my $err = '';
    IPC::Run::run([ 'valgrind', '--tool=callgrind', "--callgrind-out-file=$tmp/single", 'postgres', '--single',
            '-D', $node->data_dir, 'postgres' ], '<', $file, '>', "$tmp/single.out", '2>', \$err)
      or die "valgrind: $err";
    my ($total) = $err =~ /Collected : (\d+)/ or die "valgrind: $err";
    return $total;
}

sub per_statement {
    my ($node, $statement) = @_;
    return (instructions($node, $statement, 1100) - instructions($node, $statement, 100)) / 1000;
}

my $empty_hooks = volume('tools') . '/empty_hooks.so';
my %libraries = (empty => "shared_preload_libraries = '$empty_hooks'\n",
    powa => peers_conf() . "shared_preload_libraries = 'pg_stat_statements, powa, pg_wait_sampling'\n");
my %node = map { $_ => new_server($_, opsmon => $_ eq 'opsmon', guard => "opsmon.guard = enforce\n",
    conf => "autovacuum = off\n" . ($libraries{$_} // '')) } qw(without empty opsmon powa);
for my $node (values %node) {
    $node->start;
    $node->safe_psql('postgres', 'CREATE TABLE counted AS SELECT i AS id, 0 AS value FROM generate_series(1, 10000) i');
    $node->safe_psql('postgres', 'CREATE UNIQUE INDEX ON counted (id)');
    $node->safe_psql('postgres', 'VACUUM ANALYZE counted');
    $node->safe_psql('postgres', 'CREATE TABLE target (id int)');
    $node->stop;
}
@rows = ();
for my $statement ('SELECT value FROM counted WHERE id = 77', 'INSERT INTO target VALUES (1)', 'SELECT 1') {
    my %cost = map { $_ => per_statement($node{$_}, $statement) } keys %node;
    my %more = map { $_ => $cost{$_} - $cost{without} } keys %cost;
    push @rows, [ "`$statement`", map({ sprintf '%.0f', $_ } $cost{without}, @more{qw(empty opsmon powa)}),
        map { sprintf '%.2f %%', 100 * $_ / $cost{without} } @more{qw(opsmon powa)} ];
    cmp_ok($more{opsmon}, '<', 0.01 * $cost{without}, "$statement: less than a percent more instructions");
    cmp_ok($more{opsmon}, '<', $more{powa}, "$statement: fewer than with PoWA and pg_wait_sampling");
}
found('### A statement, in instructions', '', 'Empty: the same hooks as opsmon\'s, which only call what was there before them. PoWA: with '
    . 'pg_stat_statements, which it reads, and pg_wait_sampling.', '');
table([ 'statement', 'without any', 'more with empty hooks', 'more with opsmon', 'more with PoWA', 'opsmon : without', 'PoWA : without' ], @rows);
end_server($_) for values %node;

done_testing();

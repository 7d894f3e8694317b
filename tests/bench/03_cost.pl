# What the guard costs when nothing is wrong: a look of the guard in time and in instructions, a statement in
# instructions with and without opsmon, and pgbench in pairs with and without.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl", "$FindBin::RealBin/../drills/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Found;

my $tmp = $PostgreSQL::Test::Utils::tmp_check;
my $fast = "opsmon.guard = enforce\nopsmon.guard_interval = 5ms\nopsmon.sample_interval = 10s\n";

# ---- a look of the guard: processor time of its process, kernel included

sub processor_ns { return (split ' ', slurp_file("/proc/$_[0]/schedstat"))[0] }

sub look_us {
    my ($slots, $looks) = @_;
    my $node = start_server('looks', wal => 'wal', guard => $fast, conf => "max_replication_slots = 200\n");
    $node->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('slot_' || i, true) FROM generate_series(1, $slots) i");
    my $pid = guard_pid($node);
    my @took;
    for (1 .. 3) {
        my ($ticks, $ns) = (Opsmon::status($node, 'guard_ticks'), processor_ns($pid));
        wait_for($node, "SELECT guard_ticks >= $ticks + $looks FROM opsmon.status", 'it has looked');
        my ($ticks_then, $ns_then) = (Opsmon::status($node, 'guard_ticks'), processor_ns($pid));
        push @took, ($ns_then - $ns) / ($ticks_then - $ticks) / 1000;
    }
    end_server($node);
    return median(@took);
}

# The same in instructions of its own: the whole server under callgrind.
sub look_instructions {
    my ($slots) = @_;
    my $node = new_server('counted', wal => 'wal', guard => $fast, conf => "max_replication_slots = 200\nautovacuum = off\n");
    my $server = IPC::Run::start([ 'valgrind', '--tool=callgrind', "--callgrind-out-file=$tmp/counted.%p", 'postgres',
            '-D', $node->data_dir ], '<', \undef, '>', $node->logfile, '2>', "$tmp/counted.err");
    wait_until_up($node);
    $node->_update_pid(-1);
    $node->safe_psql('postgres', "CREATE EXTENSION opsmon; SELECT pg_create_physical_replication_slot('slot_' || i, true) FROM generate_series(1, $slots) i");
    # Two guards after each other: what they share is what it takes to become one.
    my %ticks;
    for my $looks (300, 2300) {
        my $pid = guard_pid($node);
        wait_for($node, "SELECT guard_ticks > $looks FROM opsmon.status", 'it has looked');
        $ticks{$pid} = Opsmon::status($node, 'guard_ticks');
        kill 'TERM', $pid;
        Opsmon::wait_for_new_worker($node, 'guard', $pid);
    }
    $node->stop('fast');
    $server->finish;
    my ($fewer, $more) = sort { $ticks{$a} <=> $ticks{$b} } keys %ticks;
    my %total = map { $_ => slurp_file("$tmp/counted.$_") =~ /^totals: (\d+)/m } $fewer, $more;
    end_server($node);
    return ($total{$more} - $total{$fewer}) / ($ticks{$more} - $ticks{$fewer});
}

my @rows;
for my $slots (0, 100) {
    push @rows, [ $slots, sprintf('%.1f', look_us($slots, 1000)), sprintf('%.0f', look_instructions($slots)) ];
}
found('### A look of the guard', '', 'At every 5 ms; at rest it looks once a second. Processor time of its process, waking up, kernel and telling others included; instructions without the kernel\'s.', '');
table([ 'slots', 'µs', 'instructions' ], @rows);
cmp_ok($rows[0][2], '>', 0, 'a look is counted');

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

my %node = map { $_ => new_server($_, opsmon => $_ eq 'with', guard => "opsmon.guard = enforce\n", conf => "autovacuum = off\n") } qw(without with);
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
    my %cost = map { $_ => per_statement($node{$_}, $statement) } qw(without with);
    my $more = $cost{with} - $cost{without};
    push @rows, [ "`$statement`", map({ sprintf '%.0f', $cost{$_} } qw(without with)), sprintf('%.0f', $more), sprintf('%.2f %%', 100 * $more / $cost{without}) ];
    cmp_ok($more, '<', 0.02 * $cost{without}, "$statement: less than 2 % more instructions");
}
found('### A statement, in instructions', '');
table([ 'statement', 'without opsmon', 'with', 'more', 'that is' ], @rows);
end_server($_) for values %node;

# ---- pgbench in pairs, the two servers side by side and asked in turn

sub transactions_per_second {
    my ($node, @options) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'pgbench', '-n', '-T', '3', '-c', '2', '-M', 'prepared', @options, $node->connstr('postgres') ], '<', \undef, '>', \$out, '2>', \$err)
      or die "pgbench: $err";
    return $out =~ /^tps = ([0-9.]+)/m ? $1 : die "pgbench: $out";
}

%node = map { $_ => start_server("bench_$_", opsmon => $_ eq 'with', guard => "opsmon.guard = enforce\n",
    conf => "max_wal_size = 1GB\n") } qw(without with);
for my $node (values %node) {
    IPC::Run::run([ 'pgbench', '-i', '-q', '-s', '5', $node->connstr('postgres') ], '>', \my $out, '2>', \my $err) or die 'pgbench -i';
}
@rows = ();
for my $kind ([ 'reading (-S)', '-S' ], [ 'writing' ]) {
    my ($name, @options) = @$kind;
    my @ratios;
    for my $pair (1 .. 2 * runs()) {
        my %tps;
        $tps{$_} = transactions_per_second($node{$_}, @options) for $pair % 2 ? qw(with without) : qw(without with);
        push @ratios, $tps{with} / $tps{without};
    }
    push @rows, [ $name, scalar @ratios, map { sprintf '%.3f', $_ } median(@ratios), percentile(0, @ratios), percentile(100, @ratios) ];
}
is($node{with}->safe_psql('postgres', q{SELECT count(*) FROM opsmon.live_guard_events() WHERE action <> 'ballast built'}), 0, 'the guard had nothing to do');
found('### pgbench, with opsmon : without', '', 'Transactions a second, each pair measured one after the other in turn.', '');
table([ 'pgbench', 'pairs', 'median', 'least', 'most' ], @rows);
end_server($_) for values %node;
done_testing();

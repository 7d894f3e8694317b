# What it costs the database to be watched: pgbench for a second on each of three servers in turn, one without anything,
# one with opsmon (samples every second, the guard enforcing), one with PoWA and pg_wait_sampling as Debian has them
# (snapshots every five seconds, its least). A fourth is like the first, so that it is known what the machine does by
# itself; what is below that is counted in 03_cost.pl. And then what each of the two writes into the WAL at rest, for a sample
# every ten seconds of the same data (OPSMON_POWA_MINUTES, 3 unless said).
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

my $minutes = $ENV{OPSMON_POWA_MINUTES} // 3;
my $rounds = 12 * runs();
my $seconds = 1;
my $scale = 5;

# What each would have on a server of its own; nothing else differs.
my $common = "max_wal_size = 2GB\nautovacuum = off\nfsync = off\n";
my %node = (
    without => new_server('without', opsmon => 0, conf => $common),
    again => new_server('again', opsmon => 0, conf => $common),
    opsmon => new_server('with_opsmon', guard => "opsmon.guard = enforce\nopsmon.sample_interval = 1s\n", conf => $common),
    powa => new_server('with_powa', opsmon => 0, conf => $common . peers_conf() . <<'CONF'));
shared_preload_libraries = 'pg_stat_statements, powa, pg_wait_sampling'
powa.frequency = 5s
CONF
$_->start for values %node;
$node{opsmon}->safe_psql('postgres', 'CREATE EXTENSION opsmon');
$node{powa}->safe_psql('postgres', 'CREATE DATABASE powa');
$node{powa}->safe_psql('powa', "CREATE EXTENSION $_ CASCADE") for qw(powa pg_wait_sampling);
sub powa_snapshots { return $node{powa}->safe_psql('powa', 'SELECT coalesce_seq FROM powa_snapshot_metas WHERE srvid = 0') }

for my $node (values %node) {
    system_or_bail('pgbench', '-i', '-q', '-s', $scale, $node->connstr('postgres'));
    $node->safe_psql('postgres', 'VACUUM ANALYZE');
}
wait_for($node{opsmon}, q{SELECT guard_ticks > 0 AND recorder = 'recording' FROM opsmon.status}, 'opsmon works');
$node{powa}->poll_query_until('powa', 'SELECT coalesce_seq > 2 FROM powa_snapshot_metas WHERE srvid = 0') or die 'PoWA takes no snapshot';

# ---- pgbench, each server in turn, in an order that turns as well

sub one_run {
    my ($node, @options) = @_;
    my $before = server_s($node);
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'pgbench', '-n', '-T', $seconds, '-c', '2', '-M', 'prepared', @options, $node->connstr('postgres') ],
        '<', \undef, '>', \$out, '2>', \$err) or die "pgbench: $err";
    my ($transactions) = $out =~ /actually processed: (\d+)/ or die "pgbench: $out";
    my ($tps) = $out =~ /^tps = ([0-9.]+)/m or die "pgbench: $out";
    return ($tps, 1e6 * (server_s($node) - $before) / $transactions);
}

my @turns = qw(without opsmon powa again);
my %named = (opsmon => 'opsmon', powa => 'PoWA and pg_wait_sampling', again => 'nothing, another server');
my @rows;
for my $kind ([ 'select-only', '-S' ], ['TPC-B']) {
    my ($what, @options) = @$kind;
    one_run($node{$_}, @options) for @turns; # what is read and planned first
    my (%tps, %cost);
    for my $round (0 .. $rounds - 1) {
        my (%tps_now, %cost_now);
        ($tps_now{$_}, $cost_now{$_}) = one_run($node{$_}, @options) for map { $turns[ ($round + $_) % @turns ] } 0 .. $#turns;
        for my $name (keys %named) {
            push @{ $tps{$name} }, $tps_now{$name} / $tps_now{without};
            push @{ $cost{$name} }, $cost_now{$name} / $cost_now{without};
        }
    }
    push @rows, map { [ $what, $named{$_}, $rounds, map { sprintf '%.3f', $_ } median(@{ $tps{$_} }), percentile(25, @{ $tps{$_} }), percentile(75, @{ $tps{$_} }), median(@{ $cost{$_} }) ] } qw(again opsmon powa);
    cmp_ok(median(@{ $tps{opsmon} }), '>', 0.8, "$what: no cost that even this machine shows");
}
found('## pgbench, watched : not watched', '',
    "Scale $scale, two clients, $seconds s each, four servers in turn, $rounds times. Transactions a second, and processor time "
      . 'a transaction of the whole server (its workers too), each divided by that of the server without anything in the same round.', '');
table([ 'pgbench', 'watched by', 'rounds', 'tps, median', 'a quarter is below', 'a quarter is above', 'processor time a transaction, median' ], @rows);

# ---- WAL at rest, a sample every ten seconds

reload_with($node{opsmon}, 'opsmon.sample_interval' => '10s');
reload_with($node{powa}, 'powa.frequency' => '10s');
my %wal;
for my $name (qw(without opsmon powa)) {
    my $node = $node{$name};
    $node->safe_psql('postgres', 'CHECKPOINT');
    $wal{$name} = { began => $node->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()') };
}
my $snapshots_before = powa_snapshots();
my $samples_before = $node{opsmon}->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_samples');
my $until = $node{opsmon}->safe_psql('postgres', "SELECT clock_timestamp() + interval '$minutes minutes'");
wait_for($node{opsmon}, "SELECT clock_timestamp() > '$until'::timestamptz - interval '$_ minutes'", 'the time passes')
  for reverse 0 .. $minutes - 1;
for my $name (qw(without opsmon powa)) {
    $wal{$name}{bytes} = $node{$name}->safe_psql('postgres', "SELECT pg_current_wal_insert_lsn() - '$wal{$name}{began}'::pg_lsn");
}
my %taken = (
    opsmon => $node{opsmon}->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_samples') - $samples_before,
    powa => powa_snapshots() - $snapshots_before);
my %each = map { $_ => ($wal{$_}{bytes} - $wal{without}{bytes}) / $taken{$_} } qw(opsmon powa);
found("### WAL a sample, at rest", '',
    "$minutes minutes of a sample every ten seconds after that pgbench; what the server without anything wrote meanwhile is taken off.", '');
table([ 'watched by', 'samples', 'bytes a sample', 'kB an hour' ],
    map { [ $_ eq 'opsmon' ? 'opsmon' : 'PoWA and pg_wait_sampling', $taken{$_}, map { sprintf '%.0f', $_ } $each{$_}, $each{$_} * 360 / 1024 ] } qw(opsmon powa));
found(sprintf('PoWA : opsmon = %.0f. The goal is 25.', $each{powa} / $each{opsmon}), '');
cmp_ok($each{powa}, '>', 25 * $each{opsmon}, 'a 25th of what PoWA writes');

is($node{opsmon}->safe_psql('postgres', q{SELECT count(*) FROM opsmon.live_guard_events() WHERE action <> 'ballast built'}), 0, 'the guard had nothing to do');
end_server($_) for values %node;
done_testing();

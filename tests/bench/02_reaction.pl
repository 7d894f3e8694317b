# How soon the writers stand still: from the moment the volume has less free than the fence's threshold until
# WAL does not grow any more, both seen from outside the server, a thousand times a second.
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

my $mb = 1024 * 1024;
my $fence_mb = 200;
my $flat_bytes = 64 * 1024; # less than this in the following second: it stands still

my $node = start_server('server', wal => 'wal', guard => <<"END", conf => "max_wal_size = 64MB\nwal_recycle = off\n");
opsmon.guard = enforce
opsmon.guard_rungs = 'fence'
opsmon.fence_free = ${fence_mb}MB
opsmon.rescue_free = 32MB
opsmon.evict_free = 210MB
opsmon.relieve_free = 220MB
opsmon.watch_free = 230MB
opsmon.fence_wait = 100ms
opsmon.sample_interval = 1s
END
prepare_writers($node);

# Milliseconds from the threshold to flat, and to the fence as the ledger has it.
sub reaction_ms {
    my ($fenced_at_us) = @_;
    my @samples = grep { @$_ == 4 && $_->[2] > 0 } probe_samples($node);
    my ($crossed) = grep { $samples[$_][1] < $fence_mb * $mb } 0 .. $#samples;
    return unless defined $crossed;
    my $flat;
    for my $i ($crossed .. $#samples) {
        my ($later) = grep { $samples[$_][3] >= $samples[$i][3] + 1_000_000 } $i .. $#samples;
        last unless defined $later;
        if ($samples[$later][2] - $samples[$i][2] < $flat_bytes) { $flat = $i; last }
    }
    return unless defined $flat;
    # Below 0: WAL stood still already, waiting for the segment that crossed the threshold.
    my $after_ms = ($samples[$flat][3] - $samples[$crossed][0]) / 1000;
    my ($least) = sort { $a <=> $b } map { $_->[1] } @samples;
    return ($after_ms > 0 ? $after_ms : 0, ($fenced_at_us - $samples[$crossed][0]) / 1000, $fence_mb - $least / $mb);
}

my (%to_flat, %to_fence, %overrun);
my @kinds = qw(insert copy index delete vacuum_full toast message);
for my $run (1 .. runs()) {
    for my $kind (@kinds) {
        $node->restart;
        $node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
        prefill($node, $fence_mb + 60);
        start_probe($node, wal => 1);
        my $writer = start_writer($node, $kind);
        finish_writer($writer);
        wait_for($node, q{SELECT clock_timestamp() > max(at) + interval '1500 ms' FROM opsmon.live_guard_events() WHERE action = 'fence'}, 'it stood still for a while');
        end_probe($node);
        my $fenced_at_us = $node->safe_psql('postgres', q{SELECT (extract(epoch FROM min(at)) * 1000000)::bigint FROM opsmon.live_guard_events() WHERE action = 'fence' AND outcome = 'done'});
        my ($flat, $fence, $overrun) = reaction_ms($fenced_at_us);
        if (ok(defined $flat, "$run $kind: it came to a stand")) {
            push @{ $to_flat{$kind} }, $flat;
            push @{ $to_fence{$kind} }, $fence;
            push @{ $overrun{$kind} }, $overrun;
        }
        is(panicked($node), undef, "$run $kind: no PANIC");
        $node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('orphan')});
        $node->safe_psql('postgres', 'CHECKPOINT');
        wait_for_fence_down($node);
        reset_writers($node);
    }
}
my $ms = sub { sprintf '%.1f', $_[0] };
my @rows = map {
    my $kind = $_;
    [ $kind, scalar @{ $to_flat{$kind} }, map({ $ms->(percentile($_, @{ $to_flat{$kind} })) } 50, 99, 100),
      $ms->(median(@{ $to_fence{$kind} })), $ms->(percentile(100, @{ $overrun{$kind} })) ]
} grep { $to_flat{$_} } @kinds;
my @all = map { @$_ } values %to_flat;
push @rows, [ 'all', scalar @all, map({ $ms->(percentile($_, @all)) } 50, 99, 100), $ms->(median(map { @$_ } values %to_fence)),
    $ms->(percentile(100, map { @$_ } values %overrun)) ];
found('### From the threshold to flat WAL', '', 'Milliseconds, seen from outside, a thousand looks a second; MB: the most the volume fell below the threshold (a segment is made whole: 16).', '');
table([ 'writer', 'runs', 'median', '99 %', 'longest', 'until the fence was up, median', 'MB' ], @rows);
$node->stop;
done_testing();

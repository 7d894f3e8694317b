# An orphaned slot while somebody writes as fast as possible: with a slot that may be taken, eviction ends
# it and the writers finish; with a protected one the fence ends it, and all is well again as soon as
# somebody drops the slot. Each writer, on tmpfs and on ext4, as many times as runs are asked for.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

my %count = (races => 0, panics => 0, evictable => 0, evicted => 0, writers => 0, finished => 0, lost => 0);
my %least_mb;

sub new_primary {
    my ($volume, $conf) = @_;
    my $node = start_server("on_$volume", wal => $volume, conf => $conf);
    prepare_writers($node);
    return $node;
}

# One race from an empty volume; true when the server is fit for the next one.
sub race {
    my ($node, $policy, $what, $name, @kinds) = @_;
    crash_and_recover($node); # a guard that remembers nothing of the race before
    $node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
    set_policy($node, orphan => $policy);
    prefill($node, 200) if $name eq 'pgbench'; # where each commit waits for a slow disk it writes little
    start_probe($node);
    my @writers = map { start_writer($node, $_, seconds => 20, retries => $name eq 'retrying') } @kinds;
    my @results = map { finish_writer($_) } @writers;
    my $least_mb = end_probe($node);
    $count{races}++;
    $count{evictable}++ if $policy eq 'expendable';
    $least_mb{$policy} = $least_mb if !defined $least_mb{$policy} || $least_mb < $least_mb{$policy};
    if (my $panic = panicked($node)) {
        $count{panics}++;
        fail("$what: $panic");
        return 0;
    }
    note("$what: @results, least free $least_mb MB");
    note(ledger($node));
    return $policy eq 'protect' ? fenced($node, $what, \@writers, \@results) : evicted($node, $what, \@writers, \@results);
}

sub evicted {
    my ($node, $what, $writers, $results) = @_;
    $count{writers} += @$results;
    $count{finished} += grep { $_ eq 'finished' } @$results;
    $count{evicted}++ if was_taken($node) eq 'orphan';
    is(slots_left($node), '', "$what: the slot was taken");
    is(join(' ', grep { !/^(finished|cancelled|refused)$/ } @$results), '', "$what: the writers came to a good end");
    return is_kept($node, $what, $writers);
}

sub fenced {
    my ($node, $what, $writers, $results) = @_;
    is(slots_left($node), 'orphan', "$what: the protected slot is left");
    # A scan that is refused came to its own end before: with all it had to write.
    my $stopped = $what =~ /scan/ ? qr/^cancelled$/ : qr/^(cancelled|refused)$/;
    is(join(' ', grep { !/$stopped/ } @$results), '', "$what: the writers were stopped");
    # Readers are stopped only while somebody writes on whom the first stage does not stop.
    my ($code) = by_app($node, 'SELECT count(*) > 0 FROM acknowledged');
    is($code == 0 || fence_state($node) ne 'writers', 1, "$what: people still read");
    my $kept = is_kept($node, $what, $writers);
    $node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('orphan')});
    $node->safe_psql('postgres', 'CHECKPOINT');
    wait_for_fence_down($node);
    $node->safe_psql('postgres', q{INSERT INTO acknowledged VALUES ('after', 1)}, extra_params => [ '-U', 'app' ]);
    pass("$what: with the slot dropped people write again");
    return $kept;
}

sub is_kept {
    my ($node, $what, $writers) = @_;
    if (!ok(crash_and_recover($node), "$what: comes up after a crash")) {
        return 0;
    }
    my $lost = lost_commits($node, @$writers);
    $count{lost}++ if $lost;
    is($lost, '', "$what: all that was acknowledged is there");
    reset_writers($node);
    return 1;
}

for my $volume (qw(wal ext4)) {
    my $node = new_primary($volume);
    for my $run (1 .. runs()) {
        for my $race (writer_kinds()) {
            for my $policy (qw(expendable protect)) {
                my ($name) = @$race;
                if (!race($node, $policy, "$volume $run $name $policy", @$race)) {
                    end_server($node);
                    $node = new_primary($volume);
                }
            }
        }
    }
    end_server($node);
}

# Who only reads can fill a volume as well: the fence's second stage is for that.
my $node = new_primary('wal', "wal_log_hints = on\n");
for my $run (1 .. runs()) {
    prepare_scan($node);
    race($node, 'protect', "wal $run scan protect", 'scan', 'scan') or last;
}
end_server($node);

is($count{evicted}, $count{evictable}, 'every slot that may be taken was');
cmp_ok($count{finished}, '>=', 0.8 * $count{writers}, 'and nearly all writers did not even notice');
verdict("$count{races} races, $count{panics} PANICs, $count{lost} with something lost");
verdict("$count{finished} of $count{writers} writers finished where the slot could be taken");
verdict("least free $least_mb{expendable} MB with eviction, $least_mb{protect} MB with the fence alone");
done_testing();

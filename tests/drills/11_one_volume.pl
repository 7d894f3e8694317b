# Data and WAL on the same volume: whichever fills it, writing stops before.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

for my $policy (qw(expendable protect)) {
    my $node = start_server("one_$policy", data => 'small');
    prepare_writers($node, 1000);
    $node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
    set_policy($node, orphan => $policy);
    start_probe($node);
    my @writers = map { start_writer($node, $_) } qw(toast insert);
    my @results = map { finish_writer($_) } @writers;
    my $least_mb = end_probe($node);
    note(ledger($node));
    is(panicked($node), undef, "$policy: no PANIC");
    is(join(' ', grep { !/^(cancelled|refused)$/ } @results), '', "$policy: the writers were stopped");
    is(slots_left($node), $policy eq 'protect' ? 'orphan' : '', "$policy: who may be taken is taken first");
    ok(crash_and_recover($node), "$policy: comes up after a crash");
    is(lost_commits($node, @writers), '', "$policy: all that was acknowledged is there");
    my ($code, $out, $err) = by_app($node, 'TRUNCATE documents, bulk');
    is($code, 0, "$policy: what frees space is let through") or diag($err);
    wait_for_fence_down($node);
    ($code) = by_app($node, q{INSERT INTO acknowledged VALUES ('after', 1)});
    is($code, 0, "$policy: and people write again");
    verdict("$policy: @results, least free $least_mb MB");
    end_server($node);
}
done_testing();

# The same incident twice. Observing changes nothing, and says beforehand what enforcing does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

# An incident in steps, the same each time; what the ledger says of it.
sub incident {
    my ($mode) = @_;
    my $node = start_server($mode, wal => 'wal', conf => "opsmon.guard = $mode\nmax_wal_size = 64MB\n");
    prepare_writers($node, 1000);
    $node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
    write_wal($node, 64);
    $node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('needed', true)});
    set_policy($node, orphan => 'expendable', needed => 'protect');
    prefill($node, 180);
    my $settings = $node->safe_psql('postgres', q{SELECT md5(string_agg(name || setting, ',' ORDER BY name)) FROM pg_settings WHERE name NOT LIKE 'opsmon.%'});
    my $planned = $node->safe_psql('postgres', q{SELECT target FROM opsmon.guard_plan WHERE action = 'evict' ORDER BY step});
    prefill($node, 120);
    my $outcome = $mode eq 'observe' ? 'would' : 'done';
    wait_for($node, "SELECT count(*) > 0 FROM opsmon.live_guard_events() WHERE action = 'evict' AND outcome = '$outcome'", 'a slot is taken');
    my $evicted = $node->safe_psql('postgres', "SELECT DISTINCT target FROM opsmon.live_guard_events() WHERE action = 'evict' AND outcome = '$outcome'");
    my $left = slots_left($node);
    prefill($node, 45);
    wait_for($node, "SELECT count(*) > 0 FROM opsmon.live_guard_events() WHERE action = 'fence' AND outcome = '$outcome'", 'it is fenced');
    my ($code) = by_app($node, q{INSERT INTO acknowledged VALUES ('under the fence', 1)});
    note(ledger($node));
    my %incident = (
        planned => $planned, evicted => $evicted, left => $left, fence => fence_state($node), refused => $code != 0,
        changed => $settings ne $node->safe_psql('postgres', q{SELECT md5(string_agg(name || setting, ',' ORDER BY name)) FROM pg_settings WHERE name NOT LIKE 'opsmon.%'}),
        signalled => $node->safe_psql('postgres', 'SELECT refused_statements + cancelled_statements + held_commits FROM opsmon.guard_state'),
        panic => panicked($node),
    );
    end_server($node);
    return \%incident;
}

my $observed = incident('observe');
my $enforced = incident('enforce');
is($observed->{left}, 'needed orphan', 'observing takes nothing');
is($observed->{fence}, 'down', 'fences nothing');
ok(!$observed->{refused}, 'refuses nothing');
is($observed->{signalled}, 0, 'stops nobody');
ok(!$observed->{changed}, 'and sets nothing');
is($enforced->{left}, 'needed', 'enforcing takes one');
isnt($enforced->{fence}, 'down', 'fences');
ok($enforced->{refused}, 'and refuses');
is($observed->{evicted}, $enforced->{evicted}, 'observing says who is taken');
is($observed->{planned}, $enforced->{evicted}, 'and so did its plan');
is($_->{panic}, undef, 'no PANIC') for $observed, $enforced;
verdict("observe said $observed->{evicted} and a fence, and changed nothing; enforce took $enforced->{evicted} and fenced");
done_testing();

# A dead node of Slony-I fills the data volume. Core then refuses every login and PANICs, and the node cannot be dropped any
# more. Here the fence stops the application while slon and the sidecar, which are exempt, go on: the sidecar drops the dead
# node, the logs fall, the fence comes down by itself, and the node that remains has every row.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();
use Drill;
use Drill::Slony;
use OpsmonSidecar qw(stop_program get);
use OpsmonSlony;

# What is acknowledged is counted; each row is there a second time, in the log that is kept for node 2.
my $node = start_production();
my $slony = $node->{production};
start_probe($node);
my ($acknowledged, $refused) = fill_with_rows($node);
like($refused, qr/fence|cancel|writ/i, 'the fence stops the application') or diag($refused);
wait_for($node, q{SELECT fence <> 'down' FROM opsmon.guard_state}, 'the fence is up');
is($node->safe_psql('postgres', 'SELECT fence_volume FROM opsmon.guard_state'), 'data', 'for the data volume');
is(panicked($node), undef, 'no PANIC');
my $logs = slony_value($slony, 1, q{SELECT opsmon_slony.log_bytes('production')});
cmp_ok($logs, '>', 60e6, 'the logs of Slony-I hold much of it');
note(sprintf '%d rows acknowledged, logs %.0f MB, %.0f MB free', $acknowledged, $logs / 1e6, free_mb($node));
slony_wait($slony, 3, "SELECT count(*) >= $acknowledged FROM public.entries");
pass('slon goes on while the fence is up');

my $began = Time::HiRes::time;
my $sidecar = start_remedy($node);
my $ok = eval {
    slony_wait($slony, 1, q{SELECT count(*) = 1 FROM opsmon_slony.ledger WHERE action = 'drop' AND outcome = 'done'});
};
ok($ok, 'the_dead_node_is_dropped_while_the_fence_is_up') or diag(get("$sidecar->{url}/api/v1/slony")->{content});
note(sprintf 'dropped after %.1f s', Time::HiRes::time - $began);
ok(wait_for_fence_down($node), 'the_fence_comes_down_by_itself');
my $down = Time::HiRes::time - $began;
ok(slony_wait($slony, 1, q{SELECT count(*) = 1 FROM opsmon_slony.ledger WHERE action = 'clean_up' AND outcome = 'done'}), 'the_logs_fell');
my $after = slony_value($slony, 1, q{SELECT after_bytes FROM opsmon_slony.ledger WHERE action = 'clean_up'});
cmp_ok($after, '<', $logs / 4, 'by more than three quarters');
is(slony_value($slony, 1, q{SELECT string_agg(no_id::text, ' ' ORDER BY no_id) FROM %s.sl_node}), '1 3', 'no other node was dropped');
my ($code, undef, $err) = $node->psql('app', 'INSERT INTO public.entries (note) VALUES (1)', extra_params => [ '-U', 'app' ]);
is($code, 0, 'and the application writes again') or diag($err);
slony_caught_up($slony, 3);
my $rows = slony_value($slony, 1, 'SELECT count(*) FROM public.entries');
cmp_ok($rows, '>=', $acknowledged + 1, 'every_acknowledged_row_is_there');
is(slony_value($slony, 3, 'SELECT count(*) FROM public.entries'), $rows, 'and_on_the_node_that_remains');
ok(crash_and_recover($node), 'the server comes up after a crash');
cmp_ok(slony_value($slony, 1, 'SELECT count(*) FROM public.entries'), '>=', $acknowledged + 1, 'with all of it');
is(panicked($node), undef, 'no PANIC');
my $least_mb = end_probe($node);
verdict(sprintf 'logs %.0f MB -> %.1f MB, fence down %.0f s after the sidecar came, least free %d MB', $logs / 1e6, $after / 1e6,
    $down, $least_mb);
stop_program($sidecar);
end_production($node);
done_testing();

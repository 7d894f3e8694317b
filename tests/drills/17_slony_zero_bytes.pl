# The data volume is full to the last byte: the guard was frozen while a dead node of Slony-I filled it. Core refuses logins or
# PANICs, and nothing in SQL could help. The ballast goes, the fence stops the application, slon and the sidecar go on, the
# dead node is dropped, and all that was acknowledged is there.
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

my $node = start_production("opsmon.ballast_size = 48MB\nrestart_after_crash = on\n");
my $slony = $node->{production};
wait_for($node, q{SELECT ballast_data_bytes >= 48 * 1048576 FROM opsmon.guard_state}, 'the ballast is built');
my $sidecar = start_remedy($node);
slony_value($slony, 1, q{DELETE FROM opsmon_slony.expendable}); # not before it is full

my $guard = guard_pid($node);
kill 'STOP', $guard;
my ($acknowledged, $refused) = fill_with_rows($node);
like($refused, qr/No space left on device|server closed the connection|recovery mode/, 'nobody held it: the volume is full') or diag($refused);
my $free = free_mb($node);
cmp_ok($free, '<', 2, 'to the last bytes');
my $began = Time::HiRes::time;
kill 'CONT', $guard; # gone by now, if the server has crashed
wait_until_up($node);
wait_for($node, q{SELECT count(*) > 0 FROM opsmon.live_guard_events() WHERE action = 'ballast released'}, 'the ballast goes');
wait_for($node, q{SELECT fence <> 'down' FROM opsmon.guard_state}, 'the fence is up');
my ($code, undef, $err) = $node->psql('app', 'INSERT INTO public.entries (note) VALUES (1)', extra_params => [ '-U', 'app' ]);
isnt($code, 0, 'the application does not write what the ballast gave');
slony_value($slony, 1, q{INSERT INTO opsmon_slony.expendable (cluster, node, why) VALUES ('production', 2, 'the drill')});
my $ok = eval {
    slony_wait($slony, 1, q{SELECT count(*) = 1 FROM opsmon_slony.ledger WHERE action = 'drop' AND outcome = 'done'});
};
ok($ok, 'the_dead_node_is_dropped') or diag(get("$sidecar->{url}/api/v1/slony")->{content});
ok(slony_wait($slony, 1, q{SELECT count(*) = 1 FROM opsmon_slony.ledger WHERE action = 'clean_up' AND outcome = 'done'}), 'the_logs_fell');
ok(wait_for_fence_down($node), 'the_fence_comes_down_by_itself');
my $down = Time::HiRes::time - $began;
($code, undef, $err) = $node->psql('app', 'INSERT INTO public.entries (note) VALUES (1)', extra_params => [ '-U', 'app' ]);
is($code, 0, 'and the application writes again') or diag($err);
slony_caught_up($slony, 3);
my $rows = slony_value($slony, 1, 'SELECT count(*) FROM public.entries');
cmp_ok($rows, '>=', $acknowledged + 1, 'every_acknowledged_row_is_there');
is(slony_value($slony, 3, 'SELECT count(*) FROM public.entries'), $rows, 'and_on_the_node_that_remains');
verdict(sprintf '%d MB free, PANIC %s; fence down %.0f s after the guard went on', $free, panicked($node) ? 'yes' : 'no', $down);
stop_program($sidecar);
end_production($node);
done_testing();

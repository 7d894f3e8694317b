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
use OpsmonSidecar qw(start_sidecar stop_program sidecar_conf get);
use OpsmonSlony;

my $node = start_server('primary', data => 'small', wal => 'wal',
    conf => "opsmon.fence_exempt_roles = 'superusers, opsmon_sidecar'\n");
my %others = map { $_ => new_server("node$_", opsmon => 0, conf => "listen_addresses = '127.0.0.1'\n") } 2, 3;
$_->start for values %others;
$node->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $slony = slony_cluster(name => 'production', nodes => { 1 => $node, 2 => $others{2}, 3 => $others{3} });
# What a subscriber that is behind asks for is sorted. In a file on the data volume that would be as large as its backlog,
# bring up the fence, and be cancelled with it, again and again.
$node->safe_psql('postgres', q{ALTER ROLE slony SET work_mem = '256MB'});
start_slon($slony, 1, 2, 3);
subscribe($slony, 1 => 2);
subscribe($slony, 1 => 3);
slony_value($slony, 1, q{UPDATE %s.sl_path SET pa_conninfo = regexp_replace(pa_conninfo, 'host=\S+', 'host=127.0.0.1') WHERE pa_server > 1;
    GRANT INSERT, SELECT ON public.entries TO app; GRANT USAGE ON SEQUENCE public.entries_id_seq TO app});
for my $script (qw(read opsmon_slony)) {
    system_or_bail('psql', '-X', '-q', '-h', $node->host, '-p', $node->port, '-U', 'slony', '-d', 'app', '-v', 'cluster=production',
        '-v', 'role=opsmon_sidecar', '-f', "$ENV{OPSMON_RUN}/sidecar/slony/$script.sql");
}
slony_value($slony, 1, q{UPDATE opsmon_slony.limits SET minimum_silence = '3 s';
    INSERT INTO opsmon_slony.expendable (cluster, node, why) VALUES ('production', 2, 'the drill')});
# All have to have settled: a slon that still waits for node 2 would wait for ever.
write_rows($slony, 1, 100);
slony_caught_up($slony, $_) for 2, 3;
slony_wait($slony, 1, q{SELECT count(*) = 0 FROM %s.sl_event WHERE ev_type <> 'SYNC'});
kill_slon($slony, 2);
$others{2}->stop('immediate');

# What is acknowledged is counted; each row is there a second time, in the log that is kept for node 2.
$node->{drill_volume} = Drill::volume('small');
start_probe($node);
my ($batch, $acknowledged, $refused) = (2000, 100, '');
for (1 .. 1000) {
    my ($code, undef, $err) = $node->psql('app',
        "INSERT INTO public.entries (note) SELECT repeat(md5(i::text), 32) FROM generate_series(1, $batch) i",
        extra_params => [ '-U', 'app' ]);
    if ($code) { $refused = $err; last }
    $acknowledged += $batch;
}
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
my $sidecar = start_sidecar(sidecar_conf($node, slony => <<'END'));
  interval: 1s
  discovery_interval: 1s
  remedy:
    mode: enforce
    minimum_silence: 3s
    minimum_watch: 2s
    probe_interval: 1s
    minimum_probes: 2
    free_floor: 16MiB
END
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
stop_slon($slony, 1, 3);
end_server($_) for $node, values %others;
done_testing();

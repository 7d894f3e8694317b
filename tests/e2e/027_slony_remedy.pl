# A dead node of Slony-I that fills the data volume, with real slons: who only observes tells, who may act drops it once,
# its logs fall, and those who remain are in sync. A node that lives, or that cannot be told from one, is left alone.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;
use OpsmonSlony;

my $origin = start_primary('origin', "max_connections = 60\n");
$origin->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my %servers = map { $_ => PostgreSQL::Test::Cluster->new("node$_") } 2, 3;
for my $server (values %servers) {
    $server->init;
    $server->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'\nmax_connections = 60\n");
    $server->start;
}
my $slony = slony_cluster(name => 'production', nodes => { 1 => $origin, 2 => $servers{2}, 3 => $servers{3} });
start_slon($slony, 1, 2, 3);
write_rows($slony, 1, 1000);
subscribe($slony, 1 => 2);
subscribe($slony, 1 => 3);
# They are asked over TCP, as in real life: a unix socket of this machine says nothing of another.
slony_value($slony, 1, q{UPDATE %s.sl_path SET pa_conninfo = regexp_replace(pa_conninfo, 'host=\S+', 'host=127.0.0.1') || ' password=geheim' WHERE pa_server > 1});
for my $script (qw(read opsmon_slony)) {
    $origin->command_ok([ 'psql', '-X', '-q', '-U', 'slony', '-d', 'app', '-v', 'cluster=production', '-v', 'role=opsmon_sidecar',
        '-f', "$ENV{OPSMON_RUN}/sidecar/slony/$script.sql" ], "$script.sql runs");
}
slony_value($slony, 1, q{UPDATE opsmon_slony.limits SET minimum_silence = '3 s';
    INSERT INTO opsmon_slony.expendable (cluster, node, why) SELECT 'production', n, 'the test' FROM generate_series(1, 3) n});

# The volume of a test is the machine's, which nobody fills up: what the extension says of it stands in a table here. With
# a real one it is tests/drills/16_slony_full.pl.
$origin->safe_psql('postgres', q{
CREATE TABLE public.pretended (size_bytes int8, free_bytes int8, full_in interval);
INSERT INTO public.pretended VALUES (100e6, 90e6, '1 h');
CREATE OR REPLACE VIEW opsmon.volumes AS
SELECT v.volume, v.path, v.device, CASE v.volume WHEN 'data' THEN p.size_bytes ELSE v.size_bytes END AS size_bytes,
       CASE v.volume WHEN 'data' THEN p.free_bytes ELSE v.free_bytes END AS free_bytes, v.total_inodes, v.free_inodes,
       v.read_only, v.error, v.sampled_at, pg_catalog.clock_timestamp() - v.sampled_at AS age
  FROM opsmon.live_volumes() v, public.pretended p;
CREATE OR REPLACE VIEW opsmon.guard AS
SELECT g.mode, g.volume, g.rung, g.rung_number, g.does, g.since, g.usable_bytes, g.size_bytes,
       g.reusable_bytes, g.wal_bytes_per_second, g.wal_bytes_per_second_trend, p.full_in,
       g.full_in_trend, g.watch_free_bytes, g.relieve_free_bytes, g.evict_free_bytes,
       g.fence_free_bytes, g.rescue_free_bytes, g.thresholds_refused, g.sampled_at,
       pg_catalog.clock_timestamp() - g.sampled_at AS age
  FROM opsmon.live_guard() g, public.pretended p;});

sub conf {
    my ($mode, $more) = @_;
    return sidecar_conf($origin, slony => <<"END" . ($more // ''));
  interval: 1s
  discovery_interval: 1s
  remedy:
    mode: $mode
    minimum_silence: 3s
    minimum_watch: 2s
    probe_interval: 1s
    minimum_probes: 2
    held_percent: 1
END
}
my $sidecar = start_sidecar(conf('observe'));

sub document { my $got = get("$sidecar->{url}/api/v1/slony"); return $got->{success} ? decode_json($got->{content}) : {} }
sub cluster { return (document()->{clusters} // [])->[0] // {} }
# What is said of a node: the decision, and the words of the reasons.
sub said {
    my ($node) = @_;
    my ($found) = grep { $_->{node} == $node } @{ cluster()->{nodes} // [] };
    return $found ? join ' ', $found->{decision}, sort map { $_->{code} } @{ $found->{reasons} } : '';
}
sub wait_said {
    my ($node, $expected, $what) = @_;
    my $last = '';
    eval { wait_for("node $node: $expected", sub { ($last = said($node)) =~ $expected }, $sidecar); 1 }
      or diag("last said of node $node: $last\n", get("$sidecar->{url}/api/v1/slony")->{content}, "\n", slony_value($slony, 1, 'SELECT * FROM opsmon_slony.ledger'));
    like($last, $expected, $what);
    return;
}
sub of { my ($name, $labels) = @_; return metric($sidecar, "slony_remedy_$name\{datname=\"app\",cluster=\"production\"$labels\}") }
sub ledger {
    return slony_value($slony, 1, q{SELECT coalesce(string_agg(node || ' ' || action || ' ' || outcome, ', ' ORDER BY number), '')
        FROM opsmon_slony.ledger});
}
sub nodes { my ($id) = @_; return slony_value($slony, $id, q{SELECT string_agg(no_id::text, ' ' ORDER BY no_id) FROM %s.sl_node}) }

# ---- observe

wait_said(2, qr/^refuse .*\bconnected\b.*\bnot_silent\b/, 'a_live_node_is_left_alone');
wait_for('the metrics are there', sub { defined of('enforcing', '') }, $sidecar);
is(of('enforcing', ''), 0, 'it only observes');
is(of('candidate', ',node="2"'), 0, 'nobody is to be dropped');
write_rows($slony, 1, 20_000);
slony_caught_up($slony, $_) for 2, 3;
kill_slon($slony, 2);
write_rows($slony, 1, 20_000);
wait_said(2, qr/^refuse reachable$/, 'a_node_whose_server_answers_is_left_alone');
is(ledger(), '', 'of which the ledger says nothing');
$servers{2}->stop('immediate');
wait_said(2, qr/^would$/, 'when_nothing_answers_any_more_it_would_be_dropped');
wait_for('the metric says so', sub { of('candidate', ',node="2"') == 1 }, $sidecar);
is(of('refusals', ',node="2"'), 0, 'and that nothing speaks against it');
wait_for('the ledger is told', sub { ledger() eq '2 drop would' }, $sidecar);
wait_for('the page of metrics too', sub { (of('events_total', ',action="drop",outcome="would"') // 0) == 1 }, $sidecar);
is(nodes(1), '1 2 3', 'who_observes_drops_nobody');
my ($dead) = grep { $_->{node} == 2 } @{ cluster()->{nodes} };
is($dead->{slonik}, "cluster name = production;\nnode 1 admin conninfo = 'host=" . $origin->host . ' port=' . $origin->port
      . " dbname=app user=SLONY connect_timeout=3';\ndrop node (id = 2, event node = 1);\n", 'what a DBA would type');
like($dead->{sql}, qr/drop_node\('production', 2, '1 h', false, 'by hand'\)/, 'or that');
unlike(get("$sidecar->{url}/api/v1/slony")->{content}, qr/geheim|password/, 'no_secret_is_shown');

# Each of these prevents it, whatever else holds.
my %pretended = (holds_little => q{size_bytes = 1e12}, not_pressing => q{full_in = '7 h'}, too_full => q{free_bytes = 1e6});
for my $code (sort keys %pretended) {
    $origin->safe_psql('postgres', "UPDATE public.pretended SET $pretended{$code}");
    wait_said(2, qr/^refuse $code$/, "${code}_prevents_it");
    $origin->safe_psql('postgres', q{UPDATE public.pretended SET size_bytes = 100e6, free_bytes = 90e6, full_in = '1 h'});
}
slony_value($slony, 1, q{UPDATE opsmon_slony.limits SET paused_until = now() + interval '1 h'});
wait_said(2, qr/^refuse paused$/, 'maintenance_prevents_it');
slony_value($slony, 1, q{UPDATE opsmon_slony.limits SET paused_until = NULL});
$origin->safe_psql('postgres', q{INSERT INTO opsmon.consumers (kind, name, policy) VALUES ('slony_node', 'production.2@app', 'protect')
    ON CONFLICT (kind, name) DO UPDATE SET policy = 'protect'});
wait_said(2, qr/^refuse protected$/, 'a_protected_node_is_left_alone');
$origin->safe_psql('postgres', q{UPDATE opsmon.consumers SET policy = 'ask' WHERE kind = 'slony_node'});
# Time passes: three minutes in which node 3 has said nothing, also not what was on its way when it stopped.
stop_slon($slony, 3);
wait_for('node 3 is silent too', sub {
    slony_value($slony, 1, q{UPDATE %s.sl_event SET ev_timestamp = now() - interval '3 min'
        WHERE ev_origin = 3 AND ev_timestamp > now() - interval '3 min';
        UPDATE %s.sl_confirm SET con_timestamp = now() - interval '3 min'
        WHERE 3 IN (con_received, con_origin) AND con_timestamp > now() - interval '3 min'});
    return said(2) =~ /^refuse .*\bothers_silent others_unwell\b/;
}, $sidecar);
pass('when_another_node_is_silent_too_nothing_is_dropped');
start_slon($slony, 3);
stop_slon($slony, 1);
wait_said(2, qr/^refuse .*\blocal_slon_silent\b/, 'nor_when_the_local_slon_is_down');
start_slon($slony, 1);
wait_said(2, qr/^would$/, 'and then it would again');
is(nodes(1), '1 2 3', 'all nodes are there');

# ---- enforce

# Node 3 forwards, and so keeps the logs as well: they are cleaned too.
$servers{3}->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN');
$servers{3}->command_ok([ 'psql', '-X', '-q', '-U', 'slony', '-d', 'app', '-v', 'cluster=production', '-v', 'role=opsmon_sidecar',
    '-f', "$ENV{OPSMON_RUN}/sidecar/slony/opsmon_slony.sql" ], 'opsmon_slony.sql runs on a forwarder');
write_rows($slony, 1, 20_000);
write_file($sidecar->{file}, conf('enforce', sprintf <<'END', $servers{3}->host, $servers{3}->port));
    forwarders:
      - cluster: production
        conninfo: host=%s port=%d dbname=app user=opsmon_sidecar
END
kill 'HUP', $sidecar->{pid};
wait_for('the dead node is dropped', sub { ledger() =~ /2 drop done/ }, $sidecar, 120);
is(nodes(1), '1 3', 'the_dead_node_is_dropped_and_no_other');
is(ledger() =~ s/2 drop would(, )?//gr =~ s/, 2 clean_up.*//r, '2 drop done', 'once');
slony_wait($slony, 3, q{SELECT string_agg(no_id::text, ' ' ORDER BY no_id) = '1 3' FROM %s.sl_node});
wait_for('the clean-up is over', sub { ledger() =~ /2 clean_up done$/ }, $sidecar, 120);
is(slony_value($slony, 1, q{SELECT after_bytes < before_bytes / 4 OR after_bytes < 1048576 FROM opsmon_slony.ledger WHERE action = 'clean_up'}), 't',
    'its_logs_fall');
like(slony_value($slony, 1, q{SELECT reason FROM opsmon_slony.ledger WHERE action = 'clean_up'}),
    qr/^the logs here: .* before, .* after \d+ steps; forwarder 1: .*B before, .*B after \d+ steps$/, 'and_those_of_a_forwarder');
like(slony_value($slony, 1, q{SELECT reason FROM opsmon_slony.ledger WHERE outcome = 'done' AND action = 'drop'}),
    qr/node 2 is silent for .* s, was tried \d+ times from here \(127\.0\.0\.1:\d+: .*\), and holds .* MB; the data volume has/,
    'the ledger says why, with the numbers');
is(slony_value($slony, 1, q{SELECT concat_ws(' ', who, details #>> '{node,no_id}', jsonb_array_length(details -> 'paths'),
    details #>> '{subscriptions,0,sub_provider}') FROM opsmon_slony.ledger WHERE outcome = 'done' AND action = 'drop'}),
    'opsmon_sidecar 2 4 1', 'who did it, and what it takes to store the node again');
unlike(slony_value($slony, 1, 'SELECT string_agg(l::text, chr(10)) FROM opsmon_slony.ledger l'), qr/geheim/, 'without its password');
write_rows($slony, 1, 100);
slony_caught_up($slony, 3);
pass('who_remains_is_in_sync');
wait_for('the metrics say it', sub { (of('events_total', ',action="drop",outcome="done"') // 0) == 1
      && (of('events_total', ',action="clean_up",outcome="done"') // 0) == 1 }, $sidecar);
is(of('enforcing', ''), 1, 'it may act');
ok(of('last_drop_timestamp_seconds', '') > time - 600, 'and when it did');

# The dropped node comes back, after its rows are gone from the logs: it would go on with a hole, and nobody would see it.
slony_wait($slony, $_, q{SELECT count(*) = 0 FROM %s.sl_event WHERE ev_type = 'DROP_NODE'}) for 1, 3;
$servers{2}->start;
start_slon($slony, 2);
wait_for('the ghost is seen', sub { (metric($sidecar,
    'slony_ghost_backends{datname="app",cluster="production",node="2"}') // 0) > 0 }, $sidecar);
pass('a_dropped_node_that_comes_back_is_seen');
wait_for('in the document too', sub { grep { $_->{node} == 2 } @{ cluster()->{ghosts} // [] } }, $sidecar);
kill_slon($slony, 2);
$servers{2}->stop('immediate');

# One a day: node 3 dies too, and is expendable.
kill_slon($slony, 3);
write_rows($slony, 1, 20_000);
$servers{3}->stop('immediate');
wait_said(3, qr/^refuse dropped_today$/, 'a_second_drop_on_the_same_day_is_refused');
is(nodes(1), '1 3', 'the node stays');
unlike(ledger(), qr/\b3 drop/, 'and it was not even tried');

is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
stop_slon($slony, 1);
$origin->stop;
done_testing();

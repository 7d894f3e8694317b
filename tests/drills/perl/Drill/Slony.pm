package Drill::Slony;

# A Slony-I cluster of three nodes on a small data volume, of which the second is dead and expendable: what the drills about
# Slony share.
use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Drill;
use OpsmonSidecar qw(start_sidecar sidecar_conf);
use OpsmonSlony;

our @EXPORT = qw(start_production fill_with_rows start_remedy end_production);

# The origin, on the volumes `data` and `wal`, with settings of the drill's own; $node->{production} is the cluster.
sub start_production {
    my ($conf) = @_;
    my $node = start_server('primary', data => 'small', wal => 'wal',
        conf => "opsmon.fence_exempt_roles = 'superusers, opsmon_sidecar'\n" . ($conf // ''));
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
    $node->{production} = $slony;
    $node->{others} = \%others;
    $node->{drill_volume} = Drill::volume('small');
    return $node;
}

# The application writes until it is refused: how many rows were acknowledged, and what it was told then.
sub fill_with_rows {
    my ($node) = @_;
    my ($batch, $acknowledged) = (2000, 100);
    for (1 .. 1000) {
        my ($code, undef, $err) = $node->psql('app',
            "INSERT INTO public.entries (note) SELECT repeat(md5(i::text), 32) FROM generate_series(1, $batch) i",
            extra_params => [ '-U', 'app' ]);
        return ($acknowledged, $err) if $code;
        $acknowledged += $batch;
    }
    die 'the volume is not full after 1000 batches';
}

sub start_remedy {
    my ($node) = @_;
    return start_sidecar(sidecar_conf($node, slony => <<'END'));
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
}

sub end_production {
    my ($node) = @_;
    stop_slon($node->{production}, 1, 3);
    end_server($_) for $node, values %{ $node->{others} };
    return;
}

1;

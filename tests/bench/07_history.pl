# What history costs and how soon it answers: WAL an hour at rest, with five consumers, ten slots and a hundred
# sessions, in real minutes (OPSMON_HISTORY_MINUTES, 15 unless said); and trends over thirty days of samples with a
# hundred slots.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl", "$FindBin::RealBin/../drills/perl";
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Found;
use Opsmon ();

my $minutes = $ENV{OPSMON_HISTORY_MINUTES} // 15;
my $node = Opsmon::new_node('history'); # not on a volume that can be filled up: nothing is filled up here
$node->append_conf('postgresql.conf', <<'CONF');
opsmon.sample_interval = 10s
opsmon.guard_interval = 1s
max_connections = 130
max_wal_senders = 10
checkpoint_timeout = 5min
max_wal_size = 1GB
wal_keep_size = 512MB
log_statement = none
autovacuum = off
CONF
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
sub value { return $node->safe_psql('postgres', $_[0]); }

# ---- WAL an hour

value(q{CREATE EXTENSION IF NOT EXISTS pg_walinspect});
value(q{SELECT pg_create_physical_replication_slot('standby_' || i, true) FROM generate_series(1, 10) i});
my @receivers = map {
    my $directory = PostgreSQL::Test::Utils::tempdir;
    IPC::Run::start([ 'pg_receivewal', '-D', $directory, '-S', "standby_$_", '-d', $node->connstr('postgres') . " application_name=standby_$_" ],
        '<', \undef, '>', \my $out, '2>', \my $err);
} 1 .. 5;
my $script = "$PostgreSQL::Test::Utils::tmp_check/idle.sql";
append_to_file($script, "SELECT 1;\n\\sleep 36000 s\n");
my $sessions = IPC::Run::start([ 'pgbench', '-n', '-c', '100', '-T', '36000', '-f', $script, $node->connstr('postgres') ],
    '<', \undef, '>', \my $out, '2>', \my $err);
wait_for($node, q{SELECT (SELECT sum(sessions) >= 100 FROM opsmon.connections) AND (SELECT count(*) = 5 FROM opsmon.replication)}, 'all are there');
# A new cluster has much to vacuum, which is not history's; what the days leave to it is counted below.
system_or_bail('vacuumdb', '-q', '-a', '--freeze', '-h', $node->host, '-p', $node->port);
# Nor is the first minute, which makes days and names.
wait_for($node, q{SELECT count(*) >= 1 FROM opsmon.history_minutes}, 'a minute is rolled up');
value('CHECKPOINT');

my ($lsn, $began) = split /\|/, value('SELECT pg_current_wal_flush_lsn(), extract(epoch FROM clock_timestamp())');
wait_for($node, "SELECT extract(epoch FROM clock_timestamp()) > $began + " . 60 * $_, "minute $_") for 1 .. $minutes;
my ($end, $seconds) = split /\|/, value("SELECT pg_current_wal_flush_lsn(), extract(epoch FROM clock_timestamp()) - $began");
my ($bytes, $samples) = split /\|/, value("SELECT '$end'::pg_lsn - '$lsn'::pg_lsn, count(*) FROM opsmon.history_samples WHERE sampled_at >= to_timestamp($began)");
my @kinds = map { [ split /\|/ ] } split /\n/, value(qq{SELECT "resource_manager/record_type", count, record_size, fpi_size
    FROM pg_get_wal_stats('$lsn', '$end', true) WHERE count > 0 ORDER BY record_size + fpi_size DESC LIMIT 8});

# What comes once a day or an hour: two days made and two dropped, with a VACUUM ANALYZE of what they leave in the
# catalogs, and a row of history_hours. A checkpoint before each: the dearest moment.
sub wal_of {
    my ($sql) = @_;
    value('CHECKPOINT');
    my $from = value('SELECT pg_current_wal_insert_lsn()');
    value($sql);
    return value("SELECT pg_current_wal_insert_lsn() - '$from'::pg_lsn");
}
my $day = wal_of(q{SELECT opsmon.make_history_day('history_samples', '2030-01-01'), opsmon.make_history_day('history_minutes', '2030-01-01')})
  + wal_of(q{SELECT opsmon.drop_history_day('history_samples', 'history_samples_20300101'), opsmon.drop_history_day('history_minutes', 'history_minutes_20300101')})
  + wal_of('VACUUM ANALYZE');
my $hour = wal_of(q{SELECT opsmon.roll_up_hours(min(at), max(at) + interval '1 minute') FROM opsmon.history_minutes});
my $an_hour = $bytes / $seconds * 3600 + $day / 24 + $hour;
$_->signal('TERM') for @receivers, $sessions;
eval { $_->finish } for @receivers, $sessions;

my $kb = sub { sprintf '%.0f', $_[0] / 1024 };
found('### WAL an hour of a server at rest, with history', '',
    sprintf('%d real minutes at 10 s, %d samples, five consumers, ten slots, a hundred sessions, a checkpoint every five minutes; everything '
        . 'the server wrote is counted. Autovacuum is off; a day made, dropped, vacuumed and analyzed away, and a row of history_hours, were measured apart.', $minutes, $samples), '');
table([ 'what', 'kB an hour' ], [ 'in these minutes, times ' . sprintf('%.1f', 3600 / $seconds), $kb->($bytes / $seconds * 3600) ],
    [ 'days made and dropped, 1/24', $kb->($day / 24) ], [ 'the row of an hour', $kb->($hour) ], [ '**all**', '**' . $kb->($an_hour) . '**' ]);
table([ 'record', 'count', 'bytes', 'full pages, bytes' ], @kinds);
cmp_ok($an_hour, '<', 1024 * 1024, 'less than 1 MB of WAL an hour');

# ---- trends over tens of millions of rows

value(q{ALTER SYSTEM SET opsmon.history_retention = 0; ALTER SYSTEM SET wal_keep_size = 0});
$node->reload;
value(q{SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots});
$node->safe_psql('postgres', slurp_file("$FindBin::RealBin/tools/thirty_days.sql"));
my ($rows, $values, $size) = split /\|/, value(q{
    SELECT count(*), sum(1 + cardinality(volumes) + cardinality(slots) + cardinality(consumers) + cardinality(session_state)),
           (SELECT pg_size_pretty(sum(pg_total_relation_size(inhrelid))) FROM pg_inherits WHERE inhparent IN ('opsmon.history_samples'::regclass, 'opsmon.history_minutes'::regclass))
      FROM opsmon.history_samples});
cmp_ok($values, '>', 20_000_000, 'tens of millions of rows in the views');

# The backend's own processor time, in a session of its own each: nothing is cached there.
value(q{CREATE FUNCTION cost(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE before int8; n int8;
BEGIN
    before := split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::int8;
    EXECUTE 'SELECT count(*) FROM ' || query INTO n;
    RETURN round((split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::int8 - before) / 1e6, 1);
END $$});
my @trends = map { [ $_, do { my $query = $_; my $to = q{(now() AT TIME ZONE 'UTC')::date::timestamp AT TIME ZONE 'UTC'};
    my $call = $query =~ s/\)$/, until => $to)/r;
    my (@cpu, @wall, $buckets);
    for (1 .. 5) {
        push @cpu, value(q{SELECT cost($q$} . $call . q{$q$)});
        my ($n, $ms) = split /\|/, value(qq{SELECT n, round(1000 * extract(epoch FROM clock_timestamp() - statement_timestamp()), 1) FROM (SELECT count(*) AS n FROM $call OFFSET 0) t});
        push @wall, $ms;
        $buckets = $n;
    }
    ($buckets, median(@cpu), median(@wall)) } ] }
  (q{opsmon.wal_trend('1 day')}, q{opsmon.volume_trend('1 day')}, q{opsmon.slot_trend('slot_50', '1 day')}, q{opsmon.replication_trend('slot_1', '1 day')},
    q{opsmon.activity_trend('1 day')}, q{opsmon.slot_trend('slot_50', '1 hour')}, q{opsmon.slot_trend('slot_50', '7 days')}, q{opsmon.slot_trend('slot_50', '30 days')},
    q{opsmon.timeline((now() AT TIME ZONE 'UTC')::date - interval '1 day')});
found('### Trends over thirty days', '', "$rows samples with a hundred slots, $values rows in the views, $size. Each in a new session, median of five; wall time on a machine with other work to do.", '');
table([ 'asked', 'buckets or lines', 'processor ms', 'wall ms' ], map { [ "`$_->[0]`", @$_[1 .. 3] ] } @trends);
for my $trend (@trends) {
    cmp_ok($trend->[2], '<', 100, "$trend->[0] takes less than 100 ms of processor time") if $trend->[0] =~ /trend\(.*1 day/;
}
$node->stop('immediate');
done_testing();

# A clock that jumps by years, there and back: no sample is lost, no history is dropped, and the number of
# partitions stays small.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $tmp = $PostgreSQL::Test::Utils::tmp_check;
my $library = "$tmp/wrong_clock.so";
system_or_bail('g++', '-std=c++20', '-O1', '-shared', '-fPIC', '-o', $library,
    "$FindBin::RealBin/../drills/tools/wrong_clock.cpp", '-ldl');
my $clock = "$tmp/clock";
sub set_clock {
    my ($seconds) = @_;
    open my $file, -e $clock ? '+<' : '>', $clock or die "$clock: $!";
    syswrite $file, pack('q', $seconds);
    close $file;
    return;
}
my $year = 365 * 24 * 3600;
set_clock(0);
my $node = new_node('primary');
{
    local $ENV{LD_PRELOAD} = $library;
    local $ENV{WRONG_CLOCK_FILE} = $clock;
    $node->start;
}
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
sub value { return $node->safe_psql('postgres', $_[0]); }
sub wait_for { $node->poll_query_until('postgres', $_[0]) or die "timed out waiting for $_[0]"; return; }
my $recorded = q{SELECT count(*) FROM opsmon.history_wal WHERE sampled_at > clock_timestamp() - interval '1 hour'};
my $unwritten = q{SELECT count(*) FROM opsmon.live_samples() l
    WHERE abs(extract(epoch FROM l.sampled_at - clock_timestamp())) < 3600
      AND NOT EXISTS (SELECT FROM opsmon.history_samples h WHERE h.sampled_at = l.sampled_at)};
# A day the server spent in the future has its place among the thirty, and the one after it, made ahead.
my $lost = q{SELECT count(*) FROM month m WHERE NOT EXISTS (SELECT FROM opsmon.history_days('history_samples') d WHERE d.day = m.day)};
my $may_be_lost = 0;

wait_for("SELECT ($recorded) > 3");
# A full month, so that there is something to lose.
$node->safe_psql('postgres', q{
    DO $$ BEGIN
        FOR i IN 1..30 LOOP
            PERFORM opsmon.make_history_day('history_samples', (clock_timestamp() AT TIME ZONE 'UTC')::date - i);
        END LOOP;
    END $$;
    CREATE TABLE month AS SELECT day FROM opsmon.history_days('history_samples')});

for my $years (50, -20, 70, 0) {
    set_clock($years * $year);
    $may_be_lost += 2 if $years > 0;
    wait_until($node, q{recorder = 'recording'});
    wait_for("SELECT extract(year FROM clock_timestamp()) - 2026 BETWEEN $years - 1 AND $years + 1");
    wait_for("SELECT ($recorded) > 3");
    pass("$years years: samples are written");
    # What the sampler does once a minute, at once and more than once.
    my $pid = worker_pid($node, 'sampler');
    kill 'TERM', $pid;
    wait_for_new_worker($node, 'sampler', $pid);
    wait_until($node, q{recorder = 'recording' AND sampler_ticks > 5});
    value('SELECT opsmon.tidy_history(43200)') for 1 .. 3;
    wait_for("SELECT ($unwritten) <= 1");
    pass("$years years: none is lost");
    cmp_ok(value($lost), '<=', $may_be_lost, "$years years: the month is still there");
}
cmp_ok(value(q{SELECT count(*) FROM opsmon.history_days('history_samples')}), '<', 45, 'a_few_partitions_are_left_behind');
is(value('SELECT recorder_failures FROM opsmon.status'), '0', 'nothing_failed');
cmp_ok(value(q{SELECT count(*) FROM opsmon.wal_trend('1 hour')}), '>', 0, 'trends answer');
is(value(q{SELECT count(*) FROM opsmon.wal_trend('10 years') WHERE wal_bytes_per_second_max < 0}), '0', 'and have no negative rate');

# Very many jumps: what lies farthest in the future goes.
$node->safe_psql('postgres', q{
    SELECT opsmon.make_history_day('history_samples', (clock_timestamp() AT TIME ZONE 'UTC')::date + 1000 + i) FROM generate_series(1, 60) i});
wait_for(q{WITH t AS MATERIALIZED (SELECT opsmon.tidy_history(43200)) SELECT (SELECT count(*) FROM t) = 1 AND count(*) <= 71 FROM opsmon.history_days('history_samples')});
cmp_ok(value($lost), '<=', $may_be_lost, 'and nothing of the past month');

$node->stop;
done_testing();

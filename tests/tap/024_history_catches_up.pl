# What cannot be written waits in memory: behind a fence, on a volume that is short, behind a lock, while the
# sampler is away. Afterwards there is no hole and nothing twice. A standby answers from memory alone.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', "restart_after_crash = on\n");

# Samples in memory that are in no table, but for those of the last second, and rows that are there twice.
my $holes = q{SELECT count(*) FROM opsmon.recent_wal r
    WHERE r.sampled_at < clock_timestamp() - interval '1 second' AND NOT EXISTS (SELECT FROM opsmon.history_wal h WHERE h.sampled_at = r.sampled_at)};
sub waits_in_memory {
    my ($state, $count) = @_;
    wait_until($node, "recorder = '$state'");
    my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_wal');
    $node->poll_query_until('postgres', "SELECT ($holes) > $count") or die 'timed out';
    is($node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_wal'), $rows, "$state: nothing is written");
    return;
}
sub is_made_up_for {
    my ($name) = @_;
    wait_until($node, q{recorder = 'recording'});
    $node->poll_query_until('postgres', "SELECT ($holes) = 0") or die 'timed out';
    pass("$name: what waited in memory is written");
    is($node->safe_psql('postgres', q{SELECT count(*) - count(DISTINCT sampled_at) FROM opsmon.history_wal}), '0', "$name: nothing twice");
    return;
}
sub set_and_reload {
    my (%settings) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET $_ = $settings{$_}") for sort keys %settings;
    $node->reload;
    return;
}

# --- the fence -----------------------------------------------------------------------------------------------
$node->safe_psql('postgres', q{SELECT opsmon.fence(true, 'the test')});
waits_in_memory('fenced', 5);
# the sampler may go and come: memory stays
my $sampler = worker_pid($node, 'sampler');
kill 'TERM', $sampler;
wait_for_new_worker($node, 'sampler', $sampler);
waits_in_memory('fenced', 10);
$node->safe_psql('postgres', q{SELECT opsmon.fence(false)});
is_made_up_for('fence');

# --- a volume that is short ----------------------------------------------------------------------------------
my $all = 2_000_000_000; # MB: more than there is
set_and_reload('opsmon.watch_free' => $all + 2, 'opsmon.relieve_free' => $all);
waits_in_memory('volume short', 3);
is($node->safe_psql('postgres', q{SELECT rung FROM opsmon.guard WHERE volume = 'wal'}), 'relieve', 'that is the rung');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;
is_made_up_for('short volume');
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM opsmon.guard_events WHERE to_rung = 'relieve'}) or die 'timed out';
pass('the_ledger_is_kept_meanwhile');

# --- a lock, for more samples than one transaction writes ----------------------------------------------------
set_and_reload('opsmon.sample_interval' => q{'100ms'});
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE opsmon.history_samples IN ACCESS EXCLUSIVE MODE');
my $before = $node->safe_psql('postgres', 'SELECT max("position") FROM opsmon.live_samples()');
$node->poll_query_until('postgres', qq{SELECT count(*) > 80 FROM opsmon.live_samples($before)}) or die 'timed out';
is(status($node, 'recorder'), 'failing', 'the recorder fails behind a lock');
$holder->query_safe('COMMIT');
$holder->quit;
is_made_up_for('lock');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;

# --- switched off: nobody wanted it, so it is not made up for ------------------------------------------------
set_and_reload('opsmon.history_retention' => 0);
wait_until($node, q{recorder = 'off'});
my $off = $node->safe_psql('postgres', 'SELECT max("position") FROM opsmon.live_samples()');
$node->poll_query_until('postgres', "SELECT count(*) > 3 FROM opsmon.live_samples($off)") or die 'timed out';
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;
wait_until($node, q{recorder = 'recording'});
$node->poll_query_until('postgres', "SELECT ($holes) >= 3") or die 'timed out';
pass('what_nobody_wanted_is_not_written_later');

# --- a crash -------------------------------------------------------------------------------------------------
my $epochs = $node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_epochs');
crash($node, worker_pid($node, 'sampler'));
$node->poll_query_until('postgres', "SELECT count(*) > $epochs FROM opsmon.history_epochs") or die 'timed out';
is($node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_epochs'), $epochs + 1, 'a_crash_begins_an_epoch');
is($node->safe_psql('postgres', q{SELECT count(*) - count(DISTINCT sampled_at) FROM opsmon.history_wal}), '0', 'and_writes_nothing_twice');
is($node->safe_psql('postgres', q{SELECT count(*) FROM opsmon.timeline(now() - interval '1 hour') WHERE what = 'server' AND detail LIKE 'started%'}),
    '2', 'which_the_timeline_tells');

# --- a standby, and its promotion ----------------------------------------------------------------------------
my $standby = new_standby($node, 'standby_1');
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM opsmon.history_replication WHERE consumer = 'standby_1' AND state = 'streaming'}) or die 'timed out';
$node->wait_for_catchup($standby, 'replay');
$standby->poll_query_until('postgres', q{SELECT count(*) > 3 FROM opsmon.recent_wal}) or die 'timed out';
is($standby->safe_psql('postgres', q{SELECT bool_and(current_lsn IS NOT NULL AND directory_bytes > 0) FROM opsmon.recent_wal}),
    't', 'a_standby_has_its_last_hour_in_memory');
cmp_ok($standby->safe_psql('postgres', q{SELECT count(*) FROM opsmon.recent_volumes WHERE volume = 'wal' AND free_bytes > 0}), '>', 0, 'its volumes too');
cmp_ok($standby->safe_psql('postgres', q{SELECT count(*) FROM opsmon.wal_trend('1 hour')}), '>', 0, 'and_the_trends_of_its_primary');
cmp_ok($standby->safe_psql('postgres', q{SELECT count(*) FROM opsmon.timeline(now() - interval '1 hour')}), '>', 0, 'and_the_timeline');
like($node->safe_psql('postgres', q{SELECT string_agg(detail, '; ') FROM opsmon.timeline(now() - interval '1 hour') WHERE what = 'replication'}),
    qr/standby_1 is connected: (startup|catchup|streaming|backup)/, 'the primary tells that it came');
$node->stop;
$standby->promote;
$standby->poll_query_until('postgres', q{SELECT count(*) > 3 FROM opsmon.history_wal WHERE timeline = 2}) or die 'timed out';
is($standby->safe_psql('postgres', q{SELECT count(*) FROM opsmon.live_samples() l JOIN opsmon.history_samples h USING (sampled_at) WHERE l.in_recovery}),
    '0', 'what_it_saw_as_a_standby_is_not_mixed_in');
is($standby->safe_psql('postgres', q{SELECT count(*) - count(DISTINCT sampled_at) FROM opsmon.history_wal}), '0', 'nothing twice');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM opsmon.timeline(now() - interval '1 hour') WHERE detail = 'promoted: timeline 1 -> 2'}),
    '1', 'the_timeline_tells_the_promotion');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM opsmon.wal_trend('1 hour') WHERE wal_bytes < 0 OR wal_bytes_per_second_max > 10 * 1024 ^ 3}),
    '0', 'no_rate_is_taken_across_it');
$standby->stop;
done_testing();

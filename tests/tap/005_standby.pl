# Standbys: the live views work there, lag is told right on both sides, promotion turns recording on,
# and a synchronous standby that is gone does not hold up the monitoring.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $primary = start_primary('primary');
my $standby = new_standby($primary, 'standby_1');
$primary->wait_for_catchup($standby, 'replay');

wait_until($primary, q{consumer = 'standby_1' AND state = 'streaming' AND lag_bytes IS NOT NULL}, 'replication');
is($primary->safe_psql('postgres', q{SELECT slot_name, client_addr IS NULL, client_port IS NULL, sync_state FROM opsmon.replication}),
    'standby_1|t|t|async', 'a sender over a unix socket has no address, and a name');
is($primary->safe_psql('postgres', q{SELECT active, active_pid = (SELECT pid FROM opsmon.replication), inactive_since IS NULL FROM opsmon.slots}),
    't|t|t', 'its slot is active');

# On the standby itself.
wait_until($standby, q{in_recovery AND recorder = 'standby' AND guard_age < '2s' AND sampler_age < '2s'});
pass('live_views_work_on_a_standby');
is($standby->safe_psql('postgres', q{SELECT insert_lsn IS NULL AND flush_lsn IS NULL AND receive_lsn IS NOT NULL AND replay_lsn IS NOT NULL AND current_lsn IS NOT NULL AND directory_bytes > 0 FROM opsmon.wal}),
    't', 'a standby knows what it received and replayed, and wrote nothing');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM opsmon.volumes WHERE free_bytes > 0}), '2',
    'and its volumes');

# A consumer that is frozen: the sent position and the state go on telling that all is well.
my $receiver = $standby->safe_psql('postgres', 'SELECT pid FROM pg_stat_wal_receiver');
kill 'STOP', $receiver;
# more than socket buffers hold; in two steps, because progress is only seen at the guard's next look
my $burst = q{SELECT pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000)) FROM generate_series(1, 20)};
$primary->safe_psql('postgres', $burst);
wait_until($primary, q{lag_bytes > 8 * 1024 * 1024 AND state = 'streaming'}, 'replication');
pass('lag_counts_wal_that_was_never_sent');
$primary->safe_psql('postgres', $burst);
wait_until($primary, q{active AND retained_bytes > 8 * 1024 * 1024 AND wal_since_progress_bytes > 8 * 1024 * 1024}, 'slots');
pass('an_active_slot_that_does_not_move_shows_it');
kill 'CONT', $receiver;
wait_until($primary, q{lag_bytes < 1024 * 1024 AND wal_since_progress_bytes < 1024 * 1024}, 'replication r JOIN opsmon.slots s USING (slot_name)');

# A standby that vanishes.
vanish($standby) or die 'the standby is still there';
wait_until($primary, q{NOT active AND inactive_since IS NOT NULL}, 'slots');
my $since = $primary->safe_psql('postgres', q{SELECT inactive_since FROM opsmon.slots});
$primary->safe_psql('postgres', 'CREATE TABLE t AS SELECT generate_series(1, 1000)');
wait_until($primary, q{wal_since_progress_bytes > 0 AND retained_bytes > 0}, 'slots');
is($primary->safe_psql('postgres', q{SELECT inactive_since FROM opsmon.slots}), $since,
    'remembers_since_when_a_consumer_is_gone');
is($primary->safe_psql('postgres', q{SELECT last_active_at < inactive_since AND last_active_at > inactive_since - interval '1min' FROM opsmon.slots}),
    't', 'and_when_it_was_last_there');
is($primary->safe_psql('postgres', q{SELECT largest_holder FROM opsmon.status}), 'standby_1',
    'status_names_who_holds_the_most');
is($primary->safe_psql('postgres', q{SELECT count(*) FROM opsmon.replication}), '0',
    'a vanished sender is not shown from an older sample');

# Synchronous replication to it: commits hang, the recorder's do not.
$primary->append_conf('postgresql.conf', "synchronous_standby_names = 'standby_1'\n");
$primary->reload;
my $rows = $primary->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_wal');
$primary->poll_query_until('postgres', "SELECT count(*) > $rows + 3 FROM opsmon.history_wal")
  or die 'timed out waiting for history';
is(status($primary, 'recorder'), 'recording', 'a_lost_synchronous_standby_does_not_hold_up_the_recorder');
$primary->append_conf('postgresql.conf', "synchronous_standby_names = ''\n");
$primary->reload;

# Promotion: the same worker processes go on, and start to record.
$standby->start;
wait_until($standby, q{recorder = 'standby' AND sampler_ticks > 0});
my ($guard, $sampler) = (worker_pid($standby, 'guard'), worker_pid($standby, 'sampler'));
$standby->promote;
wait_until($standby, q{NOT in_recovery AND timeline = 2 AND recorder = 'recording'});
is(worker_pid($standby, 'guard') . worker_pid($standby, 'sampler'), $guard . $sampler,
    'promotion_turns_recording_on_without_a_new_process');
is($standby->safe_psql('postgres', q{SELECT insert_lsn IS NOT NULL AND replay_lsn IS NULL FROM opsmon.wal}),
    't', 'and the positions are a primary\'s');

$_->stop for $primary, $standby;
done_testing();

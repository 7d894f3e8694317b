# The receiving side: a standby says how it gets its WAL, and never shows no lag when it gets none.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $primary = start_primary('primary');
my $standby = new_standby($primary, 'standby_1', <<'END');
max_standby_streaming_delay = -1
wal_retrieve_retry_interval = 100ms
wal_receiver_timeout = 2s
END
$primary->safe_psql('postgres', 'CREATE TABLE t (x int)');
$primary->wait_for_catchup($standby, 'replay');
my $ask = sub { return $standby->safe_psql('postgres', $_[0]) };

is($primary->safe_psql('postgres', 'SELECT count(*) FROM opsmon.receiver'), '0', 'a_primary_receives_nothing');
wait_until($standby, q{state = 'streaming' AND reason IS NULL AND lag_bytes = 0 AND lag = '0' AND slot_name = 'standby_1' AND NOT replay_paused}, 'receiver');
pass('a_standby_that_streams_says_so');
wait_until($standby, q{severity = 'ok' AND verdict LIKE 'All is well: streaming from its upstream, WAL volume % free'});
pass('and_is_well');
is($ask->("SELECT count(*) >= 0 FROM opsmon.$_"), 't', "$_ works on a standby")
  for qw(slow_queries statements blocking xmin_horizon wraparound idle_in_transaction advice wal_retention receiver status);

# Replay paused: what waits is counted, and the lag is real.
$ask->('SELECT pg_wal_replay_pause()');
$primary->safe_psql('postgres', 'INSERT INTO t SELECT generate_series(1, 1000)');
wait_until($standby, q{state = 'replay paused' AND lag_bytes > 50000 AND not_replayed_bytes > 50000 AND lag > '0' AND reason LIKE '%pg_wal_replay_resume()%'}, 'receiver');
pass('a_paused_replay_shows_its_lag_and_what_to_type');
wait_until($standby, q{severity = 'warning' AND verdict LIKE 'Replay is paused, and % of WAL wait for it'});
pass('and_the_verdict_says_it');
$ask->('SELECT pg_wal_replay_resume()');
wait_until($standby, q{state = 'streaming' AND lag_bytes = 0}, 'receiver');

# A query that replay must wait for.
my $reader = $standby->background_psql('postgres');
$reader->query_safe('BEGIN; SELECT count(*) FROM t');
$primary->safe_psql('postgres', 'TRUNCATE t');
wait_until($standby, q{state = 'replay waits for a query' AND lag_bytes > 0 AND reason LIKE '%max_standby_streaming_delay%'}, 'receiver');
pass('a_query_that_holds_replay_up_is_told');
$reader->query_safe('COMMIT');
wait_until($standby, q{state = 'streaming' AND lag_bytes = 0}, 'receiver');

# A lock that came from the primary: nobody here can end it.
my $locker = $primary->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE t');
$primary->safe_psql('postgres', 'SELECT pg_log_standby_snapshot()') if $primary->pg_version >= 16;
$primary->safe_psql('postgres', 'CREATE TABLE flush (x int)');
$primary->wait_for_catchup($standby, 'replay');
my $reader_pid = $reader->query_safe('SELECT pg_backend_pid()');
$reader->query_until(qr/sent/, "\\echo sent\nSELECT count(*) FROM t;\n");
wait_until($standby, "pid = $reader_pid AND depth = 1 AND lock = 'public.t'", 'blocking');
is($ask->('SELECT backend_type, blocks, to_end_it IS NULL FROM opsmon.blocking WHERE depth = 0'), 'startup|1|t',
    'what_the_primary_has_locked_is_shown_and_not_to_be_ended_here');
$locker->query_safe('COMMIT');
$standby->poll_query_until('postgres', 'SELECT count(*) = 0 FROM opsmon.blocking') or die 'timed out';
eval { $reader->quit };
$locker->quit;

# A receiver that is frozen: its row stands there as before.
my $receiver = $ask->('SELECT pid FROM opsmon.receiver');
kill 'STOP', $receiver;
wait_until($standby, q{state = 'silent stream' AND lag_bytes IS NULL AND lag IS NULL AND status = 'streaming' AND reason LIKE 'nothing was heard of the primary for % s'}, 'receiver');
pass('a_silent_stream_has_no_lag');
wait_until($standby, q{severity = 'critical' AND verdict LIKE 'The server this standby receives from was not heard of for %'});
pass('and_the_verdict_says_that_too');
kill 'CONT', $receiver;
wait_until($standby, q{state = 'streaming'}, 'receiver');

# A broken stream: all that was received is replayed, which is not the same as no lag.
$primary->stop('immediate');
wait_until($standby, q{state = 'broken stream' AND lag_bytes IS NULL AND lag IS NULL AND not_replayed_bytes < 1000000 AND pid IS NULL AND reason LIKE 'no WAL receiver runs: nothing arrives%'}, 'receiver');
pass('a_broken_stream_has_no_lag_but_a_reason');
wait_until($standby, q{severity = 'critical' AND verdict LIKE 'This standby receives nothing: its stream is broken%'});
pass('and_is_not_well');
$ask->('SELECT pg_wal_replay_pause()');
wait_until($standby, q{state = 'broken stream, replay paused' AND lag_bytes IS NULL}, 'receiver');
pass('both_at_once_are_both_told');
$ask->('SELECT pg_wal_replay_resume()');
$primary->start;
wait_until($standby, q{state = 'streaming' AND lag_bytes IS NOT NULL}, 'receiver');
pass('and_it_is_well_when_it_streams_again');

# Without an address of a primary nobody is missed.
$standby->append_conf('postgresql.conf', "primary_conninfo = ''\nrestore_command = 'false'\n");
$standby->reload;
wait_until($standby, q{state = 'no stream' AND lag_bytes IS NULL AND lag IS NULL AND reason LIKE 'primary_conninfo is empty%'}, 'receiver');
pass('a_standby_that_only_restores_knows_no_lag');

$standby->promote;
$standby->poll_query_until('postgres', 'SELECT count(*) = 0 FROM opsmon.receiver') or die 'timed out';
pass('after_a_promotion_nothing_is_received');

$_->stop for $standby, $primary;
done_testing();

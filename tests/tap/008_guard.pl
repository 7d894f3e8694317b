# The guard decides: rungs by threshold, hysteresis, its ledger and its log, who holds what; and it stands
# where it stood after a restart of its own.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

# More than any volume has, and less than any volume of a test has free: the thresholds alone decide.
my $huge = 2_000_000_000;
my %small = (rescue_free => 16, fence_free => 64, evict_free => 80, relieve_free => 100, watch_free => 120);

# From the start, or the guard of a machine with little room has something to leave first.
my $node = start_primary('primary', "max_wal_size = 64MB\nmin_wal_size = 32MB\n" . join '', map { "opsmon.$_ = $small{$_}MB\n" } sort keys %small);
wait_until($node, q{volume = 'wal'}, 'guard');

sub set_free {
    my (%mb) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET opsmon.$_ = '$mb{$_}MB'") for sort keys %mb;
    $node->reload;
    return;
}
set_free(%small);
wait_until($node, q{volume = 'wal' AND rung = 'calm' AND watch_free_bytes = 120 * 1024 * 1024}, 'guard');
my $calm_events = $node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.live_guard_events()');
my $position = -s $node->logfile;
set_free(watch_free => $huge);
wait_until($node, q{volume = 'wal' AND rung = 'watch' AND since IS NOT NULL}, 'guard');
wait_until($node, q{volume = 'data' AND rung = 'watch'}, 'guard');
pass('a_rung_is_entered_below_its_threshold');
wait_until($node, q{volume = 'wal' AND from_rung = 'calm' AND to_rung = 'watch' AND reason = 'free bytes' AND usable_bytes > 0}, 'guard_events');
pass('the_ledger_has_the_decision_with_its_reason_and_numbers');
like(log_since($node, $position), qr/LOG:  opsmon guard: wal volume: watch \(was calm\): \d+ of \d+ MB usable/,
    'and_so_has_the_log_in_one_line');

# A guard that ends and comes back stands where it stood, and does not decide again what it decided.
my $guard = worker_pid($node, 'guard');
my $since = $node->safe_psql('postgres', q{SELECT since FROM opsmon.guard WHERE volume = 'wal'});
kill 'TERM', $guard;
wait_for_new_worker($node, 'guard', $guard);
is($node->safe_psql('postgres', q{SELECT rung, since FROM opsmon.guard WHERE volume = 'wal'}), "watch|$since",
    'a_guard_started_again_stands_where_it_stood');
is($node->safe_psql('postgres', q{SELECT count(*) FROM opsmon.live_guard_events()}), $calm_events + 1, 'and decided nothing twice; one volume has one ladder');

# Thresholds in an impossible order are not followed.
set_free(watch_free => 1, relieve_free => $huge);
wait_until($node, q{volume = 'wal' AND thresholds_refused}, 'guard');
isnt($node->safe_psql('postgres', q{SELECT watch_free_bytes FROM opsmon.guard WHERE volume = 'wal'}),
    1024 * 1024, 'impossible_thresholds_are_refused');

# Better again: not at once, but by itself.
set_free(%small);
wait_until($node, q{volume = 'wal' AND from_rung = 'watch' AND reason = 'recovered'}, 'guard_events');
is($node->safe_psql('postgres', qq{SELECT at - '$since' >= interval '10 s' FROM opsmon.guard_events WHERE volume = 'wal' AND reason = 'recovered'}),
    't', 'a_rung_is_left_after_a_while');

# Off: it stands nowhere.
set_free(watch_free => $huge);
wait_until($node, q{volume = 'wal' AND rung = 'watch'}, 'guard');
$node->safe_psql('postgres', 'ALTER SYSTEM SET opsmon.guard = off');
$node->reload;
wait_until($node, q{volume = 'wal' AND mode = 'off' AND rung = 'calm'}, 'guard');
pass('a_guard_that_is_off_stands_nowhere');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;

# The ledger is not history: it is kept also when no history is.
$node->safe_psql('postgres', 'ALTER SYSTEM SET opsmon.history_retention = 0');
set_free(%small, watch_free => $huge);
wait_until($node, q{recorder = 'off'});
my $last = $node->safe_psql('postgres', q{SELECT max(number) FROM opsmon.live_guard_events() WHERE to_rung = 'watch'});
wait_until($node, "number = $last", 'guard_events');
pass('the_ledger_is_kept_without_history');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;

# Who holds WAL, and what it would free.
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('older', true)});
my $fill = q{SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, 40)};
$node->safe_psql('postgres', $fill);
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('younger', true)});
$node->safe_psql('postgres', "$fill; CHECKPOINT");
wait_until($node, q{name = 'older' AND marginal_bytes > 16 * 1024 * 1024 AND held_bytes > 64 * 1024 * 1024}, 'wal_retention');
is($node->safe_psql('postgres', q{SELECT marginal_bytes FROM opsmon.wal_retention WHERE name = 'younger'}), '0',
    'the_younger_of_two_slots_would_free_nothing');

# A prediction is worth what comes true: the bytes named are the bytes freed.
my $predicted = $node->safe_psql('postgres', q{SELECT marginal_bytes FROM opsmon.wal_retention WHERE name = 'older'});
my $oldest = q{SELECT ('x' || substr(min(name), 17))::bit(32)::int FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'};
$node->safe_psql('postgres', 'CHECKPOINT');
my $before = $node->safe_psql('postgres', $oldest);
$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('older')});
$node->safe_psql('postgres', 'CHECKPOINT');
my $after = $node->safe_psql('postgres', $oldest);
is(($after - $before) * 16 * 1024 * 1024, $predicted, 'marginal_bytes_are_what_a_drop_frees');
# The freed segments lie ahead now, to be written again: room, and counted as such.
wait_until($node, q{volume = 'wal' AND reusable_bytes > 0}, 'guard');
pass('recycled_segments_count_as_room');

# An archiver that fails holds WAL too.
$node->append_conf('postgresql.conf', "archive_mode = on\narchive_command = 'false'\n");
$node->restart;
$node->safe_psql('postgres', "$fill; SELECT pg_switch_wal()");
wait_until($node, q{holder = 'archiver' AND held_bytes > 16 * 1024 * 1024}, 'wal_retention');
pass('a_failing_archiver_is_a_holder');

$node->stop;
done_testing();

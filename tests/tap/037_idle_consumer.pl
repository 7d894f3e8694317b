# A consumer that had nothing to take for longer than opsmon.stall_time, and then a lot at once: its position moves at its
# next status message and not before, so for that long it has not stalled, and the guard does not take it.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $stall_s = 6;
my $node = start_primary('primary', <<"END");
max_wal_size = 10GB
checkpoint_timeout = 1h
autovacuum = off
opsmon.stall_time = ${stall_s}s
opsmon.stall_bytes = 32MB
END
sub sql { return $node->safe_psql('postgres', $_[0]) }

sql(q{SELECT pg_create_physical_replication_slot('live', true)});
my $folder = PostgreSQL::Test::Utils::tempdir;
# One that sends no status by itself; nor does it at the end of a segment.
my $receiver = IPC::Run::start([ 'pg_receivewal', '-S', 'live', '--no-sync', '--status-interval', '3600', '-D', $folder, '-d', $node->connstr('postgres') ],
    '<', \undef, '>', \my $out, '2>', \my $err);
wait_until($node, q{slot_name = 'live' AND active}, 'slots');
wait_until($node, qq{slot_name = 'live' AND last_progress_at < now() - interval '@{[ $stall_s + 1 ]} s'}, 'slots');

# More than any volume has: the guard stands at the rung on which it evicts.
sql("ALTER SYSTEM SET opsmon.$_") for "evict_free = '2000000000MB'", "relieve_free = '2000000001MB'", "watch_free = '2000000002MB'", q{guard = 'enforce'};
$node->reload;
wait_until($node, q{volume = 'wal' AND rung = 'evict'}, 'guard');
my $began = sql('SELECT clock_timestamp()');
sql(q{SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, 100)});
wait_until($node, q{slot_name = 'live' AND retained_bytes > 90 * 1024 * 1024}, 'slots');
wait_until($node, qq{clock_timestamp() > '$began'::timestamptz + interval '2 s'});
is(sql(q{SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'live' AND active}), '1', 'a_burst_after_a_rest_takes_nobody');

# It still does not move: from here on it is one that stands.
wait_until($node, q{action = 'evict' AND outcome = 'done' AND target = 'live'}, 'guard_events');
cmp_ok(sql(qq{SELECT extract(epoch FROM min(at) - '$began') FROM opsmon.guard_events WHERE action = 'evict' AND outcome = 'ordered'}), '>=', $stall_s - 0.1,
    'who_does_not_move_when_there_is_something_is_taken_after_stall_time');
eval { $receiver->kill_kill };
$node->stop;
done_testing();

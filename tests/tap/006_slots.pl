# Slots in every state: reserved, lost, never reserved, logical, temporary, many. What opsmon shows is
# what pg_replication_slots shows, and a slot that lost its WAL never looks healthy.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary',
    # no checkpoint but ours: it is what takes WAL away
    "wal_level = logical\nmax_replication_slots = 40\nmax_wal_size = 10GB\ncheckpoint_timeout = 1h\n");

$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('lost_soon', true);
    SELECT pg_create_logical_replication_slot('decoding', 'test_decoding') });
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('never_reserved')});
$node->poll_query_until('postgres', 'SELECT count(*) = 3 FROM opsmon.slots') or die 'timed out';
is($node->safe_psql('postgres', q{
    SELECT slot_name, slot_type, plugin, database, temporary, active, wal_status,
           retained_bytes IS NULL, unconfirmed_bytes IS NULL
      FROM opsmon.slots ORDER BY slot_name}), <<'END' =~ s/\n$//r, 'shows each slot for what it is');
decoding|logical|test_decoding|postgres|f|f|reserved|f|f
lost_soon|physical|||f|f|reserved|f|t
never_reserved|physical|||f|f||t|t
END
is($node->safe_psql('postgres', q{SELECT slot_name FROM opsmon.slots WHERE wal_since_progress_bytes IS NULL}),
    'never_reserved', 'a_slot_that_holds_nothing_has_no_missing_progress');

# A cap takes the WAL of both away at the next checkpoint.
$node->append_conf('postgresql.conf', "max_slot_wal_keep_size = 16MB\n");
$node->reload;
wait_until($node, q{safe_wal_size > 0}, 'slots');
$node->safe_psql('postgres', q{SELECT pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000)) FROM generate_series(1, 60)});
wait_until($node, q{slot_name = 'lost_soon' AND safe_wal_size < 0 AND wal_status = 'unreserved'}, 'slots');
pass('a_slot_over_its_cap_has_a_negative_safe_size');
$node->safe_psql('postgres', 'CHECKPOINT');
# The guard may look between the two.
wait_until($node, qq{slot_name = '$_' AND wal_status = 'lost'}, 'slots') for qw(lost_soon decoding);
is($node->safe_psql('postgres', q{
    SELECT wal_status, retained_bytes IS NULL, safe_wal_size IS NULL, unconfirmed_bytes IS NULL, invalidation_reason
      FROM opsmon.slots WHERE slot_name IN ('lost_soon', 'decoding') ORDER BY slot_name}),
    "lost|t|t|t|wal_removed\nlost|t|t|t|wal_removed", 'a_lost_slot_is_shown_as_lost_and_holds_nothing');

is($node->safe_psql('postgres', q{SELECT count(*) FROM opsmon.slots WHERE wal_status = 'lost' AND wal_since_progress_bytes IS NOT NULL}),
    '0', 'a_lost_slot_has_no_missing_progress');

# The same as the server's own view, column by column.
my $temporary = $node->background_psql('postgres');
$temporary->query_safe(q{SELECT pg_create_physical_replication_slot('of_a_session', true, true)});

my $same = q{
    SELECT coalesce(bool_and((s.wal_status, s.restart_lsn, s.confirmed_flush_lsn,
                              s.xmin, s.catalog_xmin, s.active, s.active_pid, s.plugin, s.database,
                              s.temporary, s.two_phase, s.slot_type)
           IS NOT DISTINCT FROM (p.wal_status, p.restart_lsn, p.confirmed_flush_lsn,
                              p.xmin, p.catalog_xmin, p.active, p.active_pid, p.plugin::text, p.database::text,
                              p.temporary, p.two_phase, p.slot_type)
           -- the server's figure for a slot that never reserved any WAL is an accident
           AND (s.wal_status IS NULL OR (s.safe_wal_size IS NULL) = (p.safe_wal_size IS NULL))
           AND abs(coalesce(s.safe_wal_size - p.safe_wal_size, 0)) < 1024 * 1024), false) AND count(*) = 4
      FROM opsmon.slots s FULL JOIN pg_replication_slots p USING (slot_name)};
ok($node->poll_query_until('postgres', $same), 'agrees_with_pg_replication_slots');

# The session ends, and its slot with it.
$temporary->quit;
$node->poll_query_until('postgres', q{SELECT count(*) = 3 FROM opsmon.slots}) or die 'timed out';
pass('a_dropped_slot_is_gone_at_the_next_look');

# A slot that is dropped and made again under its name is a new one.
wait_until($node, q{slot_name = 'never_reserved' AND inactive_since IS NOT NULL}, 'slots');
$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('never_reserved')});
$node->poll_query_until('postgres', q{SELECT count(*) = 2 FROM opsmon.slots}) or die 'timed out';
my $before = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('never_reserved')});
wait_until($node, qq{slot_name = 'never_reserved' AND inactive_since >= '$before'}, 'slots');
pass('a_slot_made_again_starts_a_new_account');

# As many as the server allows.
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('many_' || i, true) FROM generate_series(1, 37) i});
$node->poll_query_until('postgres', q{SELECT count(*) = 40 FROM opsmon.slots}) or die 'timed out';
is(status($node, 'slots_omitted'), '0', 'none is left out');

# No slots allowed at all.
$node->safe_psql('postgres', 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
$node->append_conf('postgresql.conf', "max_replication_slots = 0\n");
$node->restart;
wait_until($node, q{guard_ticks > 2 AND guard_failures = 0});
is($node->safe_psql('postgres', 'SELECT count(*) FROM opsmon.slots'), '0',
    'runs_in_a_server_without_slots');

$node->stop;
done_testing();

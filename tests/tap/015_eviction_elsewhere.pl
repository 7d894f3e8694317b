# Evictions where the server is not an idle primary with an idle slot: on a standby, which frees WAL only
# with a restartpoint, and from a logical consumer of another database.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $primary = start_primary('primary', <<'END');
wal_level = logical
max_wal_size = 10GB
min_wal_size = 32MB
checkpoint_timeout = 1h
autovacuum = off
END
my $standby = new_standby($primary, 'standby');
$standby->poll_query_until('postgres', q{SELECT coalesce(bool_or(guard_ticks > 0), false) FROM opsmon.status}) or die 'timed out';

sub write_wal_and_checkpoint {
    $primary->safe_psql('postgres',
        q{SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, 40)});
    $primary->safe_psql('postgres', 'CHECKPOINT');
    $primary->wait_for_catchup($standby, 'replay', $primary->lsn('write'));
    return;
}

$standby->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('cascaded', true)});
write_wal_and_checkpoint();
$standby->safe_psql('postgres', 'CHECKPOINT');
write_wal_and_checkpoint();
is($standby->safe_psql('postgres', q{SELECT outcome, freed_bytes > 30000000, detail FROM opsmon.evict('cascaded')}), 'done|t|',
    'a_standby_takes_its_own_slot_and_frees_its_wal');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM pg_replication_slots}), '0', 'and the slot is gone');
ok($standby->poll_query_until('postgres',
        q{SELECT count(*) = 1 FROM opsmon.live_guard_events() WHERE action = 'evict' AND outcome = 'done' AND target = 'cascaded'}),
    'the ledger of the standby has it');

# A slot behind the last restartpoint holds nothing that could be removed now.
$standby->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('cascaded', true)});
is($standby->safe_psql('postgres', q{SELECT outcome, freed_bytes > 0, detail FROM opsmon.evict('cascaded')}),
    'done|f|dropped; no WAL was held by this slot alone', 'does_not_wait_for_what_a_standby_cannot_remove_yet');

# A logical consumer of another database, connected and idle.
$primary->safe_psql('postgres', 'CREATE DATABASE other');
$primary->safe_psql('other', q{SELECT pg_create_logical_replication_slot('decoding', 'test_decoding')});
my $client = IPC::Run::start(
    ['pg_recvlogical', '--no-loop', '-d', $primary->connstr('other'), '--slot', 'decoding', '--start', '-f', '-'],
    '>', \my $said, '2>', \my $complained);
$primary->poll_query_until('postgres', q{SELECT active FROM pg_replication_slots WHERE slot_name = 'decoding'}) or die 'timed out';
is($primary->safe_psql('postgres', q{SELECT outcome FROM opsmon.evict('decoding')}), 'done', 'a_logical_consumer_of_another_database_is_ended');
is($primary->safe_psql('postgres', q{SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'decoding'}), '0', 'and its slot dropped');
$client->finish;

# Whoever was not given the right cannot.
$primary->safe_psql('postgres', q{CREATE ROLE nobody LOGIN; GRANT USAGE ON SCHEMA opsmon TO nobody});
my ($code, $out, $error) = $primary->psql('postgres', q{SET ROLE nobody; SELECT * FROM opsmon.evict('standby')});
like($error, qr/permission denied for function evict/, 'an_ordinary_role_may_not_evict');
is($primary->safe_psql('postgres', q{SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'standby'}), '1', 'and has not');

$standby->stop;
$primary->stop;
done_testing();

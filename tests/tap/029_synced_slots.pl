# A slot that was copied to a standby (17 and later) belongs to the primary: here it is not taken.
# When the standby is promoted it is a slot like any other, though the server's mark on it stays.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $primary = start_primary('primary', "wal_level = logical\n");
my $copies = $primary->pg_version >= 17;
my $address = $primary->connstr('postgres') =~ s/'/''/gr; # with a database, to ask for its slots
my $standby = new_standby($primary, 'standby', "hot_standby_feedback = on\nprimary_conninfo = '$address'\n");
sub ask { my ($node, $sql) = @_; return $node->safe_psql('postgres', $sql) }

my $failover = $copies ? ', failover => true' : '';
ask($primary, "SELECT pg_create_logical_replication_slot('reader', 'test_decoding'$failover)");
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
wait_until($standby, 'guard_ticks > 0 AND sampler_ticks > 0');
if ($copies) {
    my $copied = 0;
    for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default) {
        ask($standby, 'SELECT pg_sync_replication_slots()');
        last if $copied = ask($standby, 'SELECT count(*) FROM pg_replication_slots WHERE synced AND NOT temporary');
        # Its position must be one that the standby still has.
        ask($primary, 'SELECT pg_log_standby_snapshot()');
        ask($primary, q{SELECT count(*) FROM pg_logical_slot_get_changes('reader', NULL, NULL)});
        $primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
    }
    is($copied, '1', 'a slot is copied');
    wait_until($standby, q{slot_name = 'reader'}, 'slots');
    my ($code, $out, $error) = $standby->psql('postgres', q{SELECT * FROM opsmon.evict('reader')});
    like($error, qr/replication slot "reader" belongs to the primary/, 'a_copy_is_not_taken');
    is(ask($standby, q{SELECT opsmon.recognise_consumer('reader', NULL, NULL)}), 'slot synchronisation', 'and_known_as_one');
} else {
    is(ask($standby, 'SELECT count(*) FROM opsmon.slots'), '0', 'before_17_no_slot_is_copied');
    is(ask($standby, q{SELECT opsmon.recognise_consumer('reader', NULL, NULL) IS NULL}), 't', 'and_none_is_known_as_a_copy');
}

$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die 'timed out';
ask($standby, q{SELECT pg_create_logical_replication_slot('reader', 'test_decoding')}) if !$copies;
wait_until($standby, q{NOT in_recovery}, 'wal');
wait_until($standby, q{slot_name = 'reader'}, 'slots');
isnt(ask($standby, q{SELECT coalesce(opsmon.recognise_consumer('reader', NULL, NULL), 'nothing')}), 'slot synchronisation',
    'a_copy_of_a_promoted_standby_is_a_copy_no_more');
is(ask($standby, q{SELECT outcome FROM opsmon.evict('reader')}), 'done', 'and_can_be_taken');
is(ask($standby, 'SELECT count(*) FROM pg_replication_slots'), '0', 'it is gone');

$standby->stop;
$primary->stop;
done_testing();

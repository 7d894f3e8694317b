# Advice: each setting that cannot work is told with its numbers and with a statement that is valid, and
# a server on which all is well is left in peace. The settings are absurd because the volumes are not small.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', <<'END');
wal_level = logical
max_wal_size = 1GB
archive_mode = on
archive_command = 'true'
archive_timeout = 1h
opsmon.stall_time = 1s
opsmon.stall_bytes = 1MB
END
my $ask = sub { return $node->safe_psql('postgres', $_[0]) };

sub configure {
    my (%values) = @_;
    $node->append_conf('postgresql.conf', join '', map { "$_ = $values{$_}\n" } sort keys %values);
    $node->reload;
}

sub advised {
    my ($setting, $severity, $reason) = @_;
    wait_until($node, "setting = '$setting' AND severity = '$severity' AND reason LIKE '$reason' AND coalesce(value, '') IS NOT NULL", 'advice');
    pass("$setting: $reason");
}

wait_until($node, q{guard_age < '2s' AND last_recorded_at IS NOT NULL});
is($ask->('SELECT count(*) FROM opsmon.advice'), '0', 'a_healthy_server_gets_no_advice');

configure(archive_timeout => 0);
advised('archive_timeout', 'notice', 'a segment of 16MB is archived when it is full%');
configure(archive_command => "''");
advised('archive_command', 'critical', 'archive_mode is on and nothing says how to archive: WAL is kept and never removed; the volume has % free. Set archive_command or archive_library; or%');
is($ask->(q{SELECT count(*) FROM opsmon.advice WHERE setting = 'archive_timeout'}), '0', 'what_goes_nowhere_is_not_late');
is($ask->(q{SELECT statement IS NULL, reason LIKE '%Set archive_command or archive_library%' FROM opsmon.advice WHERE setting = 'archive_command'}), 't|t', 'what_is_no_statement_stands_in_the_reason');
configure(archive_command => "'true'", archive_timeout => '1h');

configure(wal_keep_size => "'1000TB'");
advised('wal_keep_size', 'critical', '1000 TB are always kept, max_wal_size (1024 MB) comes on top, and all the volume can give pg_wal is %');
configure(wal_keep_size => 0, max_wal_size => "'1000TB'");
advised('max_wal_size', 'critical', 'checkpoints let pg_wal grow to 1000 TB and beyond%');
configure(max_wal_size => '1GB', 'opsmon.watch_free' => '1MB', 'opsmon.evict_free' => '1GB');
advised('opsmon.*_free', 'warning', 'their order is impossible%');
$ask->($_) for split /(?<=;) /, $ask->(q{SELECT statement FROM opsmon.advice WHERE setting = 'opsmon.*_free'});
$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM opsmon.advice WHERE setting = 'opsmon.*_free'}) or die 'timed out';
pass('all thresholds are put back by the statement that is shown');
configure('opsmon.guard' => 'enforce', 'opsmon.ballast_size' => "'1000TB'");
advised('opsmon.ballast_size', 'warning', 'the WAL volume has room for %, and half as much again as opsmon.watch_free (%) must be left%');
configure('opsmon.guard' => 'observe', 'opsmon.ballast_size' => -1, track_activities => 'off');
advised('track_activities', 'notice', 'the server does not say what its sessions do%');
configure(track_activities => 'on', synchronous_standby_names => "'FIRST 2 (a, b)'", synchronous_commit => 'local');
is($ask->(q{SET synchronous_commit = on; SELECT reason FROM opsmon.advice WHERE setting = 'synchronous_standby_names'}),
    'commits wait for 2 of those standbys and 0 are connected: they wait until more come', 'commits_that_wait_for_nobody');
configure(synchronous_standby_names => "''", synchronous_commit => 'on');

# Logical replication of everything takes opsmon's own tables along.
$ask->(q{CREATE PUBLICATION everything FOR ALL TABLES});
advised('opsmon.database', 'warning', 'publication everything is FOR ALL TABLES, and so publishes those of opsmon too%');
$ask->(q{DROP PUBLICATION everything});

# With a slot there is somebody to wait for.
$ask->(q{SELECT pg_create_physical_replication_slot('orphan', true)});
configure(wal_sender_timeout => 0);
advised('wal_sender_timeout', 'warning', 'a consumer that hangs or is cut off is never noticed, and its slot stays active (slots: 1, connections: 0)');
configure(wal_sender_timeout => '1min', max_slot_wal_keep_size => "'1000TB'");
advised('max_slot_wal_keep_size', 'warning', 'a slot may hold 1000 TB and up to max_wal_size (1024 MB) is written before%');
configure(max_slot_wal_keep_size => -1);
my $room_mb = $ask->(q{SELECT (v.free_bytes + w.directory_bytes) / 1048576 FROM opsmon.volumes v, opsmon.wal w WHERE v.volume = 'wal'});
configure(max_wal_size => int($room_mb / 12) . 'MB');
advised('max_slot_wal_keep_size', 'warning', 'nothing limits what a slot holds (slots: 1), all the volume can give pg_wal is %, and with opsmon.guard = observe nobody is evicted before it is full%');
configure(max_wal_size => '1GB');

# A slot that holds much already: no cap below that, and none at all where no cap would help.
$ask->(q{SELECT pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000)) FROM generate_series(1, 70)});
wait_until($node, q{retained_bytes > 60000000}, 'slots');
configure(max_slot_wal_keep_size => "'1000TB'");
wait_until($node, q{setting = 'max_slot_wal_keep_size' AND value = '1000 TB'}, 'advice');
is($ask->(q{SELECT pg_size_bytes((regexp_match(a.statement, '= ''(\d+MB)'''))[1]) > s.retained_bytes + 67108864,
                   a.reason ~ '; a slot holds \d+ MB now, and with a cap below that it would be lost at the next checkpoint$'
              FROM opsmon.advice a, opsmon.slots s WHERE a.setting = 'max_slot_wal_keep_size'}), 't|t', 'no_cap_is_advised_that_loses_a_slot');
configure(max_wal_size => "'1000TB'");
wait_until($node, q{setting = 'max_wal_size'}, 'advice');
is($ask->(q{SELECT pg_size_bytes((regexp_match(c.statement, '= ''(\d+MB)'''))[1]) + pg_size_bytes((regexp_match(m.statement, '= ''(\d+MB)'''))[1])
                   BETWEEN v.free_bytes / 3 AND v.free_bytes + w.directory_bytes + 33554432
              FROM opsmon.advice c, opsmon.advice m, opsmon.volumes v, opsmon.wal w
             WHERE c.setting = 'max_slot_wal_keep_size' AND m.setting = 'max_wal_size' AND v.volume = 'wal'}), 't', 'a_cap_fits_the_max_wal_size_that_is_advised_with_it');
# No volume of a test is small enough: a slot is made up that holds half of it.
my $half = int($room_mb / 2) * 1048576;
configure(max_wal_size => int($room_mb * 7 / 10) . 'MB');
wait_until($node, q{setting = 'max_slot_wal_keep_size' AND reason NOT LIKE '%1000 TB is written%'}, 'advice');
$node->poll_query_until('postgres', q{SELECT current_setting('max_wal_size') NOT LIKE '%TB'}) or die 'timed out';
is($ask->(qq{BEGIN;
DO \$\$ BEGIN
    EXECUTE (SELECT format('CREATE OR REPLACE FUNCTION opsmon.live_slots(%s) RETURNS SETOF record LANGUAGE sql AS %L',
                           pg_get_function_arguments(p.oid),
                           'SELECT ' || string_agg(CASE a.name WHEN 'slot_name' THEN '''huge''' WHEN 'temporary' THEN 'false' WHEN 'retained_bytes' THEN '$half' ELSE 'NULL' END
                                                   || '::' || a.type::regtype, ', ' ORDER BY a.nth))
               FROM pg_proc p, unnest(p.proargnames, p.proallargtypes) WITH ORDINALITY a(name, type, nth)
              WHERE p.oid = 'opsmon.live_slots()'::regprocedure GROUP BY p.oid);
END \$\$;
SELECT count(*), count(statement), bool_and(reason ~ ' No cap that helps can be set now: a slot holds \\d+ [MG]B and would be lost at the next checkpoint; let its consumer catch up first') FROM opsmon.advice WHERE setting = 'max_slot_wal_keep_size';
ROLLBACK}), '1|0|t', 'where_no_cap_helps_there_is_no_statement');
configure(max_slot_wal_keep_size => -1, max_wal_size => '1GB');

# An orphan, and a guard that may not take it.
$ask->(q{SELECT pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000)) FROM generate_series(1, 3)});
advised('opsmon.guard', 'warning', 'slot orphan has had no consumer for % and % of WAL were written since it moved last; with opsmon.guard = observe nobody will take it%');
is($ask->(q{SELECT statement FROM opsmon.advice WHERE setting = 'opsmon.guard'}),
    q{ALTER SYSTEM SET opsmon.guard = 'enforce'; SELECT pg_reload_conf();}, 'with_what_to_type');
$ask->(q{SELECT pg_create_physical_replication_slot('younger', true)});
$ask->(q{SELECT pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000)) FROM generate_series(1, 3)});
wait_until($node, q{setting = 'opsmon.guard' AND reason LIKE 'slot orphan (and 1 more) has had no consumer%'}, 'advice');
is($ask->(q{SELECT count(*) FROM opsmon.advice WHERE setting = 'opsmon.guard'}), '1', 'many_orphans_are_one_piece_of_advice');
$ask->(q{SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots});

# From 17 on logical consumers can be made to wait for standbys, also for one that is gone for good.
my $can_wait = $node->pg_version >= 17;
if ($can_wait) {
    $ask->(q{SELECT pg_create_physical_replication_slot('there', true);
        SELECT pg_create_logical_replication_slot('waits', 'test_decoding', failover => true)});
    configure(synchronized_standby_slots => q{'there, "gone"'});
    advised('synchronized_standby_slots', 'critical', 'logical consumers with failover (slots: 1) get nothing that the slot gone has not confirmed, and there is no such slot: they wait%');
    $ask->($_) for split /(?<=;) /, $ask->(q{SELECT statement FROM opsmon.advice WHERE setting = 'synchronized_standby_slots'});
    $node->poll_query_until('postgres', q{SELECT current_setting('synchronized_standby_slots') = 'there'}) or die 'timed out';
    $ask->(q{SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots});
    $ask->('ALTER SYSTEM RESET synchronized_standby_slots');
    configure(synchronized_standby_slots => q{''});
}
is($ask->(q{SELECT count(*) FROM opsmon.advice WHERE setting = 'synchronized_standby_slots'}), '0', 'nobody_waits_for_slots_that_are_there');

# Nobody said whom the guard may take, because the extension is not where the sampler looks.
$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
configure('opsmon.guard' => 'enforce', 'opsmon.ballast_size' => 0, 'opsmon.database' => 'elsewhere');
$node->restart;
advised('opsmon.guard', 'warning', 'opsmon.consumers was never read, so nobody is evicted: CREATE EXTENSION opsmon is needed in the database of opsmon.database (elsewhere)');

is($ask->(q{SELECT statement IS NULL FROM opsmon.advice WHERE setting = 'opsmon.guard'}), 't', 'what_must_be_typed_elsewhere_is_no_statement_here');

# What it says to type can be typed.
configure('opsmon.database' => 'postgres', 'opsmon.guard' => 'observe', wal_keep_size => "'1000TB'");
wait_until($node, q{setting = 'wal_keep_size'}, 'advice');
$ask->($_) for split /(?<=;) /, $ask->(q{SELECT statement FROM opsmon.advice WHERE setting = 'wal_keep_size'});
$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM opsmon.advice}) or die 'timed out';
pass('what_it_says_to_type_ends_the_advice');

$node->stop;
done_testing();

# What the reclaimer does for the guard besides evicting: a checkpoint that frees WAL, giving up what the
# archiver did not archive (where somebody has said so), and facts that need a disk to be read.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', <<'END');
max_wal_size = 10GB
min_wal_size = 32MB
checkpoint_timeout = 1h
autovacuum = off
archive_mode = on
archive_command = 'true'
opsmon.stall_time = 1s
opsmon.stall_bytes = 1MB
opsmon.rescue_free = 16MB
opsmon.fence_free = 64MB
opsmon.evict_free = 80MB
opsmon.relieve_free = 100MB
opsmon.watch_free = 120MB
END
my $huge = 2_000_000_000;

sub write_wal {
    my ($mb) = @_;
    $node->safe_psql('postgres',
        "SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, $mb)");
    return;
}
sub set {
    my (%value_of) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET opsmon.$_ = '$value_of{$_}'") for sort keys %value_of;
    $node->reload;
    return;
}
sub stand_still {
    $node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
    $node->reload;
    wait_until($node, q{mode = 'observe' AND rung IN ('calm', 'relieve', 'evict')}, 'guard');
    return;
}
sub segments {
    my ($condition) = @_;
    return $node->safe_psql('postgres', "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name ~ '^[0-9A-F]{24}\\.$condition\$'");
}

# ---------------------------------------------------------------------------------------------------
# Relieve

$node->safe_psql('postgres', 'CHECKPOINT');
write_wal(60);
$node->safe_psql('postgres', 'SELECT pg_switch_wal()');
# What has not been archived holds WAL as well.
$node->poll_query_until('postgres', q{SELECT archived_count > 2 FROM pg_stat_archiver}) or die 'timed out: archiver';
my $position = -s $node->logfile;
set(guard => 'enforce', relieve_free => "${huge}MB", watch_free => $huge + 1 . 'MB');
wait_until($node, q{action = 'checkpoint' AND outcome = 'done' AND who = 'guard' AND volume = 'wal'
    AND before_bytes - after_bytes >= 2 * 16 * 1024 * 1024}, 'guard_events');
pass('a_checkpoint_that_frees_wal_is_made_and_seen_to_free_it');
like(log_since($node, $position), qr/checkpoint starting: immediate force/, 'it_is_forced_because_under_a_fence_nothing_is_written');
stand_still();

# ---------------------------------------------------------------------------------------------------
# The archive

$node->safe_psql('postgres', q{ALTER SYSTEM SET archive_command = 'false'});
$node->reload;
for (1 .. 3) {
    write_wal(5);
    $node->safe_psql('postgres', 'SELECT pg_switch_wal()');
}
$node->safe_psql('postgres', 'CHECKPOINT');
wait_until($node, q{holder = 'archiver' AND marginal_bytes >= 3 * 16 * 1024 * 1024}, 'wal_retention');
pass('what_waits_for_the_archiver_is_seen');

# Nobody has said that it may go: it stays, however short of room the volume is.
my $waiting = segments('ready');
set(guard => 'enforce', evict_free => "${huge}MB", relieve_free => $huge + 1 . 'MB', watch_free => $huge + 2 . 'MB');
write_wal(2);
wait_until($node, 'archiver_stuck', 'guard_state');
my $ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 10");
is(segments('ready'), $waiting, 'the_archive_is_never_given_up_by_itself');

$position = -s $node->logfile;
set(archiver_policy => 'discard');
wait_until($node, q{action = 'discard archive' AND outcome = 'done' AND detail ~ '^3 segments, [0-9A-F]{24} to [0-9A-F]{24}; the archive has a gap'
    AND before_bytes - after_bytes > 40000000}, 'guard_events');
pass('where_people_said_so_it_is_given_up_and_its_wal_is_freed');
like(log_since($node, $position),
    qr/WARNING:  opsmon gives up 3 WAL segments that were not archived: [0-9A-F]{24} to [0-9A-F]{24}\n.*\n.*HINT:  The archive has a gap\. Take a new base backup/,
    'and the log says where the gap is');
is(segments('ready'), $waiting - 3, 'no more than that');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;

# ---------------------------------------------------------------------------------------------------
# Tablespaces: those on the server's own volume are no volume of their own.

my $folder = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('postgres', "CREATE TABLESPACE beside LOCATION '$folder'");
my $looked = $node->safe_psql('postgres', 'SELECT reclaimer_last_tick_at FROM opsmon.guard_state');
wait_until($node, "reclaimer_last_tick_at > '$looked'::timestamptz + interval '2 s'", 'guard_state');
is($node->safe_psql('postgres', q{SELECT count(*) FROM opsmon.volumes WHERE volume LIKE 'tablespace%'}), '0',
    'a_tablespace_on_the_same_volume_is_not_counted_twice');
# One that cannot be reached is seen, and breaks nothing.
my $oid = $node->safe_psql('postgres', q{SELECT oid FROM pg_tablespace WHERE spcname = 'beside'});
my $link = $node->data_dir . "/pg_tblspc/$oid";
rename $link, "$link.away" or die $!;
symlink '/nonexistent/opsmon', $link or die $!;
wait_until($node, "volume = 'tablespace:$oid' AND size_bytes IS NULL", 'volumes');
pass('a_tablespace_that_cannot_be_reached_is_a_volume_without_figures');
unlink $link or die $!;
rename "$link.away", $link or die $!;

# It is back after it was ended, and its orders with it.
my $old = $node->safe_psql('postgres', 'SELECT reclaimer_pid FROM opsmon.guard_state');
kill 'TERM', $old;
wait_until($node, "reclaimer_pid <> $old", 'guard_state');
pass('a_reclaimer_that_was_ended_comes_back');

$node->stop;
done_testing();

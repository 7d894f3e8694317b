# The fence and who logs hint bits (wal_log_hints, or checksums): a session that reads rows nobody has
# looked at yet writes their pages, and holds off checkpoints meanwhile, as a COMMIT does.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

# Nearly all of such a session's time goes into its WAL where each page has to wait for the disk.
my $node = start_primary('primary', <<'CONF');
wal_log_hints = on
wal_buffers = 32kB
wal_sync_method = open_datasync
max_parallel_workers_per_gather = 0
autovacuum = off
max_wal_size = 10GB
max_connections = 30
CONF
$node->safe_psql('postgres', 'CREATE ROLE app LOGIN; GRANT ALL ON SCHEMA public TO app; CREATE TABLE noted (a int); GRANT ALL ON noted TO app');

my $pages = 10_000;
sub begin { my ($session, $sql) = @_; $session->query_until(qr/begun/, "\\echo begun\n$sql;\n"); return; }
sub told { my ($session) = @_; my $text = $session->{stderr}; $session->{stderr} = ''; return $text; }
sub wal { return $node->safe_psql('postgres', q{SELECT pg_current_wal_insert_lsn() - '0/0'}); }

# Several at once: one may be looked at in a moment in which it logs nothing.
my @nth = 1 .. 6;
make_unread($node, $_, $pages) for map { ("t$_", "of_exempt_$_") } @nth;
$node->safe_psql('postgres', 'CHECKPOINT'); # the next change to a page logs all of it
my @sessions = map { $node->background_psql('postgres', extra_params => [ '-U', 'app' ], on_error_stop => 0) } @nth;
my @exempt = map { $node->background_psql('postgres', on_error_stop => 0) } @nth;
my $stopped = join "\n", map { 'stopped' } @nth;

# All begin in the same moment, however long it took to tell them; then, at once, what is given is run.
my $gate = $node->background_psql('postgres');
sub read_all {
    my ($table, $by, $then) = @_;
    $gate->query_safe('SELECT pg_advisory_lock(1)');
    begin($by->[ $_ - 1 ], "SELECT pg_advisory_xact_lock_shared(1); SELECT count(*) FROM $table$_") for @nth;
    $node->poll_query_until('postgres', sprintf q{SELECT count(*) = %d FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}, scalar @nth)
      or die 'they do not wait at the gate';
    my $all_read = sprintf q{(SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT count(*) FROM %%') = %d}, scalar @nth;
    $gate->query_safe('SELECT pg_advisory_unlock(1)'
          . (defined $then ? "; DO \$\$BEGIN LOOP PERFORM pg_stat_clear_snapshot(); EXIT WHEN $all_read; END LOOP; END\$\$; $then" : ''));
    return;
}
# What each was told, once its statement has ended. Who began too late to be cancelled is refused.
sub all_told {
    return join "\n", map { $_->query('SHOW work_mem'); told($_) =~ /canceling statement due to user request|everything is fenced/ ? 'stopped' : 'not stopped' } @_;
}

# --- transactions that have written, and read -------------------------------------------------------------------
$_->query_safe('BEGIN; INSERT INTO noted VALUES (1)') for @sessions;
read_all('t', \@sessions, q{SELECT opsmon.fence(true, 'the test')});
is(all_told(@sessions), $stopped, 'writers_that_log_hint_bits_are_stopped_by_the_first_stage');
$_->query_safe('ROLLBACK') for @sessions;
$node->safe_psql('postgres', q{SELECT opsmon.fence(false)});

# --- who only reads ---------------------------------------------------------------------------------------------
fence_by_guard($node);
my $before = wal();
read_all('t', \@sessions);
wait_until($node, q{fence = 'everything'}, 'guard_state');
is(all_told(@sessions), $stopped, 'readers_that_log_hint_bits_are_stopped_by_the_second_stage');
cmp_ok(wal() - $before, '<', 0.5 * 8192 * $pages * @nth, 'and_have_not_written_all_there_was_to_write');

# --- exempt roles, of whom both stages let pass what they begin ---------------------------------------------------
$before = wal();
read_all('of_exempt_', \@exempt);
is(all_told(@exempt), $stopped, 'exempt_readers_are_stopped_when_WAL_grows_even_so');
cmp_ok(wal() - $before, '<', 0.5 * 8192 * $pages * @nth, 'and_have_not_written_all_there_was_to_write_either');

$_->quit for $gate, @sessions, @exempt;
$node->stop;
done_testing();

# The fence and portals that are read piece by piece, as drivers with a fetch size do (Execute with a limit of rows):
# each piece is a short statement, and none of them begins anything.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonProtocol;

my $node = start_primary('primary', <<'CONF');
opsmon.fence_wait = 100ms
wal_log_hints = on
max_parallel_workers_per_gather = 0
autovacuum = off
max_wal_size = 10GB
CONF
my $rows = 30_000;
$node->safe_psql('postgres', $_) for 'CREATE ROLE app LOGIN', 'CREATE TABLE locked AS SELECT generate_series(1, 100) a', 'CREATE TABLE noted (a int)', 'GRANT ALL ON locked, noted TO app';
make_unread($node, 'unread', $rows);
$node->safe_psql('postgres', 'CHECKPOINT');

# ---- a cursor WITH HOLD is read to its end by the COMMIT

sub holder {
    my $session = $node->background_psql('postgres', extra_params => [ '-U', 'app' ], on_error_stop => 0);
    $session->query_safe('BEGIN; DECLARE held CURSOR WITH HOLD FOR SELECT a FROM locked; INSERT INTO noted VALUES (1)');
    return $session;
}
sub noted { return $node->safe_psql('postgres', 'SELECT count(*) FROM noted') }
my $first_holder = holder();
my $second_holder = holder();

# ---- what locks rows writes them

my $locker = connect_as($node, 'app');
open_portal($locker, 'SELECT a FROM locked FOR UPDATE');
is((read_piece($locker, 10))[0], 10, 'a portal is read in pieces');
$node->safe_psql('postgres', q{SELECT opsmon.fence(true, 'the test')});
my ($got, $error) = read_piece($locker, 10);
like($error, qr/53100.*writes are fenced/, 'the_next_piece_of_what_locks_rows_is_refused');
is($got, 0, 'and_locks_none');
my $reader = connect_as($node, 'app');
open_portal($reader, 'SELECT a FROM locked');
is(join(' ', map { (read_piece($reader, 10))[0] } 1 .. 3), '10 10 10', 'the_first_stage_lets_pieces_pass_that_are_read');
$first_holder->query_safe('COMMIT');
is($first_holder->query_safe('FETCH 3 FROM held') =~ tr/\n// + 1, 3, 'the_first_stage_lets_a_COMMIT_pass_that_reads_a_cursor_to_its_end');
is(noted(), '1', 'and_what_it_wrote_is_there');
$node->safe_psql('postgres', q{SELECT opsmon.fence(false)});

# ---- what reads rows nobody has looked at writes their pages

my $scan = connect_as($node, 'app');
open_portal($scan, 'SELECT length(a) FROM unread');
is((read_piece($scan, 10))[0], 10, 'a portal is read in pieces');
fence_by_guard($node);
my $in_all = 10;
($error, $got) = ('', 1);
while ($error eq '' && $got > 0) {
    ($got, $error) = read_piece($scan, 20);
    $in_all += $got;
}
like($error, qr/everything is fenced|canceling statement/, 'the_second_stage_ends_who_reads_in_pieces');
cmp_ok($in_all, '<', 0.5 * $rows, 'long_before_it_has_read_all');

$second_holder->query('COMMIT');
like($second_holder->{stderr}, qr/everything is fenced|canceling statement/, 'the_second_stage_rolls_back_a_COMMIT_that_would_have_to_read');
is(noted(), '1', 'and_says_so');

$_->quit for $first_holder, $second_holder;
close $_ for $locker, $reader, $scan;
$node->stop;
done_testing();

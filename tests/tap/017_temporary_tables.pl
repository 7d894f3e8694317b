# Temporary tables are dropped where no statement is judged and no signal heard: at the end of a session. Under a fence
# they are left behind instead, and the session ends all the same.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary');
my $session = $node->background_psql('postgres');
$session->query_safe('CREATE TEMP TABLE left_behind (a int)');
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$node->safe_psql('postgres', q{SELECT opsmon.fence(true, 'test')});
my $position = -s $node->logfile;
$session->quit;
$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid") or die 'timed out: session';
pass('a_session_ends_under_the_fence');
like(log_since($node, $position), qr/FATAL:  opsmon: temporary tables are left behind: writes are fenced/, 'its_temporary_tables_are_left_behind');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname = 'left_behind'}), '1', 'they are still there');
$node->safe_psql('postgres', 'SELECT opsmon.fence(false)');
is($node->safe_psql('postgres', 'CREATE TEMP TABLE another (a int); SELECT count(*) FROM another'), '0', 'and are in nobody\'s way');
$node->stop;
done_testing();

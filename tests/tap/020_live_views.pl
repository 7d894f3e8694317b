# What a person at night asks: which statements are slow, who blocks whom and how it is ended, who keeps
# vacuum from its work. With real sessions, a prepared transaction and hostile names.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', <<'END');
max_connections = 60
deadlock_timeout = 100s
max_prepared_transactions = 5
opsmon.slow_query_threshold = 300ms
END
my @views = qw(status slots replication wal volumes activity connections guard guard_state guard_plan wal_retention
  slow_queries statements blocking xmin_horizon wraparound idle_in_transaction advice receiver);
my $ask = sub { return $node->safe_psql('postgres', $_[0]) };
my $pid_of = sub { return $_[0]->query_safe('SELECT pg_backend_pid()') };

# Sends a statement that will wait, without waiting for its end.
my $send = sub {
    my ($session, $statement) = @_;
    return $session->query_until(qr/sent/, "\\echo sent\n$statement\n");
};

# --- who blocks whom ------------------------------------------------------------------------------
$ask->(q{CREATE TABLE "we""ird 't" AS SELECT i AS id, 0 AS x FROM generate_series(1, 9) i});
my ($holder, $first, $second, $preparer, $third, $locker) = map { $node->background_psql('postgres') } 1 .. 6;
my ($holder_pid, $first_pid, $second_pid, $third_pid, $locker_pid) = map { $pid_of->($_) } $holder, $first, $second, $third, $locker;
$holder->query_safe(q{BEGIN; UPDATE "we""ird 't" SET x = 1 WHERE id = 1});
$preparer->query_safe(q{BEGIN; UPDATE "we""ird 't" SET x = 1 WHERE id = 2; PREPARE TRANSACTION E'it''s\\\\'});
is($ask->('SELECT count(*) FROM opsmon.blocking'), '0', 'who_waits_for_nobody_is_in_no_tree');

$send->($first, q{UPDATE "we""ird 't" SET x = 2 WHERE id = 1;});
wait_until($node, "pid = $first_pid", 'blocking');
$send->($second, q{UPDATE "we""ird 't" SET x = 3 WHERE id = 1;});
wait_until($node, "pid = $second_pid", 'blocking');
$send->($third, q{UPDATE "we""ird 't" SET x = 2 WHERE id = 2;});
wait_until($node, "pid = $third_pid", 'blocking');

is($ask->(q{SELECT depth, coalesce(pid, 0), prepared, blocks, state, to_end_it, wait_time IS NULL FROM opsmon.blocking WHERE depth = 0}),
    "0|$holder_pid||2|idle in transaction|SELECT pg_terminate_backend($holder_pid);|t\n"
      . "0|0|it's\\|1|prepared|ROLLBACK PREPARED E'it''s\\\\';|t",
    'roots_come_with_the_statement_that_ends_them');
is($ask->("SELECT depth, path, blocked_by, lock ~ '^transaction [0-9]+\$', lock_mode, wait_time > '0', to_end_it FROM opsmon.blocking WHERE pid = $first_pid"),
    "1|$holder_pid > $first_pid|{$holder_pid}|t|ShareLock|t|SELECT pg_terminate_backend($holder_pid);", 'below_them_who_waits_for_them');
like($ask->("SELECT depth, path, lock FROM opsmon.blocking WHERE pid = $second_pid"),
    qr/^2\|$holder_pid > $first_pid > $second_pid\|row \(0,1\) of public."we""ird 't"$/, 'and_who_waits_for_those');
like($ask->("SELECT path FROM opsmon.blocking WHERE pid = $third_pid"), qr/^prepared \d+ > $third_pid$/, 'a_prepared_transaction_has_no_process_and_is_in_the_tree');

# Twenty in one queue: everybody waits for everybody before him, and each is there once.
$send->($locker, q{BEGIN; LOCK TABLE "we""ird 't"; COMMIT;});
wait_until($node, "pid = $locker_pid", 'blocking');
my @queue = map { $node->background_psql('postgres') } 1 .. 20;
$send->($_, q{BEGIN; LOCK TABLE "we""ird 't" IN SHARE MODE; COMMIT;}) for @queue;
$node->poll_query_until('postgres', 'SELECT count(*) = 26 AND count(DISTINCT coalesce(pid, 0)) = 26 AND min(waiting_sessions) = 24 FROM opsmon.blocking')
  or die 'timed out waiting for the queue';
pass('a_long_queue_is_a_tree_with_each_session_once');
is($ask->('SELECT count(*) FROM opsmon.live_blocking(3)'), '5', 'no_more_are_asked_about_than_wanted');

# Nothing of opsmon waits for a lock on a table of somebody else.
is($ask->("SET lock_timeout = '1s'; SELECT count(*) >= 0 FROM opsmon.$_"), 't', "$_ takes no lock on user tables") for @views;

$ask->($ask->(q{SELECT to_end_it FROM opsmon.blocking WHERE depth = 0 AND pid IS NOT NULL}));
$ask->($ask->(q{SELECT to_end_it FROM opsmon.blocking WHERE depth = 0 AND prepared IS NOT NULL}));
$node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM opsmon.blocking') or die 'timed out';
pass('what_it_says_ends_it');
eval { $_->quit } for $holder, $first, $second, $preparer, $third, $locker, @queue;

# Two who wait for each other: nobody is a root, and nobody is left out.
my ($left, $right) = map { $node->background_psql('postgres') } 1 .. 2;
$left->query_safe(q{BEGIN; UPDATE "we""ird 't" SET x = 5 WHERE id = 5});
$right->query_safe(q{BEGIN; UPDATE "we""ird 't" SET x = 6 WHERE id = 6});
$send->($left, q{UPDATE "we""ird 't" SET x = 5 WHERE id = 6;});
$send->($right, q{UPDATE "we""ird 't" SET x = 6 WHERE id = 5;});
$node->poll_query_until('postgres', q{SELECT count(*) = 2 AND bool_and(depth = 0 AND path = pid::text AND wait_time > '0' AND to_end_it = format('SELECT pg_cancel_backend(%s);', pid)) FROM opsmon.blocking})
  or die 'timed out waiting for the circle';
pass('a_circle_is_shown_and_can_be_ended');
$ask->($ask->(q{SELECT to_end_it FROM opsmon.blocking LIMIT 1}));
$node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM opsmon.blocking') or die 'timed out';
eval { $_->quit } for $left, $right;

# In another database, where no name can be looked up: a table, a row, a prepared transaction of another encoding.
$ask->(q{CREATE DATABASE shop ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('shop', 'CREATE TABLE goods AS SELECT 1 AS id, 0 AS x');
my ($keeper, $reader, $writer, $follower) = map { $node->background_psql('shop') } 1 .. 4;
my ($keeper_pid, $reader_pid, $follower_pid) = map { $pid_of->($_) } $keeper, $reader, $follower;
$keeper->query_safe('BEGIN; UPDATE goods SET x = 1');
$send->($writer, 'UPDATE goods SET x = 2;');
$node->poll_query_until('postgres', 'SELECT count(*) = 2 FROM opsmon.blocking') or die 'timed out';
$send->($follower, 'UPDATE goods SET x = 3;');
wait_until($node, "pid = $follower_pid", 'blocking');
like($ask->("SELECT lock FROM opsmon.blocking WHERE pid = $follower_pid"), qr/^row \(0,1\) of relation \d+$/, 'a_row_of_another_database_has_a_number');
$send->($reader, 'BEGIN; LOCK TABLE goods; COMMIT;');
wait_until($node, "pid = $reader_pid", 'blocking');
like($ask->("SET ROLE pg_monitor; SELECT lock FROM opsmon.blocking WHERE pid = $reader_pid"), qr/^relation \d+$/, 'and_so_has_a_table_also_for_pg_monitor');
is($ask->('SELECT DISTINCT to_end_it FROM opsmon.blocking'), "SELECT pg_terminate_backend($keeper_pid);", 'who_blocks_in_another_database_can_be_ended');
$ask->("SELECT pg_terminate_backend($keeper_pid)");
eval { $_->quit } for $keeper, $reader, $writer, $follower;
$node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM opsmon.blocking') or die 'timed out';
for my $case (['postgres', "t\xc3\xa9l\xc3\xa9", 't'], ['shop', "t\xc3\xa9l\xc3\xa9", 'f'], ['shop', "\xff\xfe", 'f'], ['postgres', 'a\tb', 'f'], ['shop', 'plain', 't']) {
    my ($database, $name, $typed) = @$case;
    $node->safe_psql($database, qq{BEGIN; CREATE TABLE p (); PREPARE TRANSACTION E'$name'});
    is($ask->(q{SELECT count(*), bool_and(to_end_it IS NOT NULL) FROM opsmon.xmin_horizon WHERE kind = 'prepared transaction'}),
        "1|$typed", 'a_prepared_transaction_whose_name_cannot_be_typed_has_no_statement');
    $node->safe_psql($database, $ask->(q{SELECT to_end_it FROM opsmon.xmin_horizon WHERE kind = 'prepared transaction'})) if $typed eq 't';
    $node->safe_psql($database, qq{ROLLBACK PREPARED E'$name'}) if $typed eq 'f';
    is($ask->('SELECT count(*) FROM pg_prepared_xacts'), '0', 'and what is shown ends it');
}

# Who is active and waits for his client takes no cancel.
$ask->('CREATE TABLE loaded (line text)');
my ($loader, $wanting) = map { $node->background_psql('postgres') } 1 .. 2;
my ($loader_pid, $wanting_pid) = map { $pid_of->($_) } $loader, $wanting;
$send->($loader, 'BEGIN; INSERT INTO loaded VALUES (1); COPY loaded FROM STDIN;');
wait_until($node, "running AND pid = $loader_pid AND wait_event_type = 'Client' AND to_end_it = 'SELECT pg_terminate_backend($loader_pid);'", 'slow_queries');
$send->($wanting, 'BEGIN; LOCK TABLE loaded; COMMIT;');
wait_until($node, "pid = $wanting_pid", 'blocking');
is($ask->("SELECT to_end_it FROM opsmon.$_->[0] WHERE $_->[1]"), "SELECT pg_terminate_backend($loader_pid);", "who_waits_for_its_client_is_terminated: $_->[0]")
  for ['blocking', "pid = $wanting_pid"], ['xmin_horizon', "pid = $loader_pid"];
$ask->($ask->("SELECT to_end_it FROM opsmon.blocking WHERE pid = $wanting_pid"));
$node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM opsmon.blocking') or die 'timed out';
eval { $_->quit } for $loader, $wanting;
my $silent = $node->background_psql('postgres');
my $silent_pid = $pid_of->($silent);
$silent->query_safe('SET track_activities = off; BEGIN; INSERT INTO loaded VALUES (2)');
is($ask->("SELECT state, to_end_it FROM opsmon.xmin_horizon WHERE pid = $silent_pid"), "disabled|SELECT pg_terminate_backend($silent_pid);", 'and_so_is_who_does_not_say_what_it_does');
$silent->quit;

# --- WAL that a setting would keep, and that is gone -------------------------------------------------
$ask->(q{SELECT pg_logical_emit_message(false, 'opsmon', 'x'); SELECT pg_switch_wal()}) for 1 .. 14;
$ask->('CHECKPOINT');
wait_until($node, q{directory_bytes - recycled_bytes <= 3 * segment_bytes}, 'wal');
$node->append_conf('postgresql.conf', "wal_keep_size = '200MB'\n");
$node->reload;
wait_until($node, q{holder = 'wal_keep_size' AND held_bytes < 60000000}, 'wal_retention');
pass('wal_keep_size_holds_no_wal_that_was_gone_before');
$node->append_conf('postgresql.conf', "wal_keep_size = 0\n");
$node->reload;

# --- idle in a transaction, and the horizon --------------------------------------------------------
my $idle = $node->background_psql('postgres');
my $idle_pid = $pid_of->($idle);
$idle->query_safe(q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class});
$ask->('CREATE TABLE t AS SELECT 1 AS x') ;
$ask->('INSERT INTO t VALUES (2)');
is($ask->(q{SELECT pid, state, has_written, xmin_age > 0, last_query LIKE 'SELECT count(*) FROM pg_class%', to_end_it FROM opsmon.idle_in_transaction}),
    "$idle_pid|idle in transaction|f|t|t|SELECT pg_terminate_backend($idle_pid);", 'idle_in_transaction');
# The sampler is a session like any other, while it looks.
is($ask->(q{SELECT pid, is_oldest, xid_age IS NULL, to_end_it FROM opsmon.xmin_horizon WHERE kind = 'session' AND pid <> (SELECT sampler_pid FROM opsmon.status)}),
    "$idle_pid|t|t|SELECT pg_terminate_backend($idle_pid);", 'who_holds_the_horizon');
$ask->(q{SELECT pg_create_physical_replication_slot('s', true)});
$ask->(q{BEGIN; INSERT INTO t VALUES (3); PREPARE TRANSACTION 'younger'});
is($ask->(q{SELECT kind, name, is_oldest, to_end_it FROM opsmon.xmin_horizon WHERE kind <> 'session'}),
    "prepared transaction|younger|f|ROLLBACK PREPARED 'younger';", 'ending_the_younger_gains_nothing');
$ask->(q{ROLLBACK PREPARED 'younger'});
$idle->quit;

# --- slow statements -------------------------------------------------------------------------------
my $slow = $node->background_psql('postgres');
my $slow_pid = $pid_of->($slow);
$send->($slow, q{SELECT 'sécret', pg_sleep(100);});
wait_until($node, "running AND pid = $slow_pid AND duration > '300ms' AND wait_event = 'PgSleep' AND to_end_it = 'SELECT pg_cancel_backend($slow_pid);'", 'slow_queries');
wait_until($node, "pid = $slow_pid AND query LIKE '%sécret%'", 'live_slow_queries()');
$ask->("SELECT pg_cancel_backend($slow_pid)");
$node->poll_query_until('postgres', "SELECT NOT running FROM opsmon.slow_queries WHERE pid = $slow_pid") or die 'timed out';
is($ask->("SELECT duration > '300ms', database, username, query, to_end_it IS NULL FROM opsmon.slow_queries WHERE pid = $slow_pid"),
    "t|postgres|" . $ask->('SELECT current_user') . "|SELECT 'sécret', pg_sleep(100);|t", 'a_slow_statement_is_remembered_when_it_has_ended');
is($ask->("SELECT count(*) FROM opsmon.slow_queries WHERE pid = $slow_pid"), '1', 'once');
is($ask->(q{SELECT count(*) FROM opsmon.slow_queries WHERE query LIKE '%opsmon:%'}), '0', 'opsmon_itself_is_not_in_it');

my $sampler = worker_pid($node, 'sampler');
$ask->("SELECT pg_terminate_backend($sampler)");
wait_for_new_worker($node, 'sampler', $sampler);
is($ask->("SELECT count(*) FROM opsmon.slow_queries WHERE pid = $slow_pid"), '1', 'a_new_sampler_remembers_what_the_old_one_saw');

$node->append_conf('postgresql.conf', "opsmon.slow_query_text = off\n");
$node->reload;
wait_until($node, 'NOT opsmon.shows_query_text()');
my $ticks = status($node, 'sampler_ticks');
wait_until($node, "sampler_ticks > $ticks + 2");
is($ask->("SELECT query IS NULL, duration > '300ms' FROM opsmon.slow_queries WHERE pid = $slow_pid"), 't|t', 'texts_are_gone_when_they_are_switched_off');
eval { $slow->quit }; # it stopped at the error
$slow = $node->background_psql('postgres');
$slow->query_safe('BEGIN; SELECT 1');
is($ask->('SELECT count(*), count(last_query) FROM opsmon.idle_in_transaction'), '1|0', 'and_from_every_view');
$node->append_conf('postgresql.conf', "opsmon.slow_query_text = on\nopsmon.slow_query_threshold = -1\n");
$node->reload;
wait_until($node, 'opsmon.shows_query_text() AND opsmon.slow_query_threshold() IS NULL');
is($ask->("SELECT query IS NULL FROM opsmon.slow_queries WHERE pid = $slow_pid"), 't', 'also_from_memory');
is($ask->('SELECT count(*) FROM opsmon.slow_queries WHERE running'), '0', 'with_a_threshold_of_minus_one_nothing_is_slow');
$slow->quit;

# --- pg_stat_statements ----------------------------------------------------------------------------
is($ask->('SELECT count(*) FROM opsmon.statements'), '0', 'without_pg_stat_statements_there_is_no_row');
$ask->(q{CREATE SCHEMA "odd ""schema"; CREATE EXTENSION pg_stat_statements SCHEMA "odd ""schema"});
is($ask->('SELECT count(*) FROM opsmon.statements'), '0', 'nor_when_it_is_not_preloaded');
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'opsmon,pg_stat_statements'\n");
$node->restart;
$ask->(q{SELECT 42 AS found});
is($ask->(q{SELECT calls, database, total_time >= max_time FROM opsmon.statements WHERE query LIKE 'SELECT $1 AS found'}),
    '1|postgres|t', 'statements_are_found_in_any_schema');
is($ask->(q{SET ROLE pg_monitor; SELECT count(*) FROM opsmon.statements}), '0', 'nor_where_its_schema_may_not_be_used');
$ask->(q{GRANT USAGE ON SCHEMA "odd ""schema" TO pg_monitor});
is($ask->(q{SET ROLE pg_monitor; SELECT count(*) > 0 FROM opsmon.statements}), 't', 'and where it may it is found');
# Of the same name, and not the extension's.
$ask->(q{CREATE FUNCTION public.pg_stat_statements(showtext bool, OUT total_exec_time float8, OUT wal_bytes int8) LANGUAGE sql AS 'SELECT 1/0, 1'});
is($ask->(q{SELECT count(*) > 0 FROM opsmon.statements}), 't', 'nobody_elses_function_is_called');
$node->append_conf('postgresql.conf', "opsmon.slow_query_text = off\n");
$node->reload;
wait_until($node, 'NOT opsmon.shows_query_text()');
is($ask->(q{SELECT count(*) > 0, count(query) FROM opsmon.statements}), 't|0', 'and_without_texts_when_they_are_switched_off');

# --- names that are no text ------------------------------------------------------------------------
$ask->(q{CREATE DATABASE raw ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('raw', qq{CREATE DATABASE "bad\xff\xfename" ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0});
my $bad = $node->background_psql("bad\xff\xfename");
$bad->query_safe(qq{BEGIN; SELECT txid_current() /* \xff\xfe */});
is($ask->(q{SET client_encoding = 'LATIN1'; SELECT database FROM opsmon.idle_in_transaction}), 'bad??name', 'bytes_that_are_no_text_break_no_client');
is($ask->("SET client_encoding = 'LATIN1'; SELECT count(*) >= 0 FROM (SELECT * FROM opsmon.$_ OFFSET 0) v"), 't', "$_ neither") for @views;
$bad->quit;

# --- nothing runs ----------------------------------------------------------------------------------
# Both workers stopped: the views answer from what there is.
my ($guard, $sampling) = (worker_pid($node, 'guard'), worker_pid($node, 'sampler'));
kill 'STOP', $guard, $sampling;
is($ask->("SELECT count(*) >= 0 FROM opsmon.$_"), 't', "$_ answers while nobody looks") for @views;
wait_until($node, q{severity = 'critical' AND verdict LIKE 'The guard has not looked for % s: what you see is that old'});
pass('a_guard_that_is_stopped_is_said_first');
kill 'CONT', $guard, $sampling;
wait_until($node, q{guard_age < '1s'});

$node->stop;
done_testing();

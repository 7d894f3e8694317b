# The fence and what looks harmless when it is asked about: a refusal that was caught, functions that were asked about
# before, commands that write without a transaction number, and one that must not be left half done.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = start_primary('primary', <<'CONF');
opsmon.fence_wait = 100ms
wal_log_hints = on
max_parallel_workers_per_gather = 0
autovacuum = off
max_wal_size = 10GB
CONF
$node->safe_psql('postgres', $_) for 'CREATE ROLE app LOGIN CREATEDB', 'GRANT ALL ON SCHEMA public TO app';
make_unread($node, 'unread', 30_000);
$node->safe_psql('postgres', $_, extra_params => [ '-U', 'app' ]) for 'CREATE TABLE noted (a int)', 'CREATE SEQUENCE s',
  'CREATE TABLE indexed AS SELECT i, ARRAY[i, i + 1] j FROM generate_series(1, 2000000) i', q{
    CREATE FUNCTION catching() RETURNS int LANGUAGE plpgsql AS $$DECLARE r record; n int := 0; BEGIN
        FOR r IN SELECT * FROM unread LOOP
            IF n = 0 THEN BEGIN INSERT INTO noted VALUES (1); EXCEPTION WHEN others THEN RAISE NOTICE 'caught: %', sqlerrm; END; END IF;
            n := n + 1;
        END LOOP; RETURN n; END$$;
    CREATE FUNCTION catching_and_going_on() RETURNS int LANGUAGE plpgsql AS $$DECLARE n int := 0; BEGIN
        BEGIN INSERT INTO noted VALUES (1); EXCEPTION WHEN others THEN RAISE NOTICE 'caught: %', sqlerrm; END;
        WHILE clock_timestamp() < statement_timestamp() + interval '5 s' LOOP n := n + 1; END LOOP; RETURN n; END$$;
    CREATE FUNCTION setting(times int) RETURNS int LANGUAGE plpgsql AS $$DECLARE x bigint; BEGIN
        FOR i IN 1 .. times LOOP x := setval('s', i); END LOOP; RETURN times; END$$};
sub app { my ($sql) = @_; return $node->psql('postgres', $sql, extra_params => [ '-U', 'app' ]); }
sub session { return $node->background_psql('postgres', extra_params => [ '-U', 'app' ], on_error_stop => 0) }
sub begin { my ($session, $sql) = @_; $session->query_until(qr/begun/, "\\echo begun\n$sql;\n"); return; }
sub told { my ($session) = @_; my $text = $session->{stderr}; $session->{stderr} = ''; return $text; }
sub fence { my ($sql) = @_; return $node->safe_psql('postgres', "SELECT opsmon.fence($sql)"); }

# ---- functions that were asked about before the fence

my $setter = session();
$setter->query_safe('BEGIN; SELECT setting(10)');
fence(q{true, 'the test'});
$setter->query('SELECT setting(10)');
like(told($setter), qr/writes are fenced/, 'what_a_transaction_has_used_before_is_asked_about_again');
$setter->query_safe('ROLLBACK');
fence('false');

# ---- commands that have no transaction number while they write

sub stopped_while_it_writes {
    my ($what, $sql) = @_;
    my $session = session();
    begin($session, $sql);
    # As soon as it writes, in one session: it would be over in a few seconds.
    $node->safe_psql('postgres', q{DO $$DECLARE start pg_lsn := pg_current_wal_insert_lsn(); BEGIN
        WHILE pg_current_wal_insert_lsn() - start < 1000000 LOOP PERFORM pg_sleep(0.001); END LOOP;
        PERFORM opsmon.fence(true, 'the test'); END$$});
    $session->query('SELECT 1');
    like(told($session), qr/canceling statement due to user request/, $what);
    $session->quit;
    fence('false');
    return;
}
stopped_while_it_writes('CREATE_INDEX_CONCURRENTLY_is_cancelled', 'CREATE INDEX CONCURRENTLY by_i ON indexed (i)');
$node->safe_psql('postgres', 'DROP INDEX IF EXISTS by_i; CREATE INDEX by_i ON indexed (i)');
stopped_while_it_writes('REINDEX_CONCURRENTLY_is_cancelled', 'REINDEX INDEX CONCURRENTLY by_i');
$node->safe_psql('postgres', 'CREATE INDEX brin_i ON indexed USING brin (i) WITH (pages_per_range = 1)');
# GIN keeps what is new in a list, which takes long to clean up.
$node->safe_psql('postgres', $_) for 'CREATE INDEX gin_j ON indexed USING gin (j) WITH (fastupdate = on, gin_pending_list_limit = 1000000)',
  'INSERT INTO indexed SELECT -i, ARRAY[i, -i] FROM generate_series(1, 500000) i', 'ALTER TABLE indexed OWNER TO app';
stopped_while_it_writes('gin_clean_pending_list_is_cancelled', q{SELECT gin_clean_pending_list('gin_j')});
stopped_while_it_writes('brin_summarize_new_values_is_cancelled', q{SELECT brin_desummarize_range('brin_i', n) FROM generate_series(0, 12000) n; SELECT brin_summarize_new_values('brin_i')});

# ---- DROP DATABASE

$node->safe_psql('postgres', 'CREATE DATABASE dropped OWNER app');
my $dropper = session();
# It waits here, with a transaction number, for as long as it takes.
my $checkpointer = $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'});
kill 'STOP', $checkpointer;
begin($dropper, 'DROP DATABASE dropped');
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'DROP DATABASE%' AND wait_event LIKE 'Checkpoint%' AND backend_xid IS NOT NULL})
  or die 'timed out';
fence(q{true, 'the test'});
my $ticks = status($node, 'guard_ticks');
wait_until($node, "guard_ticks > $ticks + 20");
kill 'CONT', $checkpointer;
$dropper->query_safe('SELECT 1');
is(told($dropper), '', 'DROP_DATABASE_is_not_disturbed');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_database WHERE datname = 'dropped'}), '0', 'and_the_database_is_gone');
fence('false');

# ---- a refusal that was caught

$node->safe_psql('postgres', 'CHECKPOINT');
fence_by_guard($node);
my ($code, undef, $err) = app('SELECT catching()');
like($err, qr/caught: (writes are|everything is) fenced/, 'a refusal is caught');
isnt($code, 0, 'who_has_caught_a_refusal_is_ended_by_the_second_stage');
like($err, qr/canceling statement|everything is fenced/, 'like_anybody_else');
(undef, undef, $err) = app('SELECT catching_and_going_on()');
like($err, qr/caught: everything is fenced/, 'a refusal of the second stage is caught');
like($err, qr/canceling statement/, 'and_nobody_goes_on_for_long_after_it');

$_->quit for $setter, $dropper;
$node->stop;
done_testing();

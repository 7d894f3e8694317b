# What people do by hand is in the ledger with who they are, as whom they did it and from where: over a unix socket
# and over TCP, by roles that were granted a function, from a worker without a client, and whatever they call
# themselves. What was refused has not been done, and is not there.
use strict;
use warnings;
use IO::Socket::IP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

# A machine may have no IPv6.
my ($six, $six_shown) = IO::Socket::IP->new(LocalHost => '::1', Listen => 1) ? ('::1', '[::1]') : ('127.0.0.1', '127.0.0.1');
my $node = new_node('primary');
$node->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1, $six'\nlog_hostname = on\n");
unlink $node->data_dir . '/pg_hba.conf';
$node->append_conf('pg_hba.conf', "local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all ::1/128 trust\n");
$node->start;
$node->safe_psql('postgres', q{CREATE EXTENSION opsmon; CREATE ROLE dba LOGIN; CREATE ROLE alice LOGIN IN ROLE dba; CREATE ROLE mallory LOGIN;
    CREATE ROLE "od""d, from 6.6.6.6:1" LOGIN SUPERUSER; CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE guard LOGIN SUPERUSER;
    GRANT USAGE ON SCHEMA opsmon TO dba;
    GRANT EXECUTE ON FUNCTION opsmon.evict(text), opsmon.fence(bool, text), opsmon.guard_suspend(interval) TO dba});
wait_until($node, q{recorder = 'recording' AND guard_ticks > 0});
my $super = $node->safe_psql('postgres', 'SELECT current_user');

# Calls, and what the ledger then says of the newest such entry: who, acted_as, client, application_name, whether it
# is the caller's pid. A connection string of one's own.
sub call {
    my ($connection, $sql) = @_;
    my ($out, $err) = run_command([ 'psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-d', "dbname=postgres port=" . $node->port . " $connection",
            '-c', 'SELECT pg_backend_pid()', map { ('-c', $_) } ref $sql ? @$sql : $sql ]);
    my ($pid) = $out =~ /^(\d+)/;
    return ($pid // 0, $err);
}
my $unix = 'host=' . $node->host;
sub ledger {
    my ($pid, $action, $outcome) = @_;
    wait_until($node, "pid = $pid AND action = '$action' AND outcome = '$outcome'", 'live_guard_events()');
    return $node->safe_psql('postgres', qq{SELECT who, acted_as, regexp_replace(client, ':[0-9]+\$', ':port'), application_name
        FROM opsmon.live_guard_events() WHERE pid = $pid AND action = '$action' AND outcome = '$outcome' ORDER BY number DESC LIMIT 1});
}

my ($pid) = call("$unix application_name=psql", q{SELECT opsmon.fence(true, 'first')});
is(ledger($pid, 'fence', 'done'), "$super||local|psql", 'over_a_unix_socket');
($pid) = call("$unix application_name=psql", q{SELECT opsmon.fence(true, 'second')});
is(ledger($pid, 'fence', 'done'), "$super||local|psql", 'another reason for one that is up is another entry');
($pid) = call('host=127.0.0.1 user=alice application_name=runbook', q{SELECT opsmon.fence(false)});
is(ledger($pid, 'fence lifted', 'done'), 'alice||127.0.0.1:port|runbook', 'over_tcp_by_a_role_that_was_granted_it');
like($node->safe_psql('postgres', "SELECT client FROM opsmon.live_guard_events() WHERE pid = $pid"), qr/^127\.0\.0\.1:[1-9][0-9]+$/, 'an address, and no name, though log_hostname is on');
($pid) = call("host=$six user=alice application_name=runbook", [ 'SET ROLE dba', q{SELECT opsmon.guard_suspend('1 min')} ]);
is(ledger($pid, 'suspend', 'done'), "alice|dba|$six_shown:port|runbook", 'over_ipv6_as_another_role');
($pid) = call("$unix user=alice application_name=''", q{SELECT opsmon.guard_suspend('0')});
is(ledger($pid, 'resume', 'done'), 'alice||local|', 'without_a_name_of_the_application');
($pid) = call("$unix", [ 'SET SESSION AUTHORIZATION alice', q{SET application_name = 'it''s "me"'}, q{SELECT opsmon.guard_suspend('1 min')} ]);
is(ledger($pid, 'suspend', 'done'), q{alice||local|it's "me"}, 'as_another_session_user');

# What is given as a reason stays one line in the ledger, in the log and in what others are told.
($pid) = call("$unix application_name=psql", qq{SELECT opsmon.fence(true, E'moved\\nFATAL:  made up \\033[31m')});
ledger($pid, 'fence', 'done');
my $reason_of = sub { $node->safe_psql('postgres', "SELECT detail FROM opsmon.live_guard_events() WHERE pid = $pid ORDER BY number DESC LIMIT 1") };
is($reason_of->(), 'moved FATAL:  made up  [31m', 'a_reason_is_on_one_line');
my (undef, $refused) = call("$unix user=mallory", 'CREATE TEMP TABLE t (a int)');
like($refused, qr/^DETAIL:  The reason given is: moved FATAL:  made up  \[31m$/m, 'also for those who are refused');
($pid) = call("$unix application_name=psql", q{SELECT opsmon.fence(false, 'the disk is larger')});
ledger($pid, 'fence lifted', 'done');
is($reason_of->(), 'the disk is larger', 'a_reason_for_lifting_it_is_kept');
unlike(slurp_file($node->logfile), qr/^\s*FATAL:  made up/m, 'no line of the log was made up');

# A function with the rights of its owner: both are told.
$node->safe_psql('postgres', q{CREATE FUNCTION resume() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT opsmon.guard_suspend('0') $$});
($pid) = call("$unix user=mallory application_name=psql", 'SELECT resume()');
is(ledger($pid, 'resume', 'done'), "mallory|$super|local|psql", 'through_a_function_of_somebody_elses_rights');

# Evictions: what was ordered and what came of it.
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('s', true)});
($pid) = call('host=127.0.0.1 user=alice application_name=runbook', q{SELECT opsmon.evict('s')});
is(ledger($pid, 'evict', $_), 'alice||127.0.0.1:port|runbook', "an eviction that is $_") for qw(ordered done);
is($node->safe_psql('postgres', "SELECT string_agg(outcome || ' ' || target, ', ' ORDER BY number) FROM opsmon.live_guard_events() WHERE pid = $pid"), 'ordered s, done s', 'twice, and no more');
($pid) = call("$unix application_name=drill", 'SELECT * FROM opsmon.drill()');
is(ledger($pid, 'drill', 'done'), "$super||local|drill", 'a_drill');

# Names made to mislead.
my $position = -s $node->logfile;
($pid) = call("$unix user='od\"d, from 6.6.6.6:1' application_name='x, pid 1); fence lifted done by nobody'", q{SELECT opsmon.guard_suspend('1 min')});
is(ledger($pid, 'suspend', 'done'), qq{od"d, from 6.6.6.6:1||local|x, pid 1); fence lifted done by nobody}, 'names_that_mislead_stay_in_their_columns');
($pid) = call("$unix user=guard application_name=" . 'n' x 80, [ qq{SET application_name = E'line\\nbreak \\x1b[31m'}, q{SELECT opsmon.guard_suspend('0')} ]);
# From 16 on the server writes such a character as \x0a, before it as a question mark.
like(ledger($pid, 'resume', 'done'), qr/^guard\|\|local\|line.{1,4}break .{1,4}\[31m$/s, 'a_role_called_guard_has_a_pid');
unlike($node->safe_psql('postgres', "SELECT application_name FROM opsmon.live_guard_events() WHERE pid = $pid"), qr/[\x00-\x1f]/, 'no_control_characters');
ok($node->wait_for_log(qr/resume done by guard from local \(line/, $position), 'the_log_says_it_too');
like(log_since($node, $position), qr/LOG:  opsmon guard: wal volume: suspend done by od"d, from 6\.6\.6\.6:1 from local \(x, pid 1\); fence lifted done by nobody, pid \d+\): until/, 'in one line');

# The table says the same as soon as it can be written: not under a fence.
wait_until($node, 'number = (SELECT max(l.number) FROM opsmon.live_guard_events() l)', 'guard_events');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT * FROM opsmon.live_guard_events() EXCEPT SELECT * FROM opsmon.guard_events) e}), '0',
    'the_table_takes_all_of_it');

# The timeline, in words.
like($node->safe_psql('postgres', q{SELECT string_agg(detail, E'\n') FROM opsmon.timeline(now() - interval '1 hour') WHERE what = 'guard'}),
    qr/^evict ordered s, by alice from 127\.0\.0\.1:\d+ \(runbook, pid \d+\); /m, 'so_does_the_timeline');
like($node->safe_psql('postgres', q{SELECT string_agg(detail, E'\n') FROM opsmon.timeline(now() - interval '1 hour') WHERE what = 'guard'}),
    qr/^suspend done, by alice as dba from \Q$six_shown\E:\d+ \(runbook, pid \d+\); /m, 'as whom');

# What was refused is no entry, and who may only look may not act.
my $entries = $node->safe_psql('postgres', 'SELECT max(number) FROM opsmon.live_guard_events()');
for my $case ([ "$unix user=mallory", q{SELECT opsmon.fence(true, 'x')} ], [ "$unix user=watcher", q{SELECT opsmon.fence(true, 'x')} ],
    [ "$unix user=watcher", q{SELECT opsmon.guard_suspend('1 min')} ], [ "$unix user=watcher", q{SELECT opsmon.evict('s')} ],
    [ "$unix user=watcher", q{SELECT opsmon.note_drill('done', 'x')} ], [ "$unix user=alice", q{SELECT * FROM opsmon.drill()} ]) {
    my (undef, $err) = call(@$case);
    like($err, qr/permission denied/, "refused: $case->[1]");
}
call("$unix user=alice", $_) for q{SELECT opsmon.fence(true)}, q{SELECT opsmon.evict('nobody')}, q{SELECT opsmon.guard_suspend('2 days')};
call("$unix user=alice", $_) for q{SELECT opsmon.fence(false)}, q{SELECT opsmon.guard_suspend('0')}; # nothing was up
my ($last) = call($unix, q{SELECT opsmon.guard_suspend('1 min')});
ledger($last, 'suspend', 'done');
is($node->safe_psql('postgres', 'SELECT max(number) FROM opsmon.live_guard_events()'), $entries + 1, 'what_was_refused_or_changed_nothing_is_no_entry');
is($node->safe_psql('postgres', q{SELECT count(*) FROM opsmon.guard_events WHERE who = 'guard' AND pid IS NULL AND (client IS NOT NULL OR application_name IS NOT NULL)}), '0',
    'the_guard_itself_comes_from_nowhere');

# Who does much at once waits, until all of it is in the ledger.
call("$unix user=alice application_name=flood", [ q{DO $$BEGIN FOR i IN 1 .. 30 LOOP PERFORM opsmon.guard_suspend('1 h'), opsmon.guard_suspend('0'); END LOOP;
    PERFORM opsmon.fence(true, 'hidden'), opsmon.guard_suspend('24 h'); END$$} ]);
wait_until($node, q{(SELECT count(*) = 62 AND bool_or(action = 'fence' AND detail = 'hidden') FROM opsmon.live_guard_events() WHERE application_name = 'flood')});
pass('no_flood_keeps_a_deed_out_of_the_ledger');
call("$unix user=alice", $_) for q{SELECT opsmon.fence(false)}, q{SELECT opsmon.guard_suspend('0')};

# Whoever has to wait for room asks afterwards whom he may take.
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('waiting', true)});
my $held = worker_pid($node, 'guard');
kill 'STOP', $held;
call("$unix user=alice", [ map { qq{SELECT opsmon.guard_suspend('$_ min')} } 1 .. 24 ]);
my $evict = IPC::Run::start([ 'psql', '-qXAt', '-d', 'dbname=postgres port=' . $node->port . " $unix user=alice", '-c', q{SELECT * FROM opsmon.evict('waiting')} ],
    '<', \undef, '>', \my $evicted, '2>', \my $evict_refused);
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'alice' AND wait_event_type = 'Extension'}) or die 'timed out';
# Loaded as soon as it is committed: asked for afterwards, the time may be later than that.
my $said_at = $node->safe_psql('postgres', q{INSERT INTO opsmon.consumers (kind, name, policy) VALUES ('slot', 'waiting', 'protect')
    ON CONFLICT (kind, name) DO UPDATE SET policy = 'protect' RETURNING clock_timestamp()});
wait_until($node, "policies_loaded_at > '$said_at'", 'guard_state');
kill 'CONT', $held;
$evict->finish;
like($evict_refused, qr/replication slot "waiting" is protected/, 'a_slot_that_was_protected_while_its_eviction_waited_is_refused');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'waiting'}), '1', 'and_stays');
$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('waiting')});

# The guard stands still and has no room: for a while nothing is done, and of one that does not live the log has it, with
# all of it.
my $guard = worker_pid($node, 'guard');
kill 'STOP', $guard;
$position = -s $node->logfile;
my (undef, $said) = run_command([ 'psql', '-qXAt', '-d', 'dbname=postgres port=' . $node->port . " $unix user=alice application_name=busy",
        map { ('-c', "SELECT opsmon.guard_suspend('$_ min')") } 1 .. 40 ]);
kill 'CONT', $guard;
my $refusals = () = $said =~ /too much is being done by hand at once/g;
cmp_ok($refusals, '>=', 1, 'what_the_ledger_cannot_take_is_not_done_while_the_guard_lives');
my @lost = log_since($node, $position) =~ /(LOG:  opsmon: suspend done by alice from local \(busy, pid \d+\): until )/g;
cmp_ok(scalar @lost, '>=', 1, 'what_a_dead_guard_cannot_take_the_log_has');
wait_until($node, 'reports_lost = ' . @lost, 'guard_state');
wait_until($node, '(SELECT count(*) = ' . (40 - @lost - $refusals) . q{ FROM opsmon.live_guard_events() WHERE application_name = 'busy')});
pass('and the ledger the others');

$node->stop;
done_testing();

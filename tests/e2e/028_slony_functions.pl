# What the sidecar's role may do to a Slony-I cluster, in the database itself: sidecar/slony/opsmon_slony.sql with a real
# cluster. Each fact that speaks against a drop alone prevents it; the role can do nothing else; the ledger says what was done.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSlony;

my $server = PostgreSQL::Test::Cluster->new('server');
$server->init;
$server->start;
$server->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $slony = slony_cluster(name => 'Production',
    nodes => { 1 => $server, 2 => [ $server, 'app2' ], 3 => [ $server, 'app3' ], 4 => [ $server, 'app4' ] });
my $script = "$ENV{OPSMON_RUN}/sidecar/slony/opsmon_slony.sql";

# As the role, and as Slony's superuser.
sub by_role { my ($sql) = @_; return $server->psql('app', $sql, extra_params => [ '-U', 'opsmon_sidecar' ]) }
sub role_gets { my ($sql) = @_; my ($code, $out, $err) = by_role($sql); return $code == 0 ? $out : "error: $err" }
sub run_script {
    my (%o) = (cluster => 'Production', role => 'opsmon_sidecar', user => 'slony', @_);
    my @variables = map { ('-v', "$_=$o{$_}") } grep { $o{$_} ne '' } qw(cluster role);
    my ($out, $err) = ('', '');
    my $ok = IPC::Run::run([ 'psql', '-X', '-h', $server->host, '-p', $server->port, '-U', $o{user}, '-d', 'app',
        @variables, '-f', $script ], '<', \undef, '>', \$out, '2>', \$err);
    return $ok ? "done $out$err" : "failed $err";
}
sub codes {
    my ($node, $silence) = @_;
    return role_gets("SELECT string_agg(code, ' ' ORDER BY code) FROM opsmon_slony.examine('Production', $node, '"
          . ($silence // '1 s') . "')");
}
# The codes after a change that is taken back at once.
sub codes_if {
    my ($change, $node) = @_;
    $change =~ s/%s/"_Production"/g;
    my $out = slony_value($slony, 1, "BEGIN; $change; SELECT coalesce(string_agg(code, ' ' ORDER BY code), '')
        FROM opsmon_slony.examine('Production', " . ($node // 2) . ", '1 s'); ROLLBACK;");
    return $out =~ s/^\n+//r;
}
sub drop_node {
    my ($node, $dry) = @_;
    return role_gets("SELECT outcome FROM opsmon_slony.drop_node('Production', $node, '1 s', $dry, 'the test')");
}
sub ledger {
    return slony_value($slony, 1, q{SELECT string_agg(node || ' ' || action || ' ' || outcome, ', ' ORDER BY number) FROM opsmon_slony.ledger});
}

like(run_script(cluster => ''), qr/^failed .*of which cluster\?/, 'it wants to know the cluster');
like(run_script(role => ''), qr/^failed .*for which role\?/, 'and the role');
like(run_script(role => 'nobody'), qr/^failed .*the role nobody is not there/, 'one that is there');
like(run_script(role => 'slony'), qr/^failed .*is a superuser/, 'and no superuser');
like(run_script(cluster => 'evil'), qr/^failed .*there is no Slony-I cluster evil/, 'a cluster that is there');
is(slony_value($slony, 1, q{SELECT to_regnamespace('opsmon_slony') IS NULL}), 't', 'what fails leaves nothing behind');
$server->safe_psql('app', 'CREATE ROLE owner LOGIN; GRANT CREATE ON DATABASE app TO owner');
like(run_script(user => 'owner'), qr/^failed .*owner is not a superuser/, 'only a superuser can run it');
$server->safe_psql('app', 'CREATE SCHEMA opsmon_slony', extra_params => [ '-U', 'owner' ]);
like(run_script(), qr/^failed .*belongs to owner/, 'nobody else prepares the schema');
$server->safe_psql('app', 'DROP SCHEMA opsmon_slony');
is(run_script(), 'done ', 'it runs');
is(run_script(), 'done ', 'and again');

# A look-alike is not believed, whoever makes it.
$server->safe_psql('app', 'CREATE SCHEMA "_evil"; CREATE TABLE "_evil".sl_node (no_id int)', extra_params => [ '-U', 'owner' ]);
$server->safe_psql('app', q{INSERT INTO opsmon_slony.limits VALUES ('evil')});
like(role_gets(q{SELECT * FROM opsmon_slony.node_addresses('evil')}), qr/there is no Slony-I cluster evil/, 'a_look_alike_is_no_cluster');
$server->safe_psql('app', q{DELETE FROM opsmon_slony.limits WHERE cluster = 'evil'});

# The role can do this and nothing else.
my %denied = (
    'drop a node directly' => q{SELECT "_Production".dropNode(ARRAY[2])},
    'clean up directly' => q{SELECT "_Production".cleanupEvent('0 s')},
    'read a connection string' => q{SELECT pa_conninfo FROM "_Production".sl_path},
    'read rows of the logs' => q{SELECT log_cmdargs FROM "_Production".sl_log_1},
    'give its own consent' => q{INSERT INTO opsmon_slony.expendable VALUES ('Production', 3, 'me')},
    'lower the limits' => q{UPDATE opsmon_slony.limits SET minimum_silence = '1 s'},
    'write the ledger' => q{INSERT INTO opsmon_slony.ledger (cluster, node, action, outcome, reason) VALUES ('x', 1, 'drop', 'done', 'x')},
    'empty the ledger' => q{DELETE FROM opsmon_slony.ledger},
    'note anything' => q{SELECT opsmon_slony.note(NULL)},
    'see what is remembered' => q{SELECT opsmon_slony.remembered('Production', 2)});
like(role_gets($denied{$_}), qr/permission denied/, "the role cannot $_") for sort keys %denied;
is($server->psql('app', q{SELECT * FROM opsmon_slony.examine('Production', 2, '1 h')}, extra_params => [ '-U', 'owner' ]), 3,
    'others can do nothing at all');

# Addresses, and nothing else of a connection string.
slony_value($slony, 1, q{UPDATE %s.sl_path SET pa_conninfo = pa_conninfo || ' password=''se cret''' WHERE pa_server = 2});
is(role_gets(q{SELECT node, host, port FROM opsmon_slony.node_addresses('Production') WHERE node = 2}),
    '2|' . $server->host . '|' . $server->port, 'where a node is');
my %addresses = (
    q{host=db2 port=5433 user=x password=p} => 'db2:5433',
    q{ host = 'db 2'  hostaddr=10.0.0.2 port=5432} => '10.0.0.2:5432', q{host=db2} => '?', q{host=db2 port=} => '?',
    q{host=a,b port=1,2} => 'a:1 b:2', q{host=a,b port=7} => 'a:7 b:7', q{host=a,b port=1} => 'a:1 b:1',
    q{password='it''s host=evil' host=db2} => '?',
    q{password='it\\'s host=evil' host=db2 port=5432} => 'db2:5432',
    q{postgresql://u:p@db2:5433/app?sslmode=require} => '?', q{postgresql://u:p@db2:5433/app} => 'db2:5433',
    q{postgres://[::1]:5432/app} => '::1:5432', q{postgres://db2/app} => '?', q{postgresql://u:p@ss@db2/app} => '?', q{postgresql://db%32/app} => '?',
    q{service=slave} => '?', q{dbname=app} => '?', q{} => '?', q{host=db2 port=x} => '?', q{host=db2 port=70000} => '?',
    q{host=db2 port=1,2,3} => '?', q{nonsense} => '?');
for my $conninfo (sort keys %addresses) {
    my $quoted = $conninfo =~ s/'/''/gr;
    is(slony_value($slony, 1, qq{SELECT string_agg(coalesce(host || ':' || port, '?'), ' ') FROM opsmon_slony.addresses_in('$quoted')}),
        $addresses{$conninfo}, "the addresses in: $conninfo");
}

start_slon($slony, 1, 2, 3, 4);
write_rows($slony, 1, 1000);
subscribe($slony, 1 => 2);
subscribe($slony, 1 => 3);
subscribe($slony, 3 => 4);

# A cluster where all is well: everything speaks against it.
like(codes(2), qr/^changed_lately connected not_expendable not_silent$/, 'a_live_node_is_not_dropped');
like(codes(1), qr/\blocal\b.*\borigin\b.*\bprovider\b/, 'nor_the_local_node_an_origin_a_provider');
like(codes(3), qr/\bprovider\b/, 'nor_a_provider');
is(codes(9), 'changed_lately not_expendable unknown', 'nor_one_that_is_not_there');
is(codes('NULL::int'), 'changed_lately not_expendable unknown', 'nor_nobody');
slony_value($slony, 1, q{INSERT INTO opsmon_slony.expendable SELECT 'Production', n, 'the test' FROM generate_series(1, 4) n});
is(drop_node($_, 'false'), 'refused', "node $_ stays") for 1 .. 4;
is(slony_value($slony, 1, 'SELECT count(*) FROM %s.sl_node'), 4, 'all nodes are there');
is(drop_node(2, 'false'), 'refused', 'again');
drop_node($_, 'false') for 1000 .. 1010;
is(ledger(), '1 drop refused, 2 drop refused, 3 drop refused, 4 drop refused', 'what_changes_nothing_is_not_repeated_and_nodes_that_are_none_are_left_out');

# Dead: what it said lies further back than any test would wait for. The limit of the database holds, whatever is asked.
kill_slon($slony, 2);
slony_wait($slony, 1, q{SELECT count(*) = 0 FROM %s.sl_nodelock k JOIN pg_stat_activity a ON a.pid = k.nl_backendpid
    WHERE k.nl_nodeid = 2 AND a.application_name LIKE 'slon.%%'} =~ s/%%/%/r);
like(codes(2), qr/\bnot_silent\b/, 'the_limit_of_the_database_holds_whatever_is_asked_for');
slony_value($slony, 1, q{UPDATE opsmon_slony.limits SET minimum_silence = '3 s'});
like(codes(2, '1 h'), qr/\bnot_silent\b/, 'and_so_does_what_is_asked_for');
slony_wait($slony, 1, q{SELECT count(*) = 0 FROM opsmon_slony.examine('Production', 2, '1 s')});
is(codes(2), '', 'nothing speaks against the dead node any more');

# Each of these alone prevents it.
my %alone = (
    local_slon_silent => q{UPDATE %s.sl_event SET ev_timestamp = ev_timestamp - interval '70 s' WHERE ev_origin = 1},
    others_silent => q{UPDATE %s.sl_event SET ev_timestamp = ev_timestamp - interval '3 min' WHERE ev_origin = 4;
        UPDATE %s.sl_confirm SET con_timestamp = con_timestamp - interval '3 min' WHERE con_received = 4 OR con_origin = 4},
    not_silent => q{UPDATE %s.sl_event SET ev_timestamp = now() WHERE ev_origin = 2 AND ev_type = 'SYNC'},
    silence_unknown => q{DELETE FROM %s.sl_event WHERE ev_origin = 2; DELETE FROM %s.sl_confirm WHERE con_received = 2 OR con_origin = 2},
    failover => q{UPDATE %s.sl_node SET no_failed = true WHERE no_id = 4},
    set_locked => q{UPDATE %s.sl_set SET set_locked = 1},
    changed_lately => q{INSERT INTO %s.sl_event (ev_origin, ev_seqno, ev_timestamp, ev_type) VALUES (4, 1, now(), 'STORE_PATH')},
    provider => q{UPDATE %s.sl_subscribe SET sub_provider = 2 WHERE sub_receiver = 4},
    only_way => q{DELETE FROM %s.sl_listen WHERE li_origin = 1 AND li_receiver = 4;
        INSERT INTO %s.sl_listen VALUES (1, 2, 4)},
    not_expendable => q{DELETE FROM opsmon_slony.expendable WHERE node = 2},
    another_node => q{UPDATE %s.sl_node SET no_comment = 'a new machine' WHERE no_id = 2},
    paused => q{UPDATE opsmon_slony.limits SET paused_until = now() + interval '1 h'},
    dropped_today => q{INSERT INTO opsmon_slony.ledger (at, cluster, node, action, outcome, reason)
        VALUES (now() - interval '23 h', 'Production', 7, 'drop', 'done', 'x')});
is(codes_if($alone{$_}), $_, "${_}_alone_prevents_it") for sort keys %alone;
is(codes_if(q{INSERT INTO opsmon_slony.ledger (at, cluster, node, action, outcome, reason)
    VALUES (now() - interval '25 h', 'Production', 7, 'drop', 'done', 'x')}), '', 'yesterday is over');
is(codes_if(q{UPDATE %s.sl_event SET ev_timestamp = ev_timestamp - interval '1 day' WHERE ev_origin = 4}), '',
    'a_clock_that_is_behind_makes_nobody_look_dead');

# Would, failed, done. On a busy machine the slons of others reconnect now and then, which speaks against it for a moment.
sub drop_the_dead {
    my ($dry) = @_;
    slony_wait($slony, 1, q{SELECT count(*) = 0 FROM opsmon_slony.examine('Production', 2, '1 s')});
    my $outcome = drop_node(2, $dry);
    diag(slony_value($slony, 1, 'SELECT details FROM opsmon_slony.ledger ORDER BY number DESC LIMIT 1')) if $outcome eq 'refused';
    return $outcome;
}
is(drop_the_dead('true'), 'would', 'a dry run says that it would');
is(drop_the_dead('NULL'), 'would', 'and so does who does not say');
my $locker = $server->background_psql('app', on_error_stop => 1);
$locker->query_safe('BEGIN; LOCK TABLE "_Production".sl_config_lock');
is(drop_the_dead('false'), 'failed', 'a lock that is not had in time is a failure');
$locker->query_safe('COMMIT');
$locker->quit;
like(role_gets(q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT opsmon_slony.drop_node('Production', 2, '1 s', false, 'x')}),
    qr/READ COMMITTED only/, 'an old snapshot decides nothing');
write_rows($slony, 1, 20_000);
slony_caught_up($slony, 4);
slony_value($slony, 1, q{UPDATE %s.sl_path SET pa_conninfo = pa_conninfo || ' password=''se cret''' WHERE pa_conninfo !~ 'cret'});
my $before = slony_value($slony, 1, q{SELECT opsmon_slony.log_bytes('Production')});
is(drop_the_dead('false'), 'done', 'the dead node is dropped');
is(slony_value($slony, 1, q{SELECT string_agg(no_id::text, ' ' ORDER BY no_id) FROM %s.sl_node}), '1 3 4', 'it alone');
slony_wait($slony, $_, q{SELECT string_agg(no_id::text, ' ' ORDER BY no_id) = '1 3 4' FROM %s.sl_node}) for 3, 4;
pass('the others know it');
is(ledger(), '1 drop refused, 2 drop refused, 3 drop refused, 4 drop refused, 2 drop would, 2 drop failed, 2 drop done', 'the ledger has it all');
is(slony_value($slony, 1, q{SELECT concat_ws(' ', who, client, reason, before_bytes > 0, details -> 'node' ->> 'no_comment',
    jsonb_array_length(details -> 'paths'), details #>> '{subscriptions,0,sub_provider}', details #>> '{consent,why}')
    FROM opsmon_slony.ledger WHERE outcome = 'done'}), 'opsmon_sidecar local the test t node 2 6 1 the test', 'who, why, and what it takes to store it again');
unlike(slony_value($slony, 1, 'SELECT string_agg(l::text, chr(10)) FROM opsmon_slony.ledger l'), qr/se cret|password|user=/, 'no_secret_is_in_the_ledger');
like(codes(2), qr/dropped_today not_expendable .*unknown/, 'the consent is used up');
like(codes(4), qr/dropped_today/, 'and there is one drop a day');
is(role_gets(q{SELECT opsmon_slony.note_clean_up('Production', 3, true, 'x') IS NULL}), 't', 'a clean-up is noted of a drop only');
ok($server->poll_query_until('app', qq{SELECT opsmon_slony.clean_up('Production') < $before / 4}), 'the_logs_fall');
is(role_gets(q{SELECT opsmon_slony.note_clean_up('Production', 2, true, 'the test')}), 'done', 'which is noted');
is(role_gets(q{SELECT opsmon_slony.note_clean_up('Production', 2, true, 'x') IS NULL}), 't', 'once');
write_rows($slony, 1, 100);
slony_caught_up($slony, $_) for 3, 4;
pass('those_who_remain_are_in_sync');
is(run_script(), 'done ', 'the script can be run again');
like(ledger(), qr/2 clean_up done$/, 'and the ledger stays');
done_testing();

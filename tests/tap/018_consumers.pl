# Who takes WAL is learned by itself: standbys with and without a slot, subscribers, receivers, cascades. Who comes and
# who goes is an event, also when no row in any view of the server is left of it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $primary = start_primary('primary', "opsmon.consumer_grace = 1s\nwal_level = logical\narchive_mode = on\narchive_command = 'true'\nmax_wal_size = 64MB\nmin_wal_size = 32MB\n");
$primary->append_conf('postgresql.conf', "checkpoint_timeout = 1h\n");
my @receivers;
END {
    my $status = $?;
    $_->kill_kill for @receivers;
    $? = $status;
}
sub sql { return $primary->safe_psql('postgres', $_[0]) }
sub event {
    my ($name, $event, $condition) = @_;
    return wait_until($primary, "name = '$name' AND event = '$event' AND " . ($condition // 'true'), 'consumer_events');
}
sub events_of {
    my ($name) = @_;
    return sql("SELECT coalesce(string_agg(event, ' ' ORDER BY at), '') FROM opsmon.consumer_events WHERE name = '$name'");
}

# What a consumer is called: without a slot, its application, user and address.
$primary->backup('base');
sub standby {
    my ($name, %options) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init_from_backup($options{of} // $primary, $options{backup} // 'base', has_streaming => 1);
    my $slot = defined $options{slot} ? "primary_slot_name = '$options{slot}'\n" : '';
    my $source = $options{of} // $primary;
    $node->append_conf('postgresql.conf', "${slot}primary_conninfo = '" . $source->connstr . " application_name=$name'\n");
    $node->start;
    return $node;
}
my $user = sql('SELECT quote_ident(current_user)');
my $berlin = standby('berlin');
my $berlin_name = "berlin $user\@local";
event($berlin_name, 'appeared', q{kind = 'standby' AND owner IS NULL AND detail = 'nobody has said whose it is'});
wait_until($primary, "name = '$berlin_name' AND lag_bytes IS NOT NULL", 'consumer_status'); # its first reply
is(sql("SELECT state, connected, unowned, held_bytes IS NULL, policy IS NULL, lag_bytes IS NOT NULL, last_seen > now() - interval '5 s' FROM opsmon.consumer_status WHERE name = '$berlin_name'"),
    'present|t|t|t|t|t|t', 'a_standby_without_a_slot_is_learned_by_itself');
is(sql(q{SELECT count(*) FROM opsmon.consumers WHERE kind = 'standby'}), '1', 'once');

event('archiver', 'appeared', q{kind = 'archiver' AND detail = 'archive_mode is on'});
is(sql(q{SELECT state, unowned, policy IS NULL FROM opsmon.consumer_status WHERE kind = 'archiver'}), 'present|f|t', 'the_archiver_is_one_and_the_servers_own');

# A slot is one from the moment it is there; then somebody comes to it.
sql(q{SELECT pg_create_physical_replication_slot('paris', true)});
event('paris', 'appeared', q{kind = 'slot'});
wait_until($primary, q{name = 'paris' AND state = 'idle' AND NOT connected AND policy = 'ask' AND policy_source = 'nobody has said anything'}, 'consumer_status');
my $paris = standby('paris', slot => 'paris');
wait_until($primary, q{name = 'paris' AND state = 'present' AND connected AND movement = 'moving' AND application_name = 'paris'}, 'consumer_status');
is(events_of('paris'), 'appeared', 'that_somebody_comes_to_a_slot_is_no_event_of_its_own');
is(sql(q{SELECT count(*) FROM opsmon.consumers WHERE name LIKE 'paris %'}), '0', 'who_has_a_slot_is_known_by_it_alone');

# The incident: it goes, and nothing is left of it in any view of the server.
wait_until($primary, q{began_at < now() - interval '11 s'}, 'consumer_watch');
vanish($berlin) or die 'the standby is still there';
event($berlin_name, 'vanished', q{detail ~ '^last seen .*; no slot keeps WAL for it$' AND held_bytes IS NULL});
is(sql(q{SELECT count(*) FROM pg_stat_replication WHERE application_name = 'berlin'}), '0', 'a_consumer_that_vanished_is_an_event_when_nothing_is_left_of_it');
is(sql("SELECT state, connected, state_since > last_seen, last_seen > state_since - interval '3 s' FROM opsmon.consumer_status WHERE name = '$berlin_name'"),
    'vanished|f|t|t', 'since when it is away is known');
$berlin->start;
event($berlin_name, 'returned', q{detail ~ '^was vanished for '});
is(events_of($berlin_name), 'appeared vanished returned', 'and_that_it_returned');

# A cascade: what hangs on the standby is seen there from memory, and the primary's consumers are not missed there.
$primary->wait_for_catchup($berlin, 'replay');
$berlin->backup('cascade');
my $bonn = standby('bonn', of => $berlin, backup => 'cascade');
wait_until($berlin, qq{name = 'bonn $user\@local' AND state = 'present' AND connected AND NOT learned}, 'consumer_status');
is($berlin->safe_psql('postgres', q{SELECT string_agg(DISTINCT state, ' ') FROM opsmon.consumer_status WHERE learned}), 'elsewhere',
    'on_a_standby_the_consumers_of_the_primary_are_elsewhere');
is(sql(q{SELECT count(*) FROM opsmon.consumers WHERE name ~ 'bonn'}), '0', 'and the primary knows nothing of a cascade');

# With a slot the row stays, and says what it holds.
vanish($paris) or die 'the standby is still there';
sql(q{SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, 40)});
event('paris', 'vanished', q{detail ~ '; its slot goes on keeping WAL$'});
wait_until($primary, q{name = 'paris' AND held_bytes_max > 30000000 AND held_bytes > 30000000 AND state = 'vanished'}, 'consumer_status');
wait_until($primary, q{name = 'paris' AND held_bytes_max > 30000000}, 'consumers');
pass('the_most_it_held_is_remembered');
sql(q{SELECT pg_drop_replication_slot('paris')});
event('paris', 'dropped', q{detail = 'its slot is gone; it was vanished'});
is(sql(q{SELECT state, held_bytes IS NULL, held_bytes_max > 30000000 FROM opsmon.consumer_status WHERE name = 'paris'}),
    'dropped|t|t', 'who_had_a_slot_that_was_dropped_is_remembered');

# A slot that loses its WAL.
sql(q{SELECT pg_create_physical_replication_slot('oslo', true)});
$primary->append_conf('postgresql.conf', "max_slot_wal_keep_size = 16MB\n");
$primary->reload;
event('oslo', 'appeared');
for (1 .. 100) { # the checkpointer may not have heard of the limit yet
    sql(q{SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, 20)});
    sql('CHECKPOINT');
    last if sql(q{SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'oslo'}) eq 'lost';
}
event('oslo', 'lost');
wait_until($primary, q{name = 'oslo' AND state = 'lost' AND held_bytes IS NULL}, 'consumer_status');
$primary->append_conf('postgresql.conf', "max_slot_wal_keep_size = -1\n");
$primary->reload;

# A logical subscriber; the slot of its initial copy leaves no trace.
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;
sql('CREATE TABLE t AS SELECT generate_series(1, 10) AS i; CREATE PUBLICATION p FOR TABLE t');
$subscriber->safe_psql('postgres', 'CREATE TABLE t (i int)');
my $source = $primary->connstr('postgres') =~ s/'/''/gr;
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION orders CONNECTION '$source' PUBLICATION p");
$subscriber->poll_query_until('postgres', q{SELECT count(*) = 1 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel}) or die 'timed out';
wait_until($primary, q{name = 'orders' AND state = 'present' AND slot_type = 'logical' AND plugin = 'pgoutput' AND database = 'postgres' AND connected}, 'consumer_status');
pass('a_subscriber_is_learned_with_its_plugin_and_database');
$primary->poll_query_until('postgres', q{SELECT count(*) = 0 FROM opsmon.consumers WHERE name LIKE 'pg\_%\_sync\_%'}) or die 'timed out';
is(sql(q{SELECT count(*) FROM opsmon.consumer_events WHERE name LIKE 'pg\_%\_sync\_%'}), '0', 'the_initial_copy_comes_and_goes_unnoticed');

# A copy that takes long: its slot is unused meanwhile and must not be dropped, its walsender is a session and no
# standby, and neither is somebody without an owner.
$subscriber->safe_psql('postgres', q{CREATE TABLE slow (i int);
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
CREATE TRIGGER wait BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION wait();
ALTER TABLE slow ENABLE ALWAYS TRIGGER wait});
my $held_up = $subscriber->background_psql('postgres');
$held_up->query_safe('SELECT pg_advisory_lock(1)');
sql('CREATE TABLE slow AS SELECT generate_series(1, 10) AS i; CREATE PUBLICATION slow FOR TABLE slow');
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION slow CONNECTION '$source' PUBLICATION slow");
wait_until($primary, q{kind = 'slot (catalogs only)' AND name ~ '^pg_\d+_sync_' AND state = 'inactive' AND to_end_it IS NULL AND why LIKE 'the initial copy of a table of a subscription%'}, 'xmin_horizon');
pass('the_slot_of_an_initial_copy_is_never_to_be_dropped_by_hand');
wait_until($primary, q{kind = 'session' AND name ~ '^pg_\d+_sync_' AND database = 'postgres' AND to_end_it = format('SELECT pg_terminate_backend(%s);', pid) AND why LIKE 'a walsender that reads tables%'}, 'xmin_horizon');
is(sql(q{SELECT count(*) FROM opsmon.xmin_horizon WHERE kind = 'standby'}), '0', 'a_walsender_with_a_snapshot_of_its_own_is_no_standby');
wait_until($primary, q{kind = 'standby' AND name ~ '^pg_\d+_sync_' AND connected AND NOT learned}, 'consumer_status');
wait_until($primary, q{kind = 'slot' AND name ~ '^pg_\d+_sync_' AND learned}, 'consumer_status');
is(sql(q{SELECT count(*) FROM opsmon.consumer_status WHERE name ~ '^pg_\d+_sync_' AND unowned}), '0', 'nor_somebody_without_an_owner');
$held_up->query_safe('SELECT pg_advisory_unlock(1)');
$held_up->quit;
$subscriber->poll_query_until('postgres', q{SELECT count(*) = 2 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel}) or die 'timed out';

# A base backup that takes long, and its two walsenders.
my $backup_out = '';
my $backup = IPC::Run::start([ 'pg_basebackup', '-D', PostgreSQL::Test::Utils::tempdir . '/slow', '-d', $primary->connstr . ' application_name=pg_basebackup', '--max-rate', '32', '-c', 'fast' ], '>', \$backup_out, '2>', \$backup_out);
push @receivers, $backup;
$primary->poll_query_until('postgres', q{SELECT count(*) = 2 AND count(DISTINCT name) = 2 AND NOT bool_or(unowned OR learned) FROM opsmon.consumer_status WHERE application_name = 'pg_basebackup' AND connected}) or die 'timed out';
pass('a_base_backup_that_is_made_needs_no_owner');
sql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'pg_basebackup'}); # it has two processes
$backup->finish;
@receivers = ();

# A standby is made as its documentation says, and its slot with it: it is the standby's, and misses it.
my $made = PostgreSQL::Test::Utils::tempdir . '/made';
$backup = IPC::Run::start([ 'pg_basebackup', '-D', $made, '-d', $primary->connstr . ' application_name=pg_basebackup', qw(-C -S made_with_it -c fast --max-rate 32) ], '>', \$backup_out, '2>', \$backup_out);
push @receivers, $backup;
wait_until($primary, q{name = 'made_with_it' AND state = 'present'}, 'consumers');
is(sql(q{SELECT policy, recognised IS NULL FROM opsmon.consumers WHERE name = 'made_with_it'}), 'ask|t', 'the_slot_of_a_standby_is_not_its_base_backups');
sql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'pg_basebackup'});
$backup->finish;
@receivers = ();
event('made_with_it', 'vanished');
sql(q{SELECT pg_drop_replication_slot('made_with_it')});
event('made_with_it', 'dropped');
sql(q{DELETE FROM opsmon.consumers WHERE name = 'made_with_it'});
$primary->poll_query_until('postgres', q{SELECT count(*) = 0 FROM opsmon.consumers_now WHERE application_name = 'pg_basebackup'}) or die 'timed out';

# pg_receivewal, with a slot and without; a base backup is nobody.
for my $slot ('', 'wal_archive') {
    my $folder = PostgreSQL::Test::Utils::tempdir;
    my @call = ('pg_receivewal', '-D', $folder, '-d', $primary->connstr . ' application_name=pg_receivewal');
    command_ok([ @call, '--create-slot', '-S', $slot ], 'a slot for it') if $slot ne '';
    my $out = '';
    push @receivers, IPC::Run::start([ @call, $slot ne '' ? ('-S', $slot) : () ], '>', \$out, '2>', \$out);
}
event("pg_receivewal $user\@local", 'appeared', q{recognised = 'pg_receivewal'});
wait_until($primary, q{name = 'wal_archive' AND recognised = 'pg_receivewal' AND policy = 'last' AND policy_source ~ '^recognised as pg_receivewal: without it' AND unowned}, 'consumer_status');
pass('whose_application_is_known_gets_a_safer_policy_when_it_connects');
my $receiver_name = "pg_receivewal $user\@local";
# Who somebody is does not depend on a setting of the server or of whoever looks.
is(sql(qq{SET quote_all_identifiers = on; SELECT count(*) FROM opsmon.consumers_now WHERE name = '$receiver_name'}), '1', 'a_name_is_the_same_for_whoever_looks');
my $known = sql('SELECT string_agg(name, chr(10) ORDER BY name) FROM opsmon.consumer_status');
$primary->append_conf('postgresql.conf', "quote_all_identifiers = on\n");
$primary->reload;
$primary->poll_query_until('postgres', q{SELECT current_setting('quote_all_identifiers') = 'on'}) or die 'timed out';
my $learned_at = sql('SELECT learned_at FROM opsmon.live_learner()');
wait_until($primary, "learned_at > timestamptz '$learned_at' + interval '2 s'", 'live_learner()');
is(sql('SELECT string_agg(name, chr(10) ORDER BY name) FROM opsmon.consumer_status'), $known, 'and_whatever_the_server_quotes');
is(events_of($receiver_name), 'appeared', 'which is no event');
$primary->append_conf('postgresql.conf', "quote_all_identifiers = off\n");
$primary->reload;

$primary->backup('another');
is(sql(q{SELECT count(*) FROM opsmon.consumers WHERE application_name ~ 'basebackup' OR name ~ 'basebackup'}), '0', 'a_base_backup_is_no_consumer');
for my $receiver (@receivers) {
    $receiver->signal('INT');
    $receiver->finish;
}
@receivers = ();
event("pg_receivewal $user\@local", 'vanished');
event('wal_archive', 'vanished');

# A limit that came without a trigger (a replica's apply, a restore) holds all the same.
my $policies = sql('SELECT policies FROM opsmon.guard_state');
sql(q{SET session_replication_role = replica; INSERT INTO opsmon.consumers (name, max_retained) VALUES ('limited', 1)});
$primary->poll_query_until('postgres', "SELECT policies = $policies + 1 FROM opsmon.guard_state") or die 'not read';
pass('a_limit_nobody_is_known_to_have_written_is_read_by_the_guard');

$_->stop for $bonn, $berlin, $subscriber, $primary;
done_testing();

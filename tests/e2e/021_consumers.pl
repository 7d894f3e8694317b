# The incident without a slot: a standby nobody knew about vanishes, and nothing in PostgreSQL remembers it. The inventory
# does: its metrics, its alert and whom to ask.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

my $primary = start_primary('primary', "opsmon.consumer_grace = 1s\n");
$primary->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('berlin');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
my $name = 'berlin ' . $primary->safe_psql('postgres', 'SELECT quote_ident(current_user)') . '@local';
my $sidecar = start_sidecar(sidecar_conf($primary,
    alerting => "  rule_files: [$ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml]\n"));
sub of { return metric($sidecar, "postgresql_consumer_$_[0]\{kind=\"standby\",name=\"$name\"\}") }
sub alert { return get("$sidecar->{url}/api/v1/alerts")->{content} =~ /"ReplicationConsumerGone"/ }

wait_for('the sidecar sees a standby without a slot', sub { (of('present') // 0) == 1 }, $sidecar);
is(of('unowned'), 1, 'nobody has said whose it is');
is(of('held_bytes'), undef, 'nothing is kept for it');
like(metrics($sidecar), qr/^postgresql_consumer_info\{kind="standby",name="\Q$name\E",application_name="berlin"\} 1$/m,
    'who it is');
$primary->safe_psql('postgres', qq{UPDATE opsmon.consumers SET owner = 'dba' WHERE name = '$name'});
wait_for('what people say is shown', sub { (of('unowned') // 1) == 0 && metrics($sidecar) =~ /owner="dba"/ }, $sidecar);
pass('whose_it_is_can_be_said');

# Somebody holds the table: that costs the inventory, and nothing else.
my $locker = $primary->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE opsmon.consumers');
wait_for('the inventory is missed', sub {
    my $page = metrics($sidecar);
    $page =~ /^opsmon_collector_success\{collector="postgresql_consumers"\} 0$/m
      && $page =~ /^opsmon_collector_success\{collector="postgresql_guard"\} 1$/m && $page =~ /^postgresql_up 1$/m;
}, $sidecar);
pass('a_locked_inventory_costs_nothing_else');
$locker->query_safe('COMMIT');
$locker->quit;
wait_for('it returns', sub { defined of('present') }, $sidecar);

wait_until($primary, q{began_at < now() - interval '11 s'}, 'consumer_watch');
ok(!alert(), 'nothing is said while it is there');
vanish($standby) or die 'the standby is still there';
wait_for('its end is told', sub { (of('present') // 1) == 0 && alert() }, $sidecar);
pass('a_standby_without_a_slot_that_vanishes_is_an_alert');
ok(of('gone_since_timestamp_seconds') >= of('last_seen_timestamp_seconds'), 'and since when is known');
$standby->start;
wait_for('it is over', sub { (of('present') // 0) == 1 && !alert() }, $sidecar);
pass('and_its_return_ends_it');

is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
$_->stop for $standby, $primary;
done_testing();

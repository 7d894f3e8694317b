# A consumer has vanished, the alert fires, and PostgreSQL is restarted: what the guard remembered is new, and the alert goes
# on, because the inventory remembers.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JSON::PP;
use Opsmon;
use OpsmonSidecar;

my $primary = start_primary('primary');
$primary->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $standby = new_standby($primary, 'standby_1');
my $sidecar = start_sidecar(sidecar_conf($primary,
    alerting => "  rule_files: [$ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml]\n"));

# Since when it fires; nothing when it does not.
sub fires_since {
    my ($found) = grep { $_->{labels}{alertname} eq 'ReplicationConsumerVanished' && $_->{state} eq 'firing' }
      @{ decode_json(get("$sidecar->{url}/api/v1/alerts")->{content})->{data}{alerts} };
    return $found && $found->{activeAt};
}
sub slot { return metric($sidecar, "postgresql_slot_$_[0]\{slot_name=\"standby_1\",slot_type=\"physical\"}") }

wait_until($primary, q{name = 'standby_1' AND state = 'present'}, 'consumers');
wait_for('the sidecar sees the standby', sub { (slot('active') // 0) == 1 }, $sidecar);
vanish($standby) or die 'the standby is still there';
$primary->safe_psql('postgres', 'CREATE TABLE written AS SELECT generate_series(1, 100000) AS i');
my $since = wait_for('the alert', \&fires_since, $sidecar, 40);

$primary->restart;
wait_for('the guard knows nothing of it any more', sub {
    defined slot('inactive_seconds') && !defined slot('last_active_timestamp_seconds');
}, $sidecar);
wait_for('a while', sub { slot('inactive_seconds') > 3 }, $sidecar);
is(fires_since(), $since, 'the_alert_goes_on_over_a_restart_of_the_server');

$standby->start;
wait_for('its end', sub { !fires_since() }, $sidecar, 40);
pass('and_ends_when_the_standby_returns');
is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
$_->stop for $standby, $primary;
done_testing();

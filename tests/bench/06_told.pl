# How soon Slack knows that a consumer has vanished, with the settings a new user has: from the moment a standby is
# killed without a goodbye until the message has arrived, at any phase of every clock on the way.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl", "$FindBin::RealBin/../drills/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use Opsmon;
use OpsmonSidecar;
use Drill ();
use Found;

my $limit_s = 10;

my $primary = start_primary('primary', "opsmon.sample_interval = 10s\nopsmon.guard_interval = 1s\n");
$primary->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $standby = new_standby($primary, 'standby_1');
my $slack = start_slack();
my $folder = PostgreSQL::Test::Utils::tempdir;
write_file("$folder/alertmanager.yml", <<END);
global: {slack_api_url: '$slack->{url}/services/T000/B000/secret'}
route:
  receiver: nobody
  routes: [{receiver: slack, matchers: [alertname=ReplicationConsumerVanished]}]
receivers:
  - {name: nobody}
  - {name: slack, slack_configs: [{channel: '#ops', send_resolved: true}]}
END
my $sidecar = start_sidecar(sidecar_conf($primary, collect => undef,
    alerting => "  rule_files: [$ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml]\n"
      . "  notification_file: $folder/alertmanager.yml\n",
    postgres => sprintf("  conninfo: host=%s port=%d user=opsmon_sidecar dbname=postgres\n",
        $primary->host, $primary->port)));

my @told_s;
my $told = 0;
for my $run (1 .. 2 * Drill::runs()) {
    wait_for('the sidecar sees the standby', sub {
        (metric($sidecar, 'postgresql_slot_active{slot_name="standby_1",slot_type="physical"}') // 0) == 1
    }, $sidecar);
    select undef, undef, undef, rand 5; # the phase
    vanish($standby) or die 'the standby is still there';
    my $vanished_at = time;
    $primary->safe_psql('postgres', 'SELECT pg_logical_emit_message(false, $$bench$$, $$x$$)');
    wait_for('Slack knows', sub { messages($slack) > $told }, $sidecar, 60);
    push @told_s, time - $vanished_at;
    $standby->start;
    wait_for('Slack knows that it is over', sub { messages($slack) > $told + 1 }, $sidecar, 60);
    $told += 2;
}
cmp_ok(percentile(100, @told_s), '<', $limit_s, "every one of them within $limit_s s");
my $s = sub { sprintf '%.1f s', $_[0] };
found('### From a vanished consumer to Slack', '');
table([ 'runs', 'median', 'longest', 'goal' ],
    [ scalar @told_s, $s->(median(@told_s)), $s->(percentile(100, @told_s)), "$limit_s s" ]);
stop_program($sidecar);
$_->stop for $primary, $standby;
done_testing();

# The incident that opsmon exists for, and its end: a standby vanishes without a goodbye; Slack says who
# holds back how much since when and what to type; it comes back; Slack says so.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use Opsmon;
use OpsmonSidecar;

my $primary = start_primary('primary');
$primary->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $standby = new_standby($primary, 'standby_1');
my $slack = start_slack();
my $folder = PostgreSQL::Test::Utils::tempdir;
write_file("$folder/alertmanager.yml", <<END);
global: {slack_api_url: '$slack->{url}/services/T000/B000/very-secret'}
route: # a busy machine may have alerts of its own
  receiver: nobody
  routes: [{receiver: slack, group_by: ['...'], matchers: ['alertname=~"Replication.*"']}]
receivers:
  - name: nobody
  - name: slack
    slack_configs: [{channel: '#ops', send_resolved: true}]
END
# The defaults, as a new user has them: 5 s collection, the shipped rules.
my $sidecar = start_sidecar(sidecar_conf($primary, collect => undef,
    alerting => "  rule_files: [$ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml]\n"
      . "  notification_file: $folder/alertmanager.yml\n",
    postgres => sprintf("  conninfo: host=%s port=%d user=opsmon_sidecar dbname=postgres\n",
        $primary->host, $primary->port)));
wait_for('the sidecar sees the standby', sub {
    (metric($sidecar, 'postgresql_slot_active{slot_name="standby_1",slot_type="physical"}') // 0) == 1
}, $sidecar);
is(scalar(messages($slack)), 0, 'nothing_is_said_while_all_is_well');

vanish($standby) or die 'the standby is still there';
my $vanished_at = time;
$primary->safe_psql('postgres', 'CREATE TABLE written AS SELECT generate_series(1, 100000) AS i');
my ($message) = wait_for('Slack knows', sub { [ messages($slack) ]->[0] }, $sidecar, 40);
my $elapsed_s = time - $vanished_at;
note sprintf 'the message came after %.1f s', $elapsed_s;
cmp_ok($elapsed_s, '<', 15, 'slack_knows_within_15_seconds');
is($message->{channel}, '#ops', 'in the channel of the settings');
my ($attachment) = @{ $message->{payload}{attachments} };
my $text = "$attachment->{title}\n$attachment->{text}";
like($text, qr/critical/i, 'names the severity');
like($text, qr/standby_1/, 'names the consumer');
like($text, qr/holds back \d+(\.\d+)?[KMG]?i?B of WAL/i, 'names the bytes held back');
my ($since) = $text =~ /since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/;
ok($since, 'names since when');
like($text, qr/pg_drop_replication_slot\('standby_1'\)/, 'names what to type');
my $said = $primary->safe_psql('postgres', "SELECT abs(extract(epoch FROM inactive_since AT TIME ZONE 'UTC' - timestamp '$since')) < 2 FROM opsmon.slots");
is($said, 't', 'the time it names is the time the server knows');
my ($held, $unit) = $text =~ /holds back ([\d.]+)([KMG])iB/i;
cmp_ok($held * { k => 2**10, m => 2**20, g => 2**30 }->{ lc $unit }, '>', 2**20, 'the bytes it names are those of the table');
is($attachment->{color}, 'danger', 'has the colour of its severity');

# The statement it shows works as it stands.
my ($look) = $text =~ /Look: `([^`]+)`/;
isnt($primary->safe_psql('postgres', $look), '', 'the_statement_to_look_works_when_pasted');

$standby->start;
my $resolved = wait_for('Slack knows that it is over', sub { [ messages($slack) ]->[1] }, $sidecar, 40);
like($resolved->{payload}{attachments}[0]{title}, qr/resolved/i, 'says_when_it_is_over');
is($resolved->{payload}{attachments}[0]{color}, 'good', 'in green');
is(scalar(messages($slack)), 2, 'and nothing else was said');

# A secret of the settings is nowhere to be read.
unlike(metrics($sidecar) . slurp_file($sidecar->{log}), qr/very-secret/, 'never_shows_a_webhooks_secret');
is(stop_program($sidecar), 0, 'the sidecar ends cleanly');

$_->stop for $primary, $standby;
done_testing();

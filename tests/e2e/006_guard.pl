# The guard's side of the story, from the server to Slack: what fills and who holds it, whom it would take,
# whom it took, a fence by hand, a drill. Every statement a message shows works when it is pasted, and a real
# Prometheus says the same.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

# Less than any volume of a test has free, and more than any has: the thresholds alone decide.
my %small = (rescue_free => 16, fence_free => 64, evict_free => 80, relieve_free => 100, watch_free => 120);
my $huge = 2_000_000_000;
my $node = start_primary('primary', join '', "opsmon.ballast_size = 0\n", map { "opsmon.$_ = $small{$_}MB\n" } sort keys %small);
$node->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
my $slack = start_slack();
my $folder = PostgreSQL::Test::Utils::tempdir;
write_file("$folder/alertmanager.yml", <<END);
global: {slack_api_url: '$slack->{url}/services/T000/B000/secret'}
route: {receiver: slack, group_by: ["..."]}
receivers:
  - name: slack
    slack_configs: [{channel: '#ops', send_resolved: true}]
END
my $sidecar = start_sidecar(sidecar_conf($node,
    alerting => "  rule_files: [$ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml]\n"
      . "  notification_file: $folder/alertmanager.yml\n"));
my $prometheus = start_prometheus($sidecar);

# The newest message about an alert: its title and text, as a person reads them.
sub message_about {
    my ($alert, $state) = @_;
    my $message = wait_for("Slack knows of $alert", sub {
        [ grep { $_->{payload}{attachments}[0]{title} =~ /^\Q$state\E \Q$alert\E$/ } messages($slack) ]->[-1]
    }, $sidecar, 60);
    my ($attachment) = @{ $message->{payload}{attachments} };
    my %character = (lt => '<', gt => '>', amp => '&');
    return "$attachment->{title}\n$attachment->{text}" =~ s/&(lt|gt|amp);/$character{$1}/gr;
}

# The statements between backticks. One that shows an ellipsis is to be completed by hand.
sub statements {
    my ($text) = @_;
    return grep { /^(?:SELECT|SHOW|INSERT|ALTER|CHECKPOINT)/ && !/\x{2026}/ } $text =~ /`([^`]+)`/g;
}

sub can_be_pasted {
    my ($text, @wanted) = @_;
    my @found = grep { my $found = $_; !@wanted || grep { $found =~ $_ } @wanted } statements($text);
    cmp_ok(scalar @found, '>=', @wanted || 1, 'the message has statements');
    for my $statement (@found) {
        my ($code, $out, $err) = $node->psql('postgres', $statement);
        is($code, 0, "works_when_pasted: $statement") or diag $err;
    }
    return;
}

sub set_mb {
    my (%mb) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET opsmon.$_ = '$mb{$_}MB'") for sort keys %mb;
    $node->reload;
    return;
}

sub metric_becomes {
    my ($series, $value) = @_;
    wait_for("$series is $value", sub { (metric($sidecar, $series) // 'absent') eq $value }, $sidecar);
    return pass("$series is $value");
}

# An orphan holds WAL, and that is too much from when the thresholds say so.
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
$node->safe_psql('postgres', q{SELECT count(pg_logical_emit_message(false, 'opsmon', repeat('x', 1000000))) FROM generate_series(1, 80); CHECKPOINT});
metric_becomes('postgresql_guard_rung{volume="wal"}', 0);
metric_becomes('postgresql_guard_mode{mode="observe"}', 1);
metric_becomes('postgresql_guard_mode{mode="enforce"}', 0);
metric_becomes('postgresql_guard_suspended', 0);
metric_becomes('postgresql_guard_fence', 0);
metric_becomes('postgresql_guard_fence_by_hand', 0);
metric_becomes('postgresql_guard_events_total{action="evict",outcome="done"}', 0);
is(metric($sidecar, 'postgresql_guard_rung{volume="data"}'), undef, 'data_on_the_volume_of_the_wal_are_told_once');
is(metric($sidecar, 'postgresql_guard_ballast_bytes{volume="wal"}'), undef, 'no_ballast_is_missed_where_none_is_wanted');
is(metric($sidecar, 'postgresql_guard_last_event_timestamp_seconds{action="evict",outcome="done"}'), undef, 'what_never_happened_has_no_time');
wait_for('the holder and its bytes are metrics', sub {
    (metric($sidecar, 'postgresql_wal_holder_bytes{holder="slot",name="orphan"}') // 0) > 64 * 2**20
      && (metric($sidecar, 'postgresql_wal_holder_marginal_bytes{holder="slot",name="orphan"}') // 0) > 16 * 2**20;
}, $sidecar);
pass('the_holder_and_what_it_would_free_are_metrics');
is(metric($sidecar, 'postgresql_wal_holders_omitted'), 0, 'all of them are shown');
is(scalar(messages($slack)), 0, 'nothing_is_said_while_all_is_well');

set_mb(watch_free => $huge);
metric_becomes('postgresql_guard_rung{volume="wal"}', 1);
my $text = message_about('GuardWatch', 'WARNING');
like($text, qr/wal volume is filling/, 'says what fills');
like($text, qr/\d(?:\.\d+)?[KMGTP]iB can still be written on a volume of/, 'and how much is left');
like($text, qr/slot orphan: \d+(?:\.\d+)?MiB, without a consumer since [-0-9]+ [^;]+; \d+(?:\.\d+)?MiB come free when it alone is gone/, 'names_the_holder_and_its_bytes');
like($text, qr/The guard only tells/, 'says that nothing happens by itself');
like($text, qr/`SELECT \* FROM opsmon\.evict\('orphan'\);`/, 'names the statement to type');
can_be_pasted($text, qr/guard_plan/);
my $answer = decode_json(get("$prometheus->{url}/api/v1/alerts")->{content});
wait_for('Prometheus fires it too', sub {
    $answer = decode_json(get("$prometheus->{url}/api/v1/alerts")->{content});
    grep { $_->{labels}{alertname} eq 'GuardWatch' && $_->{state} eq 'firing' } @{ $answer->{data}{alerts} };
}, $prometheus);
my ($theirs) = grep { $_->{labels}{alertname} eq 'GuardWatch' } @{ $answer->{data}{alerts} };
like($theirs->{annotations}{description}, qr/slot orphan: \d.*opsmon\.evict\('orphan'\)/s, 'prometheus_says_the_same');
unlike($theirs->{annotations}{description}, qr/error expanding|<no value>/, 'without an error');

# People say that it may be taken: then it is the next victim, and above the rung it would have been.
is(metric($sidecar, 'postgresql_guard_next_victim_bytes{slot_name="orphan"}'), undef, 'nobody_is_the_next_victim_while_nobody_said_so');
$node->safe_psql('postgres', q{INSERT INTO opsmon.consumers (name, policy) VALUES ('orphan', 'expendable')});
wait_for('the next victim is a metric', sub {
    (metric($sidecar, 'postgresql_guard_next_victim_bytes{slot_name="orphan"}') // 0) > 16 * 2**20
}, $sidecar);
set_mb(evict_free => $huge - 2, relieve_free => $huge - 1);
$text = message_about('GuardWouldEvict', 'WARNING');
like($text, qr/Slot orphan would have been taken/, 'observe_says_whom_it_would_have_taken');
like($text, qr/held back \d+(?:\.\d+)?MiB of WAL/, 'and what it held');
can_be_pasted($text, qr/guard_plan/);
$text = message_about('GuardEvict', 'CRITICAL');
like($text, qr/First to be taken: slot orphan, which frees \d/, 'says_who_is_first');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'orphan'}), 1, 'and nobody was taken');

# Now it may act.
$node->safe_psql('postgres', q{ALTER SYSTEM SET opsmon.guard = 'enforce'});
$node->reload;
$text = message_about('GuardEvicted', 'CRITICAL');
like($text, qr/Slot orphan was taken/, 'says_who_was_taken');
like($text, qr/held back \d+(?:\.\d+)?MiB of WAL/, 'and what it held');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'orphan'}), 0, 'which is true');
metric_becomes('postgresql_guard_events_total{action="evict",outcome="done"}', 1);
metric_becomes('postgresql_guard_mode{mode="enforce"}', 1);
can_be_pasted($text, qr/guard_events/, qr/pg_create_physical_replication_slot/, qr/'protect'/);
wait_until($node, q{name = 'orphan' AND policy = 'protect'}, 'consumers');
pass('the_pasted_policy_is_in_force');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;

# A ballast is missed as soon as the settings ask for one, and there as soon as the guard may act and is calm.
my $ballast = 'postgresql_guard_ballast_bytes{volume="wal"}';
set_mb(ballast_size => 64);
metric_becomes($ballast, 0);
is(metric($sidecar, $ballast =~ s/wal/data/r), undef, 'data_on_the_volume_of_the_wal_need_no_ballast_of_their_own');
$node->safe_psql('postgres', q{ALTER SYSTEM SET opsmon.guard = 'enforce'});
$node->reload;

# By hand.
$node->safe_psql('postgres', q{SELECT opsmon.fence(true, 'moving house')});
$text = message_about('GuardFenceByHand', 'WARNING');
like($text, qr/since \d{4}-\d\d-\d\d/, 'says since when');
metric_becomes('postgresql_guard_fence_by_hand', 1);
can_be_pasted($text, qr/fence_reason/, qr/guard_events/, qr/opsmon\.fence\(false\)/);
metric_becomes('postgresql_guard_fence', 0);
message_about('GuardFenceByHand', 'RESOLVED');
message_about('GuardFenceLifted', 'INFO');
pass('says_that_the_fence_is_down');
$node->safe_psql('postgres', q{SELECT opsmon.guard_suspend('1 hour')});
metric_becomes('postgresql_guard_suspended', 1);
$node->safe_psql('postgres', q{SELECT opsmon.guard_suspend('0')});
metric_becomes('postgresql_guard_suspended', 0);

# A drill ends in a message.
is($node->safe_psql('postgres', 'SELECT bool_and(passed) FROM opsmon.drill()'), 't', 'a drill goes well');
$text = message_about('OpsmonDrill', 'INFO');
like($text, qr/A drill went well/, 'a_drill_reaches_slack');
can_be_pasted($text, qr/guard_events/);

metric_becomes($ballast, 64 * 2**20);
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;

# A standby's guard says all that a primary's says.
my $standby = new_standby($node, 'standby_1');
my $beside = start_sidecar(sidecar_conf($standby));
for my $series ('rung{volume="wal"}', 'mode{mode="observe"}', 'suspended', 'fence', 'fence_by_hand', 'archiver_stuck',
    'policies_loaded_timestamp_seconds', 'refused_statements_total', 'cancelled_statements_total', 'held_commits_total',
    'events_total{action="checkpoint",outcome="done"}') {
    wait_for("a standby shows $series", sub { defined metric($beside, "postgresql_guard_$series") }, $beside);
}
wait_for('a standby shows who holds its WAL', sub { (metric($beside, 'postgresql_wal_held_bytes') // -1) >= 0 }, $beside);
is(metric($beside, 'postgresql_in_recovery'), 1, 'a_standby_shows_the_same');
is(stop_program($beside), 0, 'its sidecar ends cleanly');

# Prometheus could follow every rule on what a real sidecar shows.
$answer = decode_json(get("$prometheus->{url}/api/v1/rules")->{content});
my @unhealthy = grep { $_->{health} ne 'ok' } map { @{ $_->{rules} } } @{ $answer->{data}{groups} };
is(join("\n", map { "$_->{name}: $_->{health} " . ($_->{lastError} // '') } @unhealthy), '', 'prometheus_evaluates_every_rule');
is(metric($sidecar, 'opsmon_rule_evaluation_failures_total'), 0, 'and_so_does_the_sidecar');
my @broken = grep { /<error|no value/ } map { $_->{payload}{attachments}[0]{text} } messages($slack);
is("@broken", '', 'no_text_has_an_error_in_it');

my $told = join "\n\n", map { "$_->{payload}{attachments}[0]{title}\n$_->{payload}{attachments}[0]{text}" } messages($slack);
utf8::encode($told);
note $told;

stop_program($prometheus);
is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
$_->stop for $standby, $node;
done_testing();

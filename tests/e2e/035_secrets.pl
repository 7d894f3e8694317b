# What the sidecar is trusted with: its role in the database has what it needs and no more, its secrets are in files and
# nowhere else, and what it keeps is its user's alone. All that it shows is searched for each secret, while things go wrong.
use strict;
use warnings;
use Fcntl ':mode';
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

my $node = start_primary('primary');
$node->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor'); # as docs/guide.md has it
$node->safe_psql('postgres', q{ALTER ROLE opsmon_sidecar PASSWORD 'geheim-database'});
unlink $node->data_dir . '/pg_hba.conf';
$node->append_conf('pg_hba.conf', "local all opsmon_sidecar scram-sha-256\nlocal all all trust\n");
$node->reload;

my $folder = PostgreSQL::Test::Utils::tempdir;
my $closed = free_port();
sub secret { my ($name, $text) = @_; write_file("$folder/$name", $text); chmod 0600, "$folder/$name" or die $!; return "$folder/$name" }
secret('database', "geheim-wrong\n");
secret('slack', "http://127.0.0.1:$closed/services/T0/B0/geheim-slack\n");
secret('bearer', "geheim-bearer\n");
secret('probe', "geheim-probe\n");
secret('header', "geheim-header\n");
my $notification = <<END;
route: {receiver: all, group_wait: 0s, group_interval: 1s}
receivers:
- name: all
  slack_configs: [{api_url_file: $folder/slack, channel: '#ops'}]
  webhook_configs: [{url: 'http://127.0.0.1:$closed/geheim-hook', http_config: {authorization: {credentials_file: $folder/bearer}}}]
END
write_file("$folder/notification.yml", $notification);
write_file("$folder/rules.yml", "groups: [{name: a, interval: 1s, rules: [{alert: Always, expr: vector(1)}]}]\n");
my $sidecar = start_sidecar(sidecar_conf($node,
    postgres => sprintf("  conninfo: host=%s port=%d user=opsmon_sidecar dbname=postgres\n  password_file: %s\n"
          . "  connect_timeout: 800ms\n  statement_timeout: 700ms\n", $node->host, $node->port, "$folder/database"),
    storage => "  path: $folder/store\n",
    services => "  - {name: shop, url: 'http://127.0.0.1:$closed/', http: {header_files: ['X-Token: $folder/header'], basic_auth: {username: u, password_file: $folder/probe}}}\n",
    alerting => "  rule_files: [$folder/rules.yml]\n  notification_file: $folder/notification.yml\n"));

# First all goes wrong: the password, the probe, every message.
wait_for('the database refuses', sub { slurp_file($sidecar->{log}) =~ /password authentication failed/ }, $sidecar);
wait_for('no message arrives', sub { slurp_file($sidecar->{log}) =~ /receiver|notification|webhook/ && slurp_file($sidecar->{log}) =~ /refused|cannot connect/i }, $sidecar);
wait_for('the probe fails', sub { (metric($sidecar, 'service_health_status{service="shop"}') // 1) == 0 }, $sidecar);
sub reload { return HTTP::Tiny->new->post("$sidecar->{url}/-/reload") }
my @told;
for my $faulty ("global: {slack_api_url: 'geheim-slack'}\n$notification", $notification =~ s{api_url_file: \S+slack}{api_url: geheim-slack}r,
    $notification =~ s{credentials_file: \S+bearer}{credentials: "geheim-bearer\\n"}r, $notification =~ s{url: \S+hook'}{url: geheim-hook}r, "geheim-slack: [\n") {
    write_file("$folder/notification.yml", $faulty);
    my $answer = reload();
    push @told, $answer->{content};
    my $out = '';
    IPC::Run::run([ "$ENV{OPSMON_RUN}/bin/opsmon-sidecar", 'check-config', $sidecar->{file} ], '>', \$out, '2>&1');
    push @told, $out;
}
write_file("$folder/notification.yml", $notification);
my $conf = slurp_file($sidecar->{file});
write_file($sidecar->{file}, $conf =~ s/dbname=postgres/dbname=postgres password=geheim-database/r);
my $refused = reload();
is($refused->{status}, 500, 'a_password_in_the_connection_string_is_refused');
push @told, $refused->{content};
chmod 0644, "$folder/database" or die $!;
write_file($sidecar->{file}, $conf);
$refused = reload();
like($refused->{content}, qr/chmod o-rwx/, 'a_password_that_everybody_can_read_is_refused');
push @told, $refused->{content};

# Then it goes right.
secret('database', "geheim-database\n");
is(reload()->{status}, 200, 'with the right password');
wait_for('the server is up', sub { metric($sidecar, 'postgresql_up') }, $sidecar);
wait_for('every collector of the server works', sub {
    my @all = metrics($sidecar) =~ /^opsmon_collector_success\{collector="(?:postgresql|guard|consumers)[^"]*"\} (\d)$/mg;
    @all && !grep { $_ != 1 } @all;
}, $sidecar);
pass('the_role_of_the_guide_is_enough');

my @paths = ('/metrics', '/-/healthy', '/-/ready', '/sd', '/runbooks/DiskFull', '/api/v2/alerts', '/api/v2/silences', '/api/v2/receivers', '/api/v2/status',
    '/api/v1/series?match[]={__name__=~".%2B"}', map { "/api/v1/$_" } qw(probes collectors requests top_talkers sockets slony rules alerts metadata labels status/buildinfo
      status/config status/flags));
my $shown = join "\n", slurp_file($sidecar->{log}), @told, map { get("$sidecar->{url}$_")->{content} } @paths;
like($shown, qr/opsmon_collector_success/, 'what is searched is there');
like($shown, qr/"probes"|shop/, 'with the probes');
unlike($shown, qr/geheim|SCRAM-SHA/, 'no_secret_is_in_the_log_the_metrics_or_an_answer') or diag($shown =~ /(.*geheim.*)/);
my $kept = join '', map { slurp_file($_) } grep { -f } glob "$folder/store/*";
like($kept, qr/SQLite/, 'what is kept is there');
unlike($kept, qr/geheim/, 'no_secret_is_in_what_is_kept');
unlike(slurp_file("/proc/$sidecar->{pid}/cmdline"), qr/geheim/, 'no_secret_is_in_the_command_line');

# Who else is on the machine.
is(sprintf('%o', S_IMODE((stat $_)[2])), -d $_ ? '700' : '600', "its own: $_") for "$folder/store", glob "$folder/store/*";
pass('what_is_kept_is_its_users_alone');
for my $file (qw(environ maps)) {
    ok(!open(my $handle, '<', "/proc/$sidecar->{pid}/$file"), "not even its own user reads $file of the process");
}
# The kernel's way to show it: the files of a process that it would not dump belong to root.
is((stat "/proc/$sidecar->{pid}/environ")[4], 0, 'its_memory_is_in_no_core_dump_and_open_to_nobody');
like(metrics($sidecar), qr/^process_open_fds \d+$/m, 'though it can look at itself');

# The role: nothing beyond.
sub by_role { my ($sql) = @_; return $node->psql('postgres', $sql, connstr => $node->connstr('postgres') . ' user=opsmon_sidecar password=geheim-database') }
is((by_role('SELECT count(*) > 0 FROM opsmon.status'))[1], 't', 'reads');
my $other = status($node, 'sampler_pid'); # a superuser's
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN');
my $session = $node->background_psql('postgres', extra_params => [ '-U', 'shop' ]);
my $ordinary = $session->query('SELECT pg_backend_pid()');
for my $sql ('SELECT rolpassword FROM pg_authid', q{SELECT pg_read_file('postgresql.conf')}, q{COPY (SELECT 1) TO PROGRAM 'true'}, q{SELECT pg_switch_wal()},
    "SELECT pg_terminate_backend($other)", "SELECT pg_terminate_backend($ordinary)", "SELECT pg_cancel_backend($ordinary)", q{SELECT pg_create_physical_replication_slot('x')}, q{SELECT pg_drop_replication_slot('x')},
    'CHECKPOINT', q{ALTER SYSTEM SET opsmon.guard = 'off'}, q{SET opsmon.guard = 'off'}, 'SELECT opsmon.record_samples(0)',
    q{INSERT INTO opsmon.consumers (name) VALUES ('x')}, 'DELETE FROM opsmon.history_samples', 'CREATE TABLE public.mine ()', 'CREATE TABLE opsmon.mine ()',
    q{SELECT opsmon.learn_slony('{}', '{}')}) {
    my ($code, undef, $err) = by_role($sql);
    like($err, qr/permission denied|must be superuser|must be a superuser|must be a member|only roles with|cannot be changed now/i, "refused: $sql");
    isnt($code, 0, 'with an error');
}
is($node->safe_psql('postgres', q{SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc p WHERE p.pronamespace = 'opsmon'::regnamespace
    AND has_function_privilege('opsmon_sidecar', p.oid, 'EXECUTE') AND NOT has_function_privilege('pg_monitor', p.oid, 'EXECUTE')}), '', 'it may call what pg_monitor may');
is($node->safe_psql('postgres', q{SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = 'opsmon_sidecar'}), 'f', 'and has no attribute of its own');
is($session->query('SELECT 1'), '1', 'nobody has lost a session');
$session->quit;
pass('the_role_of_the_guide_changes_nothing');

done_testing();

# What an administrator does with the packages, in a Debian of its own with systemd (run.sh): install, let it watch,
# give it a secret, reload, hang, remove, purge. Everything runs as the packages have it, sandbox included.
use strict;
use warnings;
use HTTP::Tiny;
use Test::More;
use Time::HiRes qw(time);

my $url = 'http://127.0.0.1:9788';
my $unit = 'opsmon-sidecar.service';
my $conf = '/etc/opsmon/opsmon.yml';
my ($server) = map { m{/postgresql/(\d+)/} } glob '/usr/lib/postgresql/*/bin/postgres';

sub run {
    my ($command) = @_;
    my $output = `$command 2>&1 </dev/null`;
    return $? == 0 ? $output : die "$command: ended with " . ($? >> 8) . ": $output";
}

sub sql {
    my ($statement) = @_;
    open my $psql, '-|', 'runuser', '-u', 'postgres', '--', 'psql', '-XAtqc', $statement or die "psql: $!";
    local $/;
    my $answer = <$psql> // '';
    close $psql or die "$statement failed";
    return $answer =~ s/\n\z//r;
}

sub get {
    my ($path) = @_;
    return HTTP::Tiny->new(timeout => 5)->get("$url$path");
}

sub metric {
    my ($series) = @_;
    return get('/metrics')->{content} =~ /^\Q$series\E (\S+)$/m ? $1 : undef;
}

sub wait_for {
    my ($what, $condition) = @_;
    my $deadline = time + 120;
    while (time < $deadline) {
        my $result = eval { $condition->() };
        return $result if $result;
        select undef, undef, undef, 0.1;
    }
    diag(`systemctl status $unit --no-pager --full; journalctl -u $unit -n 60 --no-pager; cat $conf`);
    die "timed out waiting until $what";
}

sub show {
    my ($property) = @_;
    my $value = run("systemctl show --value -p $property $unit");
    chomp $value;
    return $value;
}

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!";
    local $/;
    return scalar <$file>;
}

sub put {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
}

# Changes the configuration and lets systemd reload it.
sub configure {
    my ($text) = @_;
    put($conf, $text);
    run("systemctl reload $unit");
}

sub drop_in {
    my ($text) = @_;
    mkdir "/etc/systemd/system/$unit.d";
    put("/etc/systemd/system/$unit.d/test.conf", "[Service]\n$text");
    run("systemctl daemon-reload && systemctl restart $unit");
}

# Whatever carries the name, but for what is being installed from, what was said of it, and what dpkg and systemd
# note of packages in general.
sub traces {
    return grep { !m{^/opsmon(?:/|$)|^/var/log/|^/var/cache/apt/|^/var/lib/apt/} }
      split /\n/, run("find / -xdev -name '*opsmon*'");
}

# opsmon's processes in the server, by what they are called.
sub workers {
    return join ' ', sort map { (eval { slurp($_) } // '') =~ /^postgres: .*?\bopsmon (\w+)/ } glob '/proc/[0-9]*/cmdline';
}

sub failing_collectors {
    return join ' ', get('/metrics')->{content} =~ /^opsmon_collector_success\{collector="(\w+)"\} 0$/mg;
}

# --- installation

my @before = traces();
ok(!grep({ m{^/(?:usr|lib|etc/opsmon/|var/lib/dpkg)} } @before), 'nothing of it is there before');
run('apt-get install -y -q --no-install-recommends /opsmon/*.deb');
is(show('ActiveState'), 'active', 'the_sidecar_runs_after_the_installation');
is(run("systemctl is-enabled $unit"), "enabled\n", 'and after a boot');
is(run('grep -rl /usr/local /usr/share/opsmon || true'), '', 'what_is_installed_names_where_it_is');
like(show('StatusText'), qr/^Serving on 127\.0\.0\.1:9788; /, 'systemd knows how it fares');
is(show('NotifyAccess'), 'main', 'by its own word');
run("opsmon-sidecar check-config $conf");
pass('the_configuration_that_is_shipped_is_valid');
wait_for('it is ready', sub { get('/-/ready')->{status} == 200 });
is(metric('postgresql_up'), 0, 'a server without the role is one that cannot be asked');
my ($exposure) = run("systemd-analyze security --no-pager $unit") =~ /Overall exposure level for \S+: (\S+)/;
cmp_ok($exposure, '<=', 2.0, 'systemd_finds_it_hardened');
ok(defined getpwnam('opsmon_sidecar'), 'its user exists while it runs');
unlike(slurp('/etc/passwd'), qr/opsmon/, 'and stands in no file');

# --- the server

run("pg_conftool $server main set shared_preload_libraries opsmon");
run("systemctl restart postgresql\@$server-main");
sql('CREATE EXTENSION opsmon; CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
wait_for('the server is watched', sub { (metric('postgresql_up') // 0) == 1 });
pass('peer_authentication_lets_the_dynamic_user_in');
wait_for('all collectors have reported', sub { get('/metrics')->{content} =~ /^postgresql_volume_free_bytes/m });
wait_for('all collectors succeed', sub { failing_collectors() eq '' });
pass('every_collector_works_in_the_sandbox');
is(metric('system_disk_read_only{mount_point="/"}'), 0, 'a_disk_is_not_read_only_because_the_sandbox_is');
is(metric('system_disk_read_only_by_error{mount_point="/"}'), 0, 'nor stopped by the kernel');
like(get('/metrics')->{content}, qr/^postgresql_volume_info\{volume="wal",mount_point="\/",/m, 'the WAL volume is found');
like(get('/metrics')->{content}, qr/^system_cgroup_pids\{scope="postgresql"\}/m, 'and the control group of the server')
  if glob('/sys/fs/cgroup/system.slice/*/pids.current');
my $pid = show('MainPID');
like(run("nsenter -t $pid -m findmnt -no OPTIONS /"), qr/^ro\b/, 'although to the sidecar / is read-only');
is(run("stat -c %a /var/lib/private/opsmon"), "700\n", 'what_it_keeps_is_its_own');
ok(-s '/var/lib/opsmon/opsmon.sqlite', 'and is kept');

# --- settings, secrets, logs

my $shipped = slurp($conf);
mkdir '/var/log/shop';
put('/var/log/shop/access.log', '');
run('chown root:adm /var/log/shop/access.log && chmod 640 /var/log/shop/access.log');
configure("${shipped}access_logs:\n  - {service: shop, path: /var/log/shop/access.log}\n");
wait_for('the log is refused', sub { (metric('service_log_followed{service="shop"}') // 1) == 0 });
drop_in("SupplementaryGroups=adm\n");
wait_for('the log is followed', sub { (metric('service_log_followed{service="shop"}') // 0) == 1 });
pass('a_group_lets_it_read_access_logs');
put('/var/log/shop/access.log', qq(127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n));
wait_for('a line is counted', sub { get('/metrics')->{content} =~ /^service_requests_total\{service="shop".* 1$/m });

sql("ALTER ROLE opsmon_sidecar PASSWORD 'of the drill'");
put('/etc/opsmon/secrets/postgres', "of the drill\n");
chmod 0600, '/etc/opsmon/secrets/postgres';
run("systemctl restart $unit");
configure($shipped =~ s{host=/var/run/postgresql}{host=127.0.0.1}r
      =~ s{(  conninfo:.*)}{$1\n  password_file: /run/credentials/$unit/secrets_postgres}r);
wait_for('it is let in by password', sub {
    sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'opsmon_sidecar' AND client_addr IS NOT NULL") > 0
      && (metric('postgresql_up') // 0) == 1;
});
pass('a_secret_of_root_is_handed_to_the_dynamic_user');

put($conf, "no_such_section: 1\n");
run("systemctl reload $unit");
wait_for('systemd knows', sub { show('StatusText') =~ /the last reload failed/ });
like(run("journalctl -u $unit -p err --no-pager"), qr/no_such_section/, 'a_fault_is_in_the_journal_as_an_error');
unlike(run("journalctl -u $unit -p err --no-pager"), qr/level=info/, 'and what is none is not');
configure($shipped);
wait_for('it is well again', sub { show('StatusText') !~ /failed/ });

# dbus-daemon closes the connection of a user whom no file names; systemd takes one that stands in a file.
configure("${shipped}services:\n  - {name: bus, systemd: dbus.service}\n");
wait_for('the bus refuses the dynamic user', sub { get('/metrics')->{content} =~ /^service_probe_failures_total\{.*bus_unavailable/m });
run("systemctl stop $unit && useradd --system --user-group --no-create-home opsmon_sidecar && systemctl start $unit");
wait_for('the unit is probed', sub { (metric('service_health_status{service="bus"}') // 0) == 1 });
pass('the_state_of_units_is_read_by_a_static_user_of_that_name');
wait_for('the server is watched', sub { (metric('postgresql_up') // 0) == 1 });
ok(-s '/var/lib/opsmon/opsmon.sqlite', 'who has the state of the dynamic one');
put($conf, $shipped);
run("systemctl stop $unit && userdel opsmon_sidecar && systemctl start $unit");
wait_for('it is ready', sub { get('/-/ready')->{status} == 200 });

# --- it hangs, and it falls

drop_in("WatchdogSec=4s\n");
wait_for('it is ready', sub { get('/-/ready')->{status} == 200 });
$pid = show('MainPID');
kill 'STOP', $pid;
wait_for('another one serves', sub { show('MainPID') !~ /^(?:0|$pid)$/ && get('/-/ready')->{status} == 200 });
pass('a_sidecar_that_hangs_is_started_anew');
like(run("journalctl -u $unit --no-pager"), qr/Watchdog timeout/, 'by the watchdog');
kill 'KILL', show('MainPID');
wait_for('another one serves', sub { get('/-/ready')->{status} == 200 });
pass('one_that_was_killed_too');
run("systemctl stop $unit");
is(show('ExecMainStatus'), 0, 'ends_cleanly_when_told_to');
is(show('Result'), 'success', 'and systemd agrees');
run("systemctl start $unit");

# --- removal, the wrong way round: the server still runs

run('apt-get remove -y -q opsmon-sidecar postgresql-' . $server . '-opsmon');
is(sql('SELECT 1'), 1, 'a_running_server_goes_on_when_the_package_is_removed');
is(workers(), 'guard reclaimer sampler', 'and its workers with it');
ok(-e $conf, 'the_configuration_stays_when_it_is_removed');
isnt(eval { run("systemctl is-active $unit") } // '', "active\n", 'the sidecar does not run');
isnt(eval { run("systemctl restart postgresql\@$server-main"); 1 } // 0, 1, 'the_server_does_not_start_without_its_library');
run("pg_conftool $server main remove shared_preload_libraries");
run("systemctl restart postgresql\@$server-main");
is(sql('SELECT 1'), 1, 'until_it_is_named_no_more');
is(sql('DROP EXTENSION opsmon; SELECT count(*) FROM pg_namespace WHERE nspname = \'opsmon\''), 0,
    'the_extension_can_be_dropped_without_the_library');

run('apt-get purge -y -q opsmon-sidecar'); # the other one has left nothing that could be purged
run("rm -r /etc/systemd/system/$unit.d && systemctl daemon-reload");
is(join("\n", traces()), join("\n", @before), 'nothing_is_left_after_a_purge');
done_testing();

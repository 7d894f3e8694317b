# What the drills share: servers whose WAL (and data) lie on throw-away volumes, a probe that looks at
# the volume from outside, and the questions every drill ends with: is nothing that was acknowledged
# lost, is the server alive, who was taken. Used by tests/drills and tests/bench. It never decides what
# a drill is about.
#
# A drill is started with the folder of the volumes (volumes.sh) and the number of runs.
package Drill;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use POSIX ();
use Time::HiRes ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon ();

our @EXPORT = qw(volume runs new_server start_server start_standby set_policy reload_with prefill free_mb
  start_probe end_probe probe_samples panicked slots_left is_up wait_for wait_until_up crash_and_recover
  fence_state rung ledger ledger_has was_taken guard_pid verdict lsn_bytes end_server by_app
  write_wal start_receiver wait_for_fence_down);

our ($folder, $runs) = @ARGV;
$runs ||= 1;
my $mb = 1024 * 1024;
my $generation = 0;

# What a drill sets so that each rung of a 512 MB volume has room, and so that seconds are enough. No
# ballast unless a drill is about it: what it would save is not to hide what the fence does not hold.
my $guard_conf = <<'END';
opsmon.guard = enforce
opsmon.sample_interval = 500ms
opsmon.guard_interval = 1s
opsmon.watch_free = 250MB
opsmon.relieve_free = 200MB
opsmon.evict_free = 160MB
opsmon.fence_free = 64MB
opsmon.rescue_free = 32MB
opsmon.stall_time = 1s
opsmon.stall_bytes = 32MB
opsmon.ballast_size = 0
END

# A server's own settings: WAL as safe as on a real server (only its volumes are of memory), crashes
# final unless a drill says otherwise.
my $server_conf = <<'END';
fsync = on
restart_after_crash = off
log_statement = none
log_replication_commands = off
log_min_messages = warning
shared_buffers = 128MB
max_connections = 40
max_replication_slots = 20
max_wal_size = 128MB
min_wal_size = 32MB
wal_log_hints = off
checkpoint_timeout = 30min
END

sub runs { return $runs }

# What an earlier drill that failed has left on the volumes.
INIT {
    for my $name (qw(wal standby small ext4 data)) {
        system('find', "$folder/$name", qw(-mindepth 1 -maxdepth 1 ! -name lost+found ! -name verdicts ! -name found.md),
            '-exec', 'rm', '-rf', '{}', '+') if defined $folder;
    }
}

# The path of a volume.
sub volume {
    my ($name) = @_;
    my $path = "$folder/$name";
    die "there is no volume $path: drills are started by tests/drills/run.sh" unless -d $path;
    return $path;
}

# A node whose data and WAL are to lie on volumes, before there is any data. Options: `data` names the
# volume of the data ("data" unless said), `wal` that of pg_wal (with the data unless said).
sub new_node_on {
    my ($name, %o) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name . ($generation++ ? "_$generation" : ''));
    my $data = volume($o{data} // 'data') . '/' . $node->name;
    $node->{drill_wal} = volume($o{wal}) . '/' . $node->name . '_wal' if defined $o{wal};
    $node->{drill_volume} = volume($o{wal} // $o{data} // 'data');
    mkdir $data, 0700 or die "mkdir $data: $!";
    symlink $data, $node->data_dir or die "symlink: $!";
    return $node;
}

sub opsmon_conf {
    my (%o) = @_;
    return slurp_file($ENV{OPSMON_CONF}) . ($o{guard} // $guard_conf);
}

# An initialised server that is not running yet. Further options: conf is added to the settings,
# opsmon => 0 leaves the extension out, guard takes the place of the drills' settings of it.
sub new_server {
    my ($name, %o) = @_;
    my $node = new_node_on($name, %o);
    my @waldir = $node->{drill_wal} ? ('--waldir', $node->{drill_wal}) : ();
    $node->init(allows_streaming => 'logical', extra => [ '--no-sync', @waldir ]);
    $node->{drill_opsmon} = $o{opsmon} // 1;
    $node->append_conf('postgresql.conf', $server_conf);
    $node->append_conf('postgresql.conf', opsmon_conf(%o)) if $node->{drill_opsmon};
    $node->append_conf('postgresql.conf', $o{conf}) if defined $o{conf};
    return $node;
}

# A standby that streams through the slot of its own name; options as above.
sub start_standby {
    my ($primary, $name, %o) = @_;
    my $node = new_node_on($name, %o);
    my $slot = $node->name;
    my @waldir = $node->{drill_wal} ? ('--waldir', $node->{drill_wal}) : ();
    $primary->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('$slot', true)");
    system_or_bail('pg_basebackup', '-D', readlink $node->data_dir, @waldir, '-X', 'stream', '-c', 'fast',
        '--no-sync', '-d', $primary->connstr('postgres'));
    my ($port, $host) = ($node->port, $node->host);
    $node->append_conf('postgresql.conf', "port = $port\nunix_socket_directories = '$host'\nprimary_slot_name = '$slot'\n");
    $node->append_conf('postgresql.conf', $o{conf}) if defined $o{conf};
    $node->enable_streaming($primary);
    $node->start;
    $node->{drill_opsmon} = $primary->{drill_opsmon};
    wait_for($node, 'SELECT count(*) = 1 FROM pg_stat_wal_receiver', 'the standby streams');
    return $node;
}

# The same, running, with the extension made and a role `app` for those who write: superusers are
# exempt from the fence.
sub start_server {
    my ($name, %o) = @_;
    my $node = new_server($name, %o);
    $node->start;
    $node->safe_psql('postgres', q{CREATE ROLE app LOGIN; GRANT ALL ON SCHEMA public TO app;
        GRANT pg_read_server_files TO app});
    return $node unless $node->{drill_opsmon};
    $node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
    Opsmon::wait_until($node, q{guard_ticks > 0 AND sampler_ticks > 0 AND recorder = 'recording'});
    return $node;
}

# What people say of a slot, and waits until the guard has heard it.
sub set_policy {
    my ($node, %policies) = @_;
    return unless $node->{drill_opsmon};
    $node->safe_psql('postgres', "INSERT INTO opsmon.consumers (kind, name, policy)
        VALUES ('slot', '$_', '$policies{$_}') ON CONFLICT (kind, name) DO UPDATE SET policy = EXCLUDED.policy")
      for sort keys %policies;
    my $now = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
    wait_for($node, "SELECT policies_loaded_at > '$now' FROM opsmon.guard_state", 'the policies are loaded');
    return;
}

sub reload_with {
    my ($node, %settings) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET $_ = '$settings{$_}'") for sort keys %settings;
    $node->reload;
    wait_for($node, "SELECT current_setting('$_') = '$settings{$_}'", "$_ is $settings{$_}") for sort keys %settings;
    return;
}

# ---- the volume, from outside

sub free_mb {
    my ($node) = @_;
    my ($blocks, $size) = split ' ', `stat -f -c '%a %S' $node->{drill_volume}`;
    return $blocks * $size / $mb;
}

# Writes WAL as a superuser, whom no fence stops; false when the server does not do it any more.
sub write_wal {
    my ($node, $megabytes) = @_;
    my ($code) = $node->psql('postgres',
        "SELECT count(pg_logical_emit_message(false, 'drill', repeat('x', 1048000))) FROM generate_series(1, $megabytes)");
    return $code == 0;
}

# Writes WAL until no more than this is free: what somebody must hold back, or it never ends.
sub prefill {
    my ($node, $until_mb) = @_;
    while (free_mb($node) > $until_mb + 15) { write_wal($node, 16) or return 0 }
    return 1;
}

# Looks at the volume a thousand times a second until end_probe, which tells what it saw:
# least_free_mb, and with `wal => 1` each sample [clock, free bytes, WAL bytes, when learned].
sub start_probe {
    my ($node, %o) = @_;
    my $file = "$PostgreSQL::Test::Utils::tmp_check/probe." . $node->name;
    my @connection = $o{wal} ? ($node->connstr('postgres')) : ();
    my $run = IPC::Run::start([ "$folder/tools/probe", $node->{drill_volume}, @connection ], '<', \undef,
        '>', $file, '2>', "$file.err");
    $node->{drill_probe} = { run => $run, file => $file };
    return;
}

sub end_probe {
    my ($node) = @_;
    my $probe = delete $node->{drill_probe} or return;
    $probe->{run}->signal('TERM');
    $probe->{run}->finish;
    my $least;
    open my $samples, '<', $probe->{file} or die "$probe->{file}: $!";
    while (<$samples>) {
        my (undef, $free) = split ' ';
        $least = $free if defined $free && (!defined $least || $free < $least);
    }
    $node->{drill_least_mb} = int(($least // 0) / $mb);
    return $node->{drill_least_mb};
}

# The samples of the last probe.
sub probe_samples {
    my ($node) = @_;
    return map { [split] } split /\n/, slurp_file("$PostgreSQL::Test::Utils::tmp_check/probe." . $node->name);
}

# ---- what became of it

sub panicked {
    my ($node) = @_;
    return slurp_file($node->logfile) =~ /PANIC: .*/ ? $& : undef;
}

sub is_up {
    my ($node) = @_;
    my ($code) = $node->psql('postgres', 'SELECT 1');
    return $code == 0;
}

# Asks without sending anything: a psql that finds no server closes the pipe one writes to.
sub wait_until_up {
    my ($node) = @_;
    for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default) {
        return 1 if system('pg_isready', '-q', '-h', $node->host, '-p', $node->port) == 0;
        Time::HiRes::usleep(100_000);
    }
    die 'the server did not come up';
}

sub wait_for {
    my ($node, $query, $what) = @_;
    return 1 if $node->poll_query_until('postgres', $query);
    note(state_of($node));
    die "timed out waiting until $what";
}

# Everything somebody wants to know who reads why a drill failed.
sub state_of {
    my ($node) = @_;
    return 'no server answers' unless is_up($node);
    my @views = ('pg_replication_slots', $node->{drill_opsmon} ? map { "opsmon.$_" } qw(guard guard_state guard_plan wal_retention live_guard_events()) : ());
    return join "\n", map { "$_:\n" . $node->safe_psql('postgres', "SELECT * FROM $_", extra_params => [ '-x' ]) } @views;
}

sub slots_left {
    my ($node) = @_;
    return join ' ', split /\n/, $node->safe_psql('postgres', 'SELECT slot_name FROM pg_replication_slots ORDER BY 1');
}

sub fence_state {
    my ($node) = @_;
    return $node->safe_psql('postgres', 'SELECT fence FROM opsmon.guard_state');
}

# The guard's own account, one line an entry.
sub ledger {
    my ($node) = @_;
    return $node->safe_psql('postgres', q{SELECT number, at::time, volume, action, outcome, target, from_rung, to_rung, reason,
        usable_bytes / 1048576, detail FROM opsmon.live_guard_events() ORDER BY number});
}

sub ledger_has {
    my ($node, $condition) = @_;
    return $node->safe_psql('postgres', "SELECT count(*) > 0 FROM opsmon.live_guard_events() WHERE $condition") eq 't';
}

sub was_taken {
    my ($node) = @_;
    return join ' ', split /\n/, $node->safe_psql('postgres',
        q{SELECT target FROM opsmon.live_guard_events() WHERE action = 'evict' AND outcome = 'done' ORDER BY number});
}

sub guard_pid { return Opsmon::worker_pid($_[0], 'guard') }

sub rung {
    my ($node, $volume) = @_;
    return $node->safe_psql('postgres', "SELECT rung FROM opsmon.guard WHERE volume = '" . ($volume // 'wal') . "'");
}

sub wait_for_fence_down {
    my ($node) = @_;
    return wait_for($node, q{SELECT fence = 'down' FROM opsmon.guard_state}, 'the fence comes down by itself');
}

# What the role `app` is told: exit code of psql, output, errors.
sub by_app {
    my ($node, $query) = @_;
    return $node->psql('postgres', $query, extra_params => [ '-U', 'app' ], timeout => $PostgreSQL::Test::Utils::timeout_default);
}

# A client that receives WAL through a slot, once it does.
sub start_receiver {
    my ($node, $slot) = @_;
    my $to = "$PostgreSQL::Test::Utils::tmp_check/received_$slot";
    mkdir $to;
    $node->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('$slot', true)");
    my $run = IPC::Run::start([ 'pg_receivewal', '-D', $to, '--slot', $slot, '--no-loop', '--no-sync',
            '-d', $node->connstr('postgres') ], '<', \undef, '>', "$to.out", '2>', "$to.err");
    wait_for($node, "SELECT active FROM pg_replication_slots WHERE slot_name = '$slot'", 'the receiver receives');
    return $run;
}

sub lsn_bytes {
    my ($node) = @_;
    return $node->safe_psql('postgres', q{SELECT pg_current_wal_insert_lsn() - '0/0'});
}

# Ends the server without a goodbye and starts it again: what comes back is what was safe.
sub crash_and_recover {
    my ($node) = @_;
    $node->stop('immediate', fail_ok => 1) or $node->_update_pid(-1);
    return $node->start(fail_ok => 1);
}

# Ends a server, in whatever state it is, and gives back its room.
sub end_server {
    my ($node) = @_;
    $node->stop('immediate', fail_ok => 1) or $node->_update_pid(-1);
    system('rm', '-rf', readlink $node->data_dir, $node->{drill_wal} // ());
    unlink $node->data_dir;
    $node->clean_node;
    return;
}

# ---- the verdict: one line a drill

my ($story, @said);

sub verdict {
    my ($text) = @_;
    push @said, $text;
    return;
}

END {
    my ($number, $name) = $0 =~ m{(\d+)_(\w+)\.pl$};
    if (defined $number && defined $folder && open my $verdicts, '>>', "$folder/data/verdicts") {
        my $passed = $? == 0 && Test::More->builder->is_passing;
        printf $verdicts "drill %s %-20s %s%s\n", $number, $name =~ tr/_/ /r, $passed ? 'held' : 'FAILED',
          @said ? ': ' . join('; ', @said) : '';
    }
}

1;

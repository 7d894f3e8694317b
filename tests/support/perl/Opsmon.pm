# What the TAP tests share: servers with opsmon preloaded from the staged installation, and waiting
# for what opsmon shows. Every wait is for a condition, with poll_query_until's limit.
package Opsmon;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(preload_conf extension_folder new_node start_primary new_standby status wait_until worker_pid
  wait_for_new_worker log_since vanish make_unread fence_by_guard stand_at_evict stand_down crash);

# The settings that preload opsmon, intervals short enough for tests, and thresholds below what is free on
# any machine that can run them: how full its disk is, is not what they test.
sub preload_conf {
    return slurp_file($ENV{OPSMON_CONF}) . <<'END';
opsmon.sample_interval = 200ms
opsmon.guard_interval = 100ms
opsmon.watch_free = 500MB
opsmon.relieve_free = 400MB
opsmon.evict_free = 300MB
opsmon.fence_free = 200MB
opsmon.rescue_free = 100MB
END
}

# Where control file and scripts of the staged extension lie.
sub extension_folder {
    chomp(my $sharedir = `$ENV{PG_CONFIG} --sharedir`);
    return "$ENV{OPSMON_STAGE}$sharedir/extension";
}

# An initialised node that is not running yet.
sub new_node {
    my ($name, %options) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(allows_streaming => 1, %options);
    $node->append_conf('postgresql.conf', preload_conf());
    return $node;
}

# A running primary with the extension created, that has published its first samples.
sub start_primary {
    my ($name, $conf) = @_;
    my $node = new_node($name);
    $node->append_conf('postgresql.conf', $conf) if defined $conf;
    $node->start;
    $node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
    wait_until($node, q{guard_ticks > 0 AND sampler_ticks > 0 AND recorder = 'recording'});
    return $node;
}

# A running standby that streams through the slot of its own name.
sub new_standby {
    my ($primary, $name, $conf) = @_;
    $primary->backup("for_$name");
    $primary->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('$name', true)");
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init_from_backup($primary, "for_$name", has_streaming => 1);
    $node->append_conf('postgresql.conf', "primary_slot_name = '$name'\n" . ($conf // ''));
    $node->start;
    return $node;
}

# A process of the server dies: the postmaster takes everybody down, recovers, and lets people in again.
sub crash {
    my ($node, $pid) = @_;
    my $position = -s $node->logfile;
    kill 'KILL', $pid;
    $node->wait_for_log(qr/database system is ready to accept connections/, $position);
    return;
}

# A table of rows that nobody has looked at, each on a page of its own: who reads it logs all of them where
# hint bits are logged.
sub make_unread {
    my ($node, $table, $rows) = @_;
    $node->safe_psql('postgres', "CREATE TABLE $table (a text); GRANT ALL ON $table TO app; ALTER TABLE $table ALTER a SET STORAGE PLAIN;
        INSERT INTO $table SELECT repeat('x', 8000) FROM generate_series(1, $rows)");
    return;
}

# Thresholds above what any volume has: the guard fences at once, and widens when more than a segment is written.
sub fence_by_guard {
    my ($node) = @_;
    my $huge = 2_000_000_000;
    my %free = (rescue => '16MB', map { ((qw(fence evict relieve watch))[$_] => ($huge + $_) . 'MB') } 0 .. 3);
    $node->safe_psql('postgres', "ALTER SYSTEM SET $_") for q{opsmon.guard_rungs = 'fence'}, q{opsmon.guard = 'enforce'},
      map { "opsmon.${_}_free = '$free{$_}'" } sort keys %free;
    $node->reload;
    return wait_until($node, q{fence IN ('writers', 'everything')}, 'guard_state');
}

# The same for the rung evict: the guard stands there and may act, until stand_down().
sub stand_at_evict {
    my ($node) = @_;
    my %mb = (evict_free => 2_000_000_000, relieve_free => 2_000_000_001, watch_free => 2_000_000_002);
    $node->safe_psql('postgres', "ALTER SYSTEM SET opsmon.$_ = '$mb{$_}MB'") for sort keys %mb;
    $node->safe_psql('postgres', 'ALTER SYSTEM SET opsmon.guard = enforce');
    $node->reload;
    return;
}

sub stand_down {
    my ($node) = @_;
    $node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
    $node->reload;
    return wait_until($node, q{mode = 'observe'}, 'guard_state');
}

# One value of opsmon.status.
sub status {
    my ($node, $expression) = @_;
    return $node->safe_psql('postgres', "SELECT $expression FROM opsmon.status");
}

# Waits until a condition on opsmon.status holds, or one on another view when it is named.
sub wait_until {
    my ($node, $condition, $view) = @_;
    $view //= 'status';
    $node->poll_query_until('postgres', "SELECT coalesce(bool_or($condition), false) FROM opsmon.$view")
      or die "timed out waiting for $condition in opsmon.$view";
    return 1;
}

sub worker_pid {
    my ($node, $worker) = @_;
    return status($node, "${worker}_pid");
}

# Waits until the worker runs under another process id and has ticked.
sub wait_for_new_worker {
    my ($node, $worker, $old_pid) = @_;
    return wait_until($node, "${worker}_pid <> $old_pid AND ${worker}_ticks > 0");
}

# The part of the server's log that was written after `$position`.
sub log_since {
    my ($node, $position) = @_;
    return substr(slurp_file($node->logfile), $position // 0);
}

# Kills a node's server without a goodbye, and waits until no process of it is left.
sub vanish {
    my ($node, @other_pids) = @_;
    my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
    $node->kill9;
    my $pid_alive = sub { kill 0, $_[0] };
    for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default) {
        return 1 if !grep { $pid_alive->($_) } $postmaster, @other_pids;
        select undef, undef, undef, 0.1;
    }
    return 0;
}

1;

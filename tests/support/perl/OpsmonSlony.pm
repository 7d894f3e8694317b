# What tests with Slony-I share: clusters of the real slon and slonik, on nodes of PostgreSQL::Test. A node
# of a cluster is a database of a server, so that one server can have several of them. Every slon and every
# load ends with the test, also when the test is killed.
#
#   my $primary = slony_server('primary');   a primary with opsmon and room for the connections of slon
#   my $slony = slony_cluster(name => 'production', nodes => { 1 => $primary, 2 => $other, 3 => [ $other, 'app3' ] });
#                                       paths between all nodes; set 1 of node 1: the table entries; no slon yet
#   start_slon($slony, 1, 2);           all of them before a subscription; node 3 never gets one
#   subscribe($slony, 1 => 2);          provider => receiver; waits until the rows are there
#   write_rows($slony, 1, 1000);        rows into the table of a node; start_load() writes all the time
#   slony_value($slony, 1, "...");      one value; %s stands for the quoted schema
#   slonik($slony, "drop node (id = 2, event node = 1);", 1);   the preamble has these nodes only
#   write_file("$folder/rules.yml", slony_rules());   the shipped rules of Slony-I, in seconds instead of minutes
#   slony_grant($slony, 1, 'opsmon_sidecar');   sidecar/slony/read.sql; returns what it said, '' when all went well
#   slony_alerts($sidecar);             what fires: { name => [ { labels, annotations } ... ] }
#   kill_slon($slony, 2);               as with a machine: no goodbye. stop_slon() ends it in peace
package OpsmonSlony;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use JSON::PP;
use Opsmon;
use OpsmonSidecar;
use POSIX qw(WNOHANG);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(slony_server slony_cluster start_slon stop_slon kill_slon subscribe write_rows start_load stop_load slonik
  slony_value slony_wait slony_schema slony_conninfo slony_caught_up slony_rules
  slony_grant slony_alerts);

# Defaults of slon are 2 s, 10 s, 10 minutes and 3: too long for a test.
my $slon_conf = <<'END';
sync_interval=500
sync_interval_timeout=2000
cleanup_interval='4 seconds'
vac_frequency=1
log_level=1
END

my %groups; # process id, which is its group's, of what has to end with the test

END {
    my $status = $?;
    end_group($_, 'KILL') for keys %groups;
    $? = $status;
}

# Starts a program in a group of its own, which ends when this process does.
sub start_group {
    my ($log, @command) = @_;
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        setpgrp(0, 0);
        open STDIN, '<', '/dev/null' or POSIX::_exit(1);
        open STDOUT, '>>', $log or POSIX::_exit(1);
        open STDERR, '>&', \*STDOUT or POSIX::_exit(1);
        { no warnings 'exec'; exec 'setpriv', '--pdeathsig', 'TERM', '--', @command; }
        POSIX::_exit(1);
    }
    $groups{$pid} = 1;
    return $pid;
}

# slon is a process that watches over another: both are gone afterwards.
sub end_group {
    my ($pid, $signal) = @_;
    return if !delete $groups{$pid};
    kill $signal, $signal eq 'KILL' ? -$pid : $pid;
    my $deadline = time + 10;
    while (waitpid($pid, WNOHANG) == 0) {
        kill 'KILL', -$pid if time > $deadline;
        sleep 0.02;
    }
    kill 'KILL', -$pid;
    return;
}

sub node_server { my ($slony, $id) = @_; return $slony->{nodes}{$id}[0]; }
sub node_database { my ($slony, $id) = @_; return $slony->{nodes}{$id}[1]; }

# The schema, quoted as SQL wants it.
sub slony_schema { my ($slony) = @_; return qq{"_$slony->{name}"}; }

sub slony_conninfo {
    my ($slony, $id) = @_;
    my $server = node_server($slony, $id);
    return sprintf 'host=%s port=%d dbname=%s user=slony connect_timeout=3', $server->host, $server->port,
      node_database($slony, $id);
}

# A slon needs a handful of connections to its own node and to each other.
sub slony_server {
    my ($name, $conf) = @_;
    return start_primary($name, "max_connections = 100\n" . ($conf // ''));
}

# A cluster with these nodes, of which the smallest is the origin of set 1. Of a node without a database of its
# own it is `database`, or app.
sub slony_cluster {
    my (%options) = @_;
    my $slony = { name => $options{name}, nodes => {}, slon => {}, conf => $options{slon_conf} // $slon_conf };
    for my $id (keys %{ $options{nodes} }) {
        my $node = $options{nodes}{$id};
        $slony->{nodes}{$id} = ref $node eq 'ARRAY' ? $node : [ $node, $options{database} // 'app' ];
    }
    my ($origin, @others) = sort { $a <=> $b } keys %{ $slony->{nodes} };
    prepare_database($slony, $_) for $origin, @others;
    my $script = "init cluster (id = $origin, comment = 'node $origin');\n";
    $script .= "store node (id = $_, event node = $origin, comment = 'node $_');\n" for @others;
    for my $server ($origin, @others) {
        for my $client (grep { $_ != $server } $origin, @others) {
            $script .= sprintf "store path (server = %d, client = %d, conninfo = '%s', connretry = 1);\n", $server,
              $client, slony_conninfo($slony, $server);
        }
    }
    $script .= "create set (id = 1, origin = $origin, comment = 'entries');\n"
      . "set add table (set id = 1, origin = $origin, id = 1, fully qualified name = 'public.entries');\n";
    slonik($slony, $script);
    return $slony;
}

sub prepare_database {
    my ($slony, $id) = @_;
    my ($server, $database) = (node_server($slony, $id), node_database($slony, $id));
    $server->safe_psql('postgres', q{DO $$ BEGIN
        IF to_regrole('slony') IS NULL THEN CREATE ROLE slony SUPERUSER LOGIN; END IF; END $$});
    my $exists = $server->safe_psql('postgres', "SELECT count(*) FROM pg_database WHERE datname = '$database'");
    $server->safe_psql('postgres', qq{CREATE DATABASE "$database"}) if !$exists;
    $server->safe_psql($database, 'CREATE TABLE IF NOT EXISTS public.entries (id bigserial PRIMARY KEY, note text)');
    return;
}

# Runs a script of slonik's; the preamble names the nodes given, or all. Returns what it said.
sub slonik {
    my ($slony, $script, @ids) = @_;
    @ids = sort keys %{ $slony->{nodes} } if !@ids;
    my $preamble = "cluster name = $slony->{name};\n";
    $preamble .= sprintf "node %d admin conninfo = '%s';\n", $_, slony_conninfo($slony, $_) for @ids;
    my ($in, $out) = ("$preamble$script\n", '');
    IPC::Run::run([ 'slonik' ], '<', \$in, '>&', \$out, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default))
      or die "slonik: $out\nof:\n$in";
    return $out;
}

sub start_slon {
    my ($slony, @ids) = @_;
    my $conf = "$PostgreSQL::Test::Utils::tmp_check/slon-$slony->{name}.conf";
    open my $file, '>', $conf or die "$conf: $!";
    print $file $slony->{conf};
    close $file or die "$conf: $!";
    for my $id (@ids) {
        my $log = "$PostgreSQL::Test::Utils::tmp_check/slon-$slony->{name}-$id.log";
        $slony->{slon}{$id} = start_group($log, 'slon', '-f', $conf, $slony->{name}, slony_conninfo($slony, $id));
    }
    for my $id (@ids) {
        slony_wait($slony, $id, q{SELECT count(*) > 0 FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'slon.local_listen'});
    }
    return;
}

sub stop_slon { my ($slony, @ids) = @_; end_group(delete $slony->{slon}{$_}, 'TERM') for @ids; return; }

sub kill_slon { my ($slony, @ids) = @_; end_group(delete $slony->{slon}{$_}, 'KILL') for @ids; return; }

# One value of a node; %s in the statement is the schema.
sub slony_value {
    my ($slony, $id, $sql) = @_;
    my $schema = slony_schema($slony);
    $sql =~ s/%s/$schema/g;
    return node_server($slony, $id)->safe_psql(node_database($slony, $id), $sql);
}

# Waits until a statement gives t.
sub slony_wait {
    my ($slony, $id, $sql, $expected) = @_;
    my $schema = slony_schema($slony);
    $sql =~ s/%s/$schema/g;
    node_server($slony, $id)->poll_query_until(node_database($slony, $id), $sql, $expected // 't')
      or die "timed out waiting at node $id of $slony->{name} for: $sql";
    return 1;
}

# Subscribes set 1 and waits until the receiver has copied it. The slons of both must be running.
sub subscribe {
    my ($slony, $provider, $receiver, %options) = @_;
    my $forward = $options{forward} // 'yes';
    my ($origin) = sort { $a <=> $b } keys %{ $slony->{nodes} };
    my %ids = map { $_ => 1 } $origin, $provider, $receiver;
    slonik($slony, "subscribe set (id = 1, provider = $provider, receiver = $receiver, forward = $forward);",
        sort keys %ids);
    slony_wait($slony, $receiver, "SELECT count(*) > 0 FROM %s.sl_subscribe WHERE sub_receiver = $receiver AND sub_active");
    slony_caught_up($slony, $receiver);
    return;
}

# Waits until a receiver has all rows that the origin has now.
sub slony_caught_up {
    my ($slony, $receiver) = @_;
    my ($origin) = sort { $a <=> $b } keys %{ $slony->{nodes} };
    my $rows = slony_value($slony, $origin, 'SELECT count(*) FROM public.entries');
    return slony_wait($slony, $receiver, "SELECT count(*) >= $rows FROM public.entries");
}

sub write_rows {
    my ($slony, $id, $rows) = @_;
    slony_value($slony, $id, "INSERT INTO public.entries (note) SELECT repeat('x', 100) FROM generate_series(1, $rows)");
    return;
}

# Writes so many transactions a second until stop_load() or the end of the test.
sub start_load {
    my ($slony, $id, $rate) = @_;
    my $server = node_server($slony, $id);
    my $script = "$PostgreSQL::Test::Utils::tmp_check/load-$slony->{name}.sql";
    open my $file, '>', $script or die "$script: $!";
    print $file "INSERT INTO public.entries (note) VALUES (repeat('x', 100));\n";
    close $file or die "$script: $!";
    return start_group("$script.log", 'pgbench', '-n', '-R', $rate, '-T', 3600, '-f', $script, '-h', $server->host,
        '-p', $server->port, '-U', 'slony', node_database($slony, $id));
}

# The group of the shipped rules, with all that is waited for cut short.
sub slony_rules {
    my $all = slurp_file("$ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml");
    my ($group) = $all =~ /^(  - name: opsmon-slony\n.*?)^  (?:#|- name:)/ms or die 'no group opsmon-slony';
    $group =~ s/interval: 5s/interval: 1s/;
    $group =~ s/for: \d+m/for: 2s/g;
    $group =~ s/> 120\b/> 8/g; # a healthy node of a test is 4 s behind at most
    $group =~ s/(event_age_seconds) > 60\b/$1 > 8/;
    $group =~ s/> 2700\b/> 15/;
    return "groups:\n$group";
}

sub slony_grant {
    my ($slony, $id, $role) = @_;
    my $said = '';
    IPC::Run::run([ 'psql', '-X', '-q', '-d', node_server($slony, $id)->connstr(node_database($slony, $id)), '-v',
            "cluster=$slony->{name}", '-v', "role=$role", '-f', "$ENV{OPSMON_RUN}/sidecar/slony/read.sql" ],
        '>', \my $out, '2>', \$said);
    return $said;
}

sub slony_alerts {
    my ($sidecar) = @_;
    my %firing;
    for my $alert (@{ decode_json(get("$sidecar->{url}/api/v1/alerts")->{content})->{data}{alerts} }) {
        push @{ $firing{ $alert->{labels}{alertname} } }, $alert if $alert->{state} eq 'firing';
    }
    return \%firing;
}

sub stop_load { my ($load) = @_; end_group($load, 'TERM'); return; }

1;

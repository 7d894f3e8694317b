# A PostgreSQL server of the soak: made, started, asked, promoted, made anew as a standby. Its data and its WAL lie on small
# volumes. What happens to it is the actors' business. It never waits longer than a statement may take.
package Soak::Server;

use strict;
use warnings;
use IPC::Run ();
use Soak::Network;
use Soak::Process;

my $statement_seconds = 20;

# As in the drills, but for times that a busy machine can keep.
my $conf = <<'END';
listen_addresses = '*'
unix_socket_permissions = 0777
fsync = on
restart_after_crash = on
wal_level = logical
max_connections = 60
max_wal_senders = 10
max_replication_slots = 20
shared_buffers = 64MB
max_wal_size = 128MB
min_wal_size = 32MB
checkpoint_timeout = 5min
wal_sender_timeout = 10s
wal_receiver_timeout = 10s
wal_retrieve_retry_interval = 1s
log_line_prefix = '%m [%p] %b '
log_min_messages = warning
log_replication_commands = off
opsmon.guard = enforce
opsmon.sample_interval = 500ms
opsmon.guard_interval = 1s
opsmon.watch_free = 250MB
opsmon.relieve_free = 200MB
opsmon.evict_free = 160MB
opsmon.fence_free = 64MB
opsmon.rescue_free = 32MB
opsmon.stall_time = 60s
opsmon.ballast_size = 0
include_if_exists = 'soak.conf'
END

# name; volumes of data and WAL; the network namespace, if it has one.
sub new {
    my ($class, $world, %o) = @_;
    my $self = bless { %o, world => $world, data => "$o{data}/data", wal => "$o{wal}/wal", log => "$world->{run}/log/$o{name}.log" }, $class;
    $self->{sockets} = "$world->{run}/sockets";
    $self->{address} = $Soak::Network::address{ $o{space_name} // '' };
    return $self;
}

sub user_command {
    my (@command) = @_;
    return ("$ENV{OPSMON_RUN}/tests/support/unprivileged.sh", 'env', "PATH=$ENV{PATH}", 'LANG=C.UTF-8', @command);
}

sub run_as_user {
    my ($self, @command) = @_;
    my $said = '';
    IPC::Run::run([ user_command(@command) ], '<', \undef, '>&', \$said) or die "@command: $said";
    return;
}

sub create {
    my ($self) = @_;
    $self->run_as_user('initdb', '-D', $self->{data}, '--waldir', $self->{wal}, qw(-U postgres -A trust --no-sync -E UTF8 --no-locale));
    $self->append('pg_hba.conf', "host all all 10.77.0.0/16 trust\nhost replication all 10.77.0.0/16 trust\n");
    $self->append('postgresql.conf', $self->{world}->file("$ENV{OPSMON_RUN}/opsmon.conf") . $conf . $self->own_conf);
    return;
}

sub own_conf {
    my ($self) = @_;
    return "port = $self->{port}\nunix_socket_directories = '$self->{sockets}'\n" . ($self->{conf} // '');
}

sub append {
    my ($self, $file, $text) = @_;
    open my $out, '>>', "$self->{data}/$file" or die "$file: $!";
    print $out $text;
    close $out or die "$file: $!";
    return;
}

# A copy of another server, as its standby, in place of whatever it was: begun here, finished when `copied` says so.
sub begin_copy {
    my ($self, $primary) = @_;
    system('find', $self->{data}, $self->{wal}, '-depth', '-delete') if -d $self->{data};
    my $slot = $self->slot_name;
    $primary->ask("SELECT pg_drop_replication_slot('$slot') FROM pg_replication_slots WHERE slot_name = '$slot' AND NOT active");
    $self->{copy} = Soak::Process->start(name => "copy_$self->{name}", log => $self->{log}, space => $self->{space}, command => [
            'pg_basebackup', '-D', $self->{data}, '--waldir', $self->{wal}, qw(-X stream -c fast --no-sync -U postgres -C -S), $slot,
            '-h', $primary->{address}, '-p', $primary->{port} ]);
    return;
}

# 1 when it is there, 0 while it is on its way; one that failed is begun anew.
sub copied {
    my ($self, $primary) = @_;
    return 0 if $self->{copy}->runs;
    if ($self->{copy}{status} != 0) {
        $self->begin_copy($primary);
        return 0;
    }
    # The copy has the primary's postgresql.conf: the last word about a setting counts.
    $self->append('postgresql.conf', $self->own_conf);
    $self->append('postgresql.conf', "primary_conninfo = 'host=$primary->{address} port=$primary->{port} user=postgres application_name=$self->{name}'\n"
          . "primary_slot_name = '" . $self->slot_name . "'\n");
    $self->append('standby.signal', '');
    system('chown', '-R', 'postgres:', $self->{data}) == 0 or die 'chown';
    return 1;
}

sub slot_name { return "standby_$_[0]{name}" }

# The settings that a reload takes; where there is no server at the moment, there are none.
sub settings {
    my ($self, $text) = @_;
    open my $out, '>', "$self->{data}/soak.conf" or return;
    print $out $text;
    close $out;
    return;
}

# A signal to a server that has only just been started would end what leads to it.
sub reload {
    my ($self) = @_;
    return $self->{was_up} && $self->{process}->signal('HUP');
}

sub start {
    my ($self) = @_;
    $self->{was_up} = 0;
    $self->settings('');
    $self->{process} = Soak::Process->start(name => $self->{name}, log => $self->{log}, space => $self->{space}, env => $self->{env},
        command => [ 'postgres', '-D', $self->{data} ]);
    return;
}

sub runs { return $_[0]{process} && $_[0]{process}->runs }

# Rows as lists of texts; undef when the server does not answer, or refuses: `error` has why.
sub rows {
    my ($self, $sql, %o) = @_;
    my ($out, $err) = ('', '');
    my $ok = IPC::Run::run([ 'timeout', $o{seconds} // $statement_seconds, 'psql', '-XAtq', '-F', "\t", '-v', 'ON_ERROR_STOP=1', '-h', $self->{sockets},
            '-p', $self->{port}, '-U', $o{user} // 'postgres', '-d', 'postgres' ], '<', \$sql, '>', \$out, '2>', \$err);
    $self->{error} = $err;
    return $ok ? [ map { [ split /\t/, $_, -1 ] } split /\n/, $out ] : undef;
}

# The first value of the first row; undef as above.
sub ask {
    my ($self, $sql, %o) = @_;
    my $rows = $self->rows($sql, %o) or return;
    return $rows->[0] ? $rows->[0][0] : '';
}

sub answers {
    my ($self) = @_;
    return 0 if !$self->runs || !defined $self->ask('SELECT 1', seconds => 5);
    return $self->{was_up} = 1;
}

# Its own processes, by what they are.
sub children {
    my ($self) = @_;
    return () if !$self->runs;
    my %of;
    for my $stat (glob '/proc/[0-9]*/stat') {
        my $text = eval { $self->{world}->file($stat) } // next;
        my ($pid, $parent) = $text =~ /^(\d+) \(.*\) \S (\d+)/ or next;
        next if $parent != $self->{process}{pid};
        my $title = eval { $self->{world}->file("/proc/$pid/cmdline") } // '';
        $title =~ s/\0.*//s;
        $of{$pid} = $title =~ /^postgres: (.*?)\s*$/ ? $1 : 'starting';
    }
    return %of;
}

1;

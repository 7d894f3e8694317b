# All that lives in the soak: a primary and its standby (`a` and `b`, which change places), a server that is never restarted
# (`steady`), two sidecars, nginx, the stand-in for Slack, a writer, and the lines between them. It builds them and knows
# who is who; what is done to them is the actors' business.
package Soak::House;

use strict;
use warnings;
use Soak::Network;
use Soak::Server;
use Soak::Services;
use Soak::Script;
use Soak::Sidecar;
use Soak::Slack;
use Soak::Truth;
use Soak::Writer;

my $data_mb = 400;
my $state_mb = 16;

sub new {
    my ($class, $world) = @_;
    my $self = bless { world => $world, truth => Soak::Truth->new, volumes => $world->{volumes} }, $class;
    for my $folder ($world->{run}, map { "$world->{run}/$_" } qw(log sockets)) {
        mkdir $folder;
        system('chown', 'postgres:', $folder);
    }
    $self->{network} = Soak::Network->build;
    $self->mount_volumes;
    $self->build_servers;
    $self->build_others;
    return $self;
}

sub mount_volumes {
    my ($self) = @_;
    my ($uid, $gid) = (getpwnam 'postgres')[2, 3];
    my %mb = (data_a => $data_mb, data_b => $data_mb, state_lived => $state_mb, state_killed => $state_mb);
    for my $name (sort keys %mb) {
        mkdir "$self->{volumes}/$name" or die "$self->{volumes}/$name: $!";
        system('mount', '-t', 'tmpfs', '-o', "size=$mb{$name}m,uid=$uid,gid=$gid,mode=700", 'opsmon-volume', "$self->{volumes}/$name") == 0
          or die "mount $name\n";
    }
    return;
}

# ---- servers

sub build_servers {
    my ($self) = @_;
    my ($world, $volumes) = @$self{qw(world volumes)};
    my %of = (a => [ 'data_a', 'wal', 'db_a', 5501 ], b => [ 'data_b', 'standby', 'db_b', 5502 ], steady => [ 'data', 'small', undef, 5503 ]);
    for my $name (sort keys %of) {
        my ($data, $wal, $space, $port) = @{ $of{$name} };
        $self->{$name} = Soak::Server->new($world, name => $name, data => "$volumes/$data", wal => "$volumes/$wal", port => $port,
            space_name => $space, space => $space && $self->{network}->space($space), env => $space ? $self->clock_env($name) : {});
    }
    for my $name (qw(a steady)) {
        $self->{$name}->create;
        $self->{$name}->start;
        $self->wait_for("$name answers", sub { $self->{$name}->answers });
        defined $self->{$name}->rows(q{CREATE ROLE soak_app LOGIN; CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor; CREATE EXTENSION opsmon;
            CREATE TABLE ledger (n int8 PRIMARY KEY); GRANT ALL ON ledger TO soak_app}) or die "$name: $self->{$name}{error}\n";
    }
    @$self{qw(primary standby)} = qw(a b);
    $self->b_is_copied;
    return $self->start_receiver;
}

sub b_is_copied {
    my ($self) = @_;
    my ($a, $b) = @$self{qw(a b)};
    $b->begin_copy($a);
    $self->wait_for('the standby is copied', sub { $b->copied($a) });
    $b->start;
    $a->{slots} = { $b->slot_name => 1 };
    return $self->wait_for('the standby streams', sub { $b->answers && $self->streams });
}

# A consumer of the steady server, which nobody protects: it must never be taken while it takes WAL.
sub start_receiver {
    my ($self) = @_;
    my $steady = $self->{steady};
    my $folder = "$self->{volumes}/data/received";
    mkdir $folder;
    system('chown', 'postgres:', $folder);
    $steady->ask(q{SELECT pg_create_physical_replication_slot('live', true)});
    $self->{received} = $folder;
    $self->{receiver} = Soak::Process->start(name => 'receiver', log => "$self->{world}{run}/log/receiver.log", command => [
            qw(pg_receivewal --slot live --no-sync --status-interval 1 -U postgres), '-D', $folder, '-h', $steady->{sockets}, '-p', $steady->{port} ]);
    $steady->{slots} = { live => 1 };
    return;
}

# What it has received is of no use to anybody.
sub forget_received {
    my ($self) = @_;
    my @segments = sort grep { !/\.partial$/ } glob "$self->{received}/*";
    pop @segments;
    unlink @segments;
    return;
}

sub primary { return $_[0]{ $_[0]{primary} } }
sub standby { return $_[0]{ $_[0]{standby} } }

# What a server is called in the journal of what was done: a and b change places.
sub role_of {
    my ($self, $name) = @_;
    return $name eq $self->{primary} ? 'primary' : $name eq $self->{standby} ? 'standby' : $name;
}

sub streams {
    my ($self) = @_;
    return ($self->primary->ask("SELECT state FROM pg_stat_replication WHERE application_name = '$self->{standby}'") // '') eq 'streaming';
}

# From now on this one is the primary: what was only on the other has gone with it.
sub promoted {
    my ($self, $new) = @_;
    my $old = $self->primary;
    @$self{qw(primary standby)} = @$self{qw(standby primary)};
    $self->{truth}->set($_, 0, $self->{world}->now) for grep { /^incident_/ } keys %{ $old->{slots} };
    $old->{slots} = {};
    $new->{slots} = {};
    $self->name_primary;
    for my $sidecar (@$self{qw(sidecar_lived sidecar_killed)}) {
        $sidecar->write_good;
        $sidecar->reload;
    }
    return;
}

# The steps from a server that has ended to one that answers. One that finds its predecessor's shared memory still in use
# ends again, which is as it should be.
sub starts {
    my ($self, $server) = @_;
    return expect('nothing crashes by itself', "$server->{name} answers after its start", 120, sub {
        $server->start if !$server->runs;
        return $server->answers;
    });
}

# The same for whoever is the primary by then.
sub starts_primary {
    my ($self) = @_;
    return expect('nothing crashes by itself', 'there is a primary', 120, sub {
        $self->primary->start if !$self->primary->runs;
        return $self->primary->answers;
    });
}

# ---- everybody else

sub build_others {
    my ($self) = @_;
    my ($world, $network) = @$self{qw(world network)};
    $self->{services} = Soak::Services->new($world, truth => $self->{truth}, space => $network->space('watch'));
    $self->{slack} = Soak::Slack->new($world, space => $network->space('chat'));
    $self->{$_}->start for qw(services slack);
    my $port = 9788;
    for my $which (qw(lived killed)) {
        $self->{"sidecar_$which"} = Soak::Sidecar->new($world, name => "sidecar_$which", port => $port++, state => "$self->{volumes}/state_$which/state",
            space => $network->space('watch'), env => $self->clock_env("sidecar_$which"), database => sub { $self->primary });
    }
    system('chown', '-R', 'postgres:', $world->{run});
    $self->name_primary;
    $self->{writer} = Soak::Writer->start($world, where => "$world->{run}/primary", acknowledged => "$world->{run}/acknowledged");
    $self->wait_for('nginx answers', sub { $self->{services}->answers });
    for my $sidecar (@$self{qw(sidecar_lived sidecar_killed)}) {
        $sidecar->start;
        $self->wait_for("$sidecar->{name} is ready", sub { $sidecar->is_ready });
    }
    return;
}

sub name_primary {
    my ($self) = @_;
    my $path = "$self->{world}{run}/primary";
    open my $file, '>', $path or die "$path: $!";
    print $file $self->primary->{port};
    close $file or die "$path: $!";
    return;
}

# A wall clock of one's own: wrong by the seconds that stand in a file.
sub clock_env {
    my ($self, $whose) = @_;
    $self->set_clock($whose, 0);
    return { LD_PRELOAD => "$self->{volumes}/tools/wrong_clock.so", WRONG_CLOCK_FILE => "$self->{world}{run}/clock_$whose" };
}

sub set_clock {
    my ($self, $whose, $seconds) = @_;
    my $path = "$self->{world}{run}/clock_$whose";
    open my $file, -e $path ? '+<' : '>', $path or die "$path: $!";
    syswrite $file, pack 'q', $seconds;
    close $file or die "$path: $!";
    return;
}

# Until not one more byte fits.
sub fill_up {
    my ($self, $volume) = @_;
    open my $file, '>', "$volume/filler" or return;
    for my $bytes (1 << 20, 4096, 1) {
        while (syswrite $file, 'x' x $bytes) { }
    }
    close $file;
    return;
}

# What must be running: whoever is not being disturbed.
sub programs {
    my ($self) = @_;
    my %part = (a => $self->role_of('a'), b => $self->role_of('b'), steady => 'steady', sidecar_lived => 'sidecar_lived',
        sidecar_killed => 'sidecar_killed', services => 'nginx', slack => 'slack_process', receiver => 'receiver');
    my %programs;
    for my $what (keys %part) {
        next if defined $self->{world}->part($part{$what})->{since};
        $programs{$what} = $what eq 'receiver' ? $self->{receiver} : $self->{$what}{process};
    }
    return %programs;
}

# For the beginning alone: later nobody waits.
sub wait_for {
    my ($self, $what, $condition) = @_;
    my $until = $self->{world}->now + 120;
    while (!$condition->()) {
        die "not within 120 s: $what\n" if $self->{world}->now > $until;
        select undef, undef, undef, 0.2;
    }
    return;
}

1;

# A real nginx that serves four services, each of which is ill as long as a file says so. It keeps the truth about them.
package Soak::Services;

use strict;
use warnings;
use HTTP::Tiny;
use Soak::Network;
use Soak::Process;

my $count = 4;

sub count { return $count }

sub new {
    my ($class, $world, %o) = @_;
    my $self = bless { %o, world => $world, folder => "$world->{run}/nginx", ill => {} }, $class;
    mkdir $_ for $self->{folder}, "$self->{folder}/temp";
    my $locations = join '', map { "location = /health/$_ { if (-f $self->{folder}/ill_$_) { return 503; } return 200 well; }\n" } 1 .. $count;
    my $temp = join ' ', map { "${_}_temp_path $self->{folder}/temp/$_;" } qw(client_body proxy fastcgi uwsgi scgi);
    open my $conf, '>', "$self->{folder}/nginx.conf" or die "nginx.conf: $!";
    print $conf "daemon off; worker_processes 1; pid $self->{folder}/nginx.pid; error_log $self->{folder}/error.log;\n",
      "events { worker_connections 64; }\nhttp { $temp access_log $self->{folder}/access.log;\n",
      "server { listen 8080; location = /status { stub_status; }\n$locations}}\n";
    close $conf or die "nginx.conf: $!";
    system('chown', '-R', 'postgres:', $self->{folder});
    return $self;
}

sub start {
    my ($self) = @_;
    $self->{process} = Soak::Process->start(name => 'nginx', log => "$self->{world}{run}/log/nginx.log", space => $self->{space}, command => [
            "$ENV{OPSMON_RUN}/bin/nginx", '-p', $self->{folder}, '-e', "$self->{folder}/error.log", '-c', "$self->{folder}/nginx.conf" ]);
    return;
}

sub answers { return HTTP::Tiny->new(timeout => 2)->get("http://$Soak::Network::address{watch}:8080/status")->{success} }

# All at once, as a service that is gone takes everybody with it.
sub kill_all {
    my ($self) = @_;
    $self->{process}->kill_group;
    $self->{down} = 1;
    return $self->tell_truth;
}

sub came_back { my ($self) = @_; $self->{down} = 0; return $self->tell_truth }

sub make_ill {
    my ($self, $n, $ill) = @_;
    my $path = "$self->{folder}/ill_$n";
    if ($ill) { open my $file, '>', $path or die "$path: $!" }
    else      { unlink $path }
    $self->{ill}{$n} = $ill;
    return $self->tell_truth;
}

sub tell_truth {
    my ($self) = @_;
    $self->{truth}->set("service_$_", $self->{down} || $self->{ill}{$_}, Soak::World::now()) for 1 .. $count;
    return;
}

1;

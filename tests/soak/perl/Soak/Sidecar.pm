# A sidecar of the soak, with its settings, which are written anew for each reload, good ones and bad ones. There are two: one
# that is killed, and one that lives as long as the soak and whose memory is watched. It decides nothing.
package Soak::Sidecar;

use strict;
use warnings;
use HTTP::Tiny;
use Soak::Network;
use Soak::Process;
use Soak::Services;

my $services = Soak::Services::count();

my $rules = <<'END';
groups:
  - name: soak
    interval: 1s
    rules:
      - {alert: ServiceDown, expr: service_health_status == 0, for: 3s, labels: {severity: critical}}
      - {alert: SlotIdle, expr: 'postgresql_slot_active{slot_name=~"incident_.*"} == 0', for: 3s, labels: {severity: critical}}
END

my @faulty = ("collect: {interval: soon}\n", "collect: {interval: 1s\n", "no_such_section: {}\n", "alerting: {rule_files: [/nowhere.yml]}\n", '');

# name, port, state (a folder), env; `database` is a function that says which server is to be watched.
sub new {
    my ($class, $world, %o) = @_;
    my $self = bless { %o, world => $world, folder => "$world->{run}/$o{name}" }, $class;
    mkdir $self->{folder};
    $self->{url} = "http://$Soak::Network::address{watch}:$o{port}";
    $self->write('rules.yml', $rules);
    $self->write('notification.yml', $self->notification);
    $self->write_good;
    return $self;
}

sub write {
    my ($self, $name, $text) = @_;
    my $path = "$self->{folder}/$name";
    open my $file, '>', "$path.new" or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
    rename "$path.new", $path or die "$path: $!";
    return;
}

# One alert, one message; everything the shipped rules have to say goes to a channel of its own, which nobody judges.
sub notification {
    my ($self) = @_;
    return <<"END";
global: {slack_api_url: 'http://$Soak::Network::address{chat}:9789/services/T0/B0/soak', resolve_timeout: 1m}
route:
  receiver: other
  group_by: [alertname]
  repeat_interval: 100h
  routes:
    - {matchers: ['alertname=~"ServiceDown|SlotIdle"'], receiver: judged, group_by: ['...'], group_wait: 0s, group_interval: 1s}
receivers:
  - name: judged
    slack_configs:
      - {channel: '$self->{name}', send_resolved: true, title: '{{ .Status }} {{ .CommonLabels.service }}{{ .CommonLabels.slot_name }}', text: 'x'}
  - name: other
    slack_configs: [{channel: other, send_resolved: true}]
END
}

sub settings {
    my ($self) = @_;
    my $server = $self->{database}->();
    my $world = $self->{world};
    my $minutes = $world->one_of(10, 11, 12);
    return <<"END" . join '', map { "  - {name: service_$_, url: 'http://127.0.0.1:8080/health/$_', timeout: 1500ms}\n" } 1 .. $services;
collect: {interval: 2s, timeout: 1900ms}
storage: {path: $self->{state}}
history: {window: ${minutes}m, max_memory: 4MiB}
postgres:
  conninfo: host=$server->{address} port=$server->{port} user=opsmon_sidecar dbname=postgres
  connect_timeout: 1s
  statement_timeout: 1500ms
alerting: {rule_files: [$self->{folder}/rules.yml, $ENV{OPSMON_RUN}/sidecar/rules/opsmon.rules.yml], notification_file: $self->{folder}/notification.yml}
stub_status: [{service: nginx, url: 'http://127.0.0.1:8080/status'}]
access_logs: [{service: nginx, path: $world->{run}/nginx/access.log}]
services:
END
}

sub write_good { my ($self) = @_; $self->write('opsmon.yml', $self->settings); return }

sub write_faulty { my ($self) = @_; $self->write('opsmon.yml', $self->{world}->one_of(@faulty) || $self->settings . "  - {name: service_1}\n"); return }

# Also where a reload is to be taken: a signal to a program that has only just been started would end it.
sub reload {
    my ($self) = @_;
    return $self->{was_ready} && $self->{process}->signal('HUP');
}

sub start {
    my ($self) = @_;
    $self->{was_ready} = 0;
    $self->{process} = Soak::Process->start(name => $self->{name}, log => "$self->{world}{run}/log/$self->{name}.log", space => $self->{space}, env => $self->{env},
        command => [ "$ENV{OPSMON_RUN}/bin/opsmon-sidecar", '--config.file', "$self->{folder}/opsmon.yml", '--web.listen-address', $self->{url} =~ s{http://}{}r ]);
    return;
}

sub runs { return $_[0]{process} && $_[0]{process}->runs }

sub get {
    my ($self, $path, $seconds) = @_;
    return HTTP::Tiny->new(timeout => $seconds // 5)->get("$self->{url}$path");
}

sub is_ready {
    my ($self) = @_;
    $self->{was_ready} ||= $self->get('/-/ready')->{status} == 200 ? 1 : 0;
    return $self->{was_ready};
}

# The value of one series, as the page shows it; undef when it is not there.
sub metric {
    my ($self, $series) = @_;
    my $page = $self->get('/metrics');
    return $page->{success} && $page->{content} =~ /^\Q$series\E (\S+)$/m ? $1 : undef;
}

1;

# The volume of the monitor's own state fills up, or cannot be written at all. Alerts go out all the same, the page
# says that durability is gone, and once there is room everything is kept again, over a kill as well.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill ();
use OpsmonSidecar;

my $folder = PostgreSQL::Test::Utils::tempdir;
my %port = map { $_ => free_port() } qw(one two three);
my $rules = write_file("$folder/rules.yml",
    "groups: [{name: services, interval: 1s, rules: [{alert: ServiceDown, expr: service_health_status == 0}]}]\n");

# Each alert by itself, as "status service".
my $hooks = start_webhook(sub { return join '', map { "$_->{status} $_->{labels}{service}\n" } @{ decode_json($_[0])->{alerts} } });
sub told { return grep { $_ ne '' } split /\n/, slurp_file($hooks->{file}) }
sub times_told { my ($what) = @_; return scalar grep { $_ eq $what } told() }

my $settings = write_file("$folder/alertmanager.yml",
    "route: {receiver: hook, group_by: ['...'], group_interval: 1s}\nreceivers: [{name: hook, webhook_configs: [{url: '$hooks->{url}/'}]}]\n");

sub conf {
    my ($store) = @_;
    return "collect: {interval: 1s, timeout: 900ms}\nservices:\n"
      . join('', map { "  - {name: $_, url: 'http://127.0.0.1:$port{$_}/health', timeout: 500ms}\n" } sort keys %port)
      . "storage: {path: $store}\nalerting: {rule_files: [$rules], notification_file: $settings}\n";
}

my %service;
sub up { my ($name) = @_; $service{$name} = start_program('demo_service', '--port', $port{$name}); return }
sub down { my ($name) = @_; stop_program(delete $service{$name}); return }

sub kept {
    my ($sidecar, $wanted) = @_;
    return wait_for("the state is kept: $wanted", sub { (metric($sidecar, 'opsmon_notification_state_kept') // -1) == $wanted }, $sidecar);
}

# Until not one more byte fits.
sub fill_up {
    my ($path) = @_;
    open my $file, '>', $path or die "$path: $!";
    for my $bytes (1 << 20, 4096, 1) {
        while (syswrite $file, 'x' x $bytes) { }
    }
    close $file;
    return;
}

up($_) for sort keys %port;
my $volume = Drill::volume('small');
mkdir "$volume/state" or die "$volume/state: $!";
my $sidecar = start_sidecar(conf("$volume/state"));
kept($sidecar, 1);

fill_up("$volume/filler");
down('one');
wait_for('it is told', sub { times_told('firing one') == 1 }, $sidecar);
pass('an alert goes out while the volume of the state is full');
kept($sidecar, 0);
up('one');
wait_for('its end is told', sub { times_told('resolved one') == 1 }, $sidecar);
down('two');
wait_for('the next is told', sub { times_told('firing two') == 1 }, $sidecar);

unlink "$volume/filler" or die "filler: $!";
kept($sidecar, 1);
pass('with room again the state is kept again');
kill 'KILL', $sidecar->{pid};
stop_program($sidecar);
$sidecar = start_sidecar(conf("$volume/state"));
down('three');
wait_for('what is new after a kill is told', sub { times_told('firing three') == 1 }, $sidecar);
is(times_told('firing two'), 1, 'what was told while it was full is not told again after a kill');
up($_) for qw(two three);
wait_for('both ends are told', sub { times_told('resolved two') == 1 && times_told('resolved three') == 1 }, $sidecar);
is(scalar(told()), 6, 'and nothing twice');
stop_program($sidecar);

# A file system that was made read-only: whose folder is not there, and cannot be made.
write_file($hooks->{file}, '');
my $read_only = Drill::volume('read_only');
ok(!mkdir("$read_only/state") && $!{EROFS}, 'the volume is read-only');
$sidecar = start_sidecar(conf("$read_only/state"));
kept($sidecar, 0);
down('one');
wait_for('it is told', sub { times_told('firing one') == 1 }, $sidecar);
up('one');
wait_for('and its end', sub { times_told('resolved one') == 1 }, $sidecar);
is(scalar(told()), 2, 'alerts go out while the state cannot be written at all');
stop_program($sidecar);
stop_program($_) for values %service;
Drill::verdict('6 alerts and ends told while the state had no room, none twice');
done_testing();

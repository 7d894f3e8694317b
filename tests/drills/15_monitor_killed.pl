# The monitor is killed again and again, at any moment, while services come and go: whatever happens is told in the end,
# and a kill costs one message told twice at most.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);
use Drill ();
use OpsmonSidecar;

my $rounds = 10 * Drill::runs();
my $seed = $ENV{OPSMON_SEED} // int rand 1e9;
srand $seed;
note("OPSMON_SEED=$seed repeats these moments");

my $folder = PostgreSQL::Test::Utils::tempdir;
my %port = map { $_ => free_port() } map { "service_$_" } 1 .. 8;
my $rules = write_file("$folder/rules.yml",
    "groups: [{name: services, interval: 1s, rules: [{alert: ServiceDown, expr: service_health_status == 0}]}]\n");
my $hooks = start_webhook(sub { return join '', map { "$_->{labels}{service} $_->{status}\n" } @{ decode_json($_[0])->{alerts} } });

# Of each service, the statuses in the order in which they were told.
sub told {
    my %of;
    for my $line (split /\n/, slurp_file($hooks->{file})) {
        my ($service, $status) = split / /, $line;
        push @{ $of{$service} }, $status;
    }
    return \%of;
}

my $settings = write_file("$folder/alertmanager.yml",
    "route: {receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s}\n"
      . "receivers: [{name: hook, webhook_configs: [{url: '$hooks->{url}/'}]}]\n");
my $conf = "collect: {interval: 1s, timeout: 900ms}\nservices:\n"
  . join('', map { "  - {name: $_, url: 'http://127.0.0.1:$port{$_}/health', timeout: 500ms}\n" } sort keys %port)
  . "storage: {path: $folder/store}\nalerting: {rule_files: [$rules], notification_file: $settings}\n";

my %service = map { $_ => start_program('demo_service', '--port', $port{$_}) } keys %port;
my $sidecar = start_sidecar($conf);
my $kills = 0;
for my $round (1 .. $rounds) {
    my %wanted;
    for my $name (grep { rand() < 0.5 } sort keys %port) {
        if (my $running = delete $service{$name}) {
            stop_program($running);
            $wanted{$name} = 'firing';
        } else {
            $service{$name} = start_program('demo_service', '--port', $port{$name});
            $wanted{$name} = 'resolved';
        }
    }
    for (1 .. 1 + int rand 3) {
        sleep rand 3; # the moment of the kill is what is tried
        kill 'KILL', $sidecar->{pid};
        stop_program($sidecar);
        ++$kills;
        $sidecar = start_sidecar($conf);
    }
    wait_for("round $round is told", sub {
        my $told = told();
        return !grep { ($told->{$_}[-1] // '') ne $wanted{$_} } keys %wanted;
    }, $sidecar);
}

my $told = told();
my ($messages, $again, $odd) = (0, 0, 0);
for my $statuses (values %$told) {
    $messages += @$statuses;
    $again += grep { $statuses->[$_] eq $statuses->[ $_ - 1 ] } 1 .. $#$statuses;
    ++$odd if $statuses->[0] ne 'firing';
}
cmp_ok($again, '<=', $kills, 'a kill costs one message told twice at most');
is($odd, 0, 'no end is told of what was never told');
Drill::verdict("$kills kills, $messages messages, $again told twice, none lost");
stop_program($sidecar);
stop_program($_) for values %service;
done_testing();

# The machine under the server: which mount carries what, behind a pg_wal that is a link; and the volumes
# watched while the server is down, over a restart of the sidecar, and after they were moved.
use strict;
use warnings;
use File::Temp;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

# Another file system than the data's where the machine has one for everybody.
my @elsewhere = grep { -d && -w } '/dev/shm';
my $wal_folder = File::Temp->newdir('opsmon-e2e-XXXXXX', DIR => $elsewhere[0] // PostgreSQL::Test::Utils::tempdir);
my $wal = "$wal_folder/wal";
my $node = new_node('primary', extra => [ '--waldir', $wal ]);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon; CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
wait_until($node, 'guard_ticks > 0 AND sampler_ticks > 0');

# What df says of a path, in bytes.
sub df {
    my ($path) = @_;
    my (undef, $line) = split /\n/, qx(LC_ALL=C df -B1 --output=target,source,size,avail,iavail '$path');
    my %df;
    @df{qw(target source size avail iavail)} = split ' ', $line;
    return \%df;
}

# The page names labels in an order of its own.
sub has_info {
    my ($sidecar, $volume, $path) = @_;
    my $df = df($path);
    for my $line (split /\n/, metrics($sidecar)) {
        next if $line !~ /^postgresql_volume_info\{.*volume="\Q$volume\E"/;
        return 1 if $line =~ /mount_point="\Q$df->{target}\E"/ && $line =~ /device="\Q$df->{source}\E"/;
    }
    return 0;
}

# Others write on the same file systems meanwhile: near enough is right.
sub agrees_with_df {
    my ($sidecar, $volume, $path) = @_;
    my $df = df($path);
    my $size = metric($sidecar, qq(postgresql_volume_size_bytes{volume="$volume"})) // return 0;
    my $free = metric($sidecar, qq(postgresql_volume_free_bytes{volume="$volume"})) // return 0;
    return $size == $df->{size} && abs($free - $df->{avail}) < 256 * 2**20;
}

sub wait_for_volumes {
    my ($sidecar, $what) = @_;
    wait_for($what, sub {
        agrees_with_df($sidecar, 'wal', $wal) && agrees_with_df($sidecar, 'data', $node->data_dir)
          && has_info($sidecar, 'wal', $wal) && has_info($sidecar, 'data', $node->data_dir);
    }, $sidecar);
    return pass($what);
}

sub wait_for_up {
    my ($sidecar, $up) = @_;
    return wait_for("postgresql_up is $up", sub { (metric($sidecar, 'postgresql_up') // -1) == $up }, $sidecar);
}

my $storage = PostgreSQL::Test::Utils::tempdir . '/kept';
my $sidecar = start_sidecar(sidecar_conf($node), '--storage.path', $storage);
wait_for_up($sidecar, 1);
wait_for_volumes($sidecar, 'names_the_mount_behind_a_linked_pg_wal');
is(metric($sidecar, 'postgresql_wal_volume_full'), 0, 'a volume with room is not full');

my $page = metrics($sidecar);
for my $series ('system_cpu_seconds_total{mode="idle"}', 'system_cpu_cores', 'system_load1', 'system_memory_total_bytes',
    'system_memory_usage_percent', 'system_memory_swap_total_bytes') {
    like($page, qr/^\Q$series\E [0-9.e+]+$/m, "shows $series");
}
my ($cores) = $page =~ /^system_cpu_cores (\d+)$/m;
chomp(my $online = qx(getconf _NPROCESSORS_ONLN));
is($cores, $online, 'counts_the_cores_that_are_online');
for my $collector (qw(cpu load pressure memory cgroup disk_io postgresql_volume)) {
    is(metric($sidecar, qq(opsmon_collector_success{collector="$collector"})), 1, "$collector succeeds here");
}

$node->stop('fast');
wait_for_up($sidecar, 0);
wait_for_volumes($sidecar, 'watches_the_volumes_of_a_server_that_is_down');
is(metric($sidecar, 'postgresql_wal_volume_full'), 0, 'and says whether the WAL volume is full');
is(metric($sidecar, 'opsmon_collector_success{collector="postgresql_volume"}'), 1, 'which is no failure');
is(metric($sidecar, 'opsmon_collector_success{collector="postgresql_guard"}'), 0, 'unlike what only the server knows');

is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
$sidecar = start_sidecar(sidecar_conf($node), '--storage.path', $storage);
wait_for_volumes($sidecar, 'remembers_the_volumes_over_its_own_restart');
is(metric($sidecar, 'postgresql_up'), 0, 'with the server still down');

my $forgetful = start_sidecar(sidecar_conf($node));
wait_for_up($forgetful, 0);
unlike(metrics($forgetful), qr/^postgresql_volume_/m, 'without_storage_nothing_is_claimed_after_a_restart');
is(metric($forgetful, 'opsmon_collector_success{collector="postgresql_volume"}'), 0, 'and that is a failure');
stop_program($forgetful);

# The WAL is moved while the server is down; what it says when it is up again counts.
my $new_wal = PostgreSQL::Test::Utils::tempdir . '/wal';
system_or_bail('cp', '-a', $wal, $new_wal);
unlink $node->data_dir . '/pg_wal' or die "pg_wal: $!";
symlink $new_wal, $node->data_dir . '/pg_wal' or die "pg_wal: $!";
$wal = $new_wal;
$node->start;
wait_for_up($sidecar, 1);
wait_for_volumes($sidecar, 'a_wal_volume_that_was_moved_replaces_what_was_remembered');
my %seen;
my @twice = grep { $seen{$_}++ } metrics($sidecar) =~ /^(postgresql_volume_\S+) /mg;
is("@twice", '', 'and no series is there twice');

is(stop_program($sidecar), 0, 'the sidecar ends cleanly');
$node->stop;
done_testing();

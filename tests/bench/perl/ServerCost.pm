# What a whole server costs, from outside: processor time of all its processes, those that have ended as well; memory
# that is a process's own. And the settings that let a server load extensions of others from build/peers.
package ServerCost;

use strict;
use warnings;
use Exporter 'import';
use POSIX ();
use PostgreSQL::Test::Utils;
use Time::HiRes qw(clock_gettime);

our @EXPORT = qw(server_s process_s worker_process private_mib peers_conf);

my $ticks_a_second = POSIX::sysconf(&POSIX::_SC_CLK_TCK);

# Fields of /proc/PID/stat after the name, which can hold anything; the first is the state.
sub stat_of {
    my ($pid) = @_;
    open my $file, '<', "/proc/$pid/stat" or return; # it has just ended
    my $line = <$file> // return;
    return split ' ', $line =~ s/.*\)//r;
}

# Processor seconds of the postmaster, its children that have ended, and those that live.
sub server_s {
    my ($node) = @_;
    my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
    my ($user, $system, $children_user, $children_system) = (stat_of($postmaster))[ 11 .. 14 ];
    my $ticks = $user + $system + $children_user + $children_system;
    for my $child (children_of($node)) {
        my @stat = stat_of($child) or next;
        $ticks += $stat[11] + $stat[12];
    }
    return $ticks / $ticks_a_second;
}

# Processor seconds of one process, all its threads, those that have ended as well. Of a number: perl turns the bits of
# the letters of a text around.
sub process_s {
    my $pid = 0 + $_[0];
    return clock_gettime((~$pid << 3) | 2);
}

sub children_of {
    my ($node) = @_;
    my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
    return split ' ', slurp_file("/proc/$postmaster/task/$postmaster/children");
}

# The process id of a worker of opsmon; not every one has a place in a view.
sub worker_process {
    my ($node, $worker) = @_;
    for my $pid (children_of($node)) {
        open my $file, '<', "/proc/$pid/cmdline" or next;
        return $pid if (<$file> // '') =~ /opsmon \Q$worker\E/;
    }
    die "there is no opsmon $worker";
}

# What would be free again if this process ended, swap included. Shared memory that nobody else has touched yet
# (shared_buffers) is not, nor are pages of a program's file, which the system takes back when it likes.
sub private_mib {
    my ($pid) = @_;
    my ($kb, $is_own) = (0, 0);
    for my $line (split /\n/, slurp_file("/proc/$pid/smaps")) {
        $is_own = $1 eq 'p' if $line =~ /^[0-9a-f]+-[0-9a-f]+ ...([ps]) /;
        $kb += $1 if $is_own && $line =~ /^(?:Private_Dirty|SwapPss):\s+(\d+) kB/;
    }
    return $kb / 1024;
}

sub peers_conf {
    my $peers = "$ENV{OPSMON_RUN}/peers";
    chomp(my $libraries = `$ENV{PG_CONFIG} --pkglibdir`);
    return "extension_destdir = '$peers'\ndynamic_library_path = '$peers$libraries:\$libdir'\n";
}

1;

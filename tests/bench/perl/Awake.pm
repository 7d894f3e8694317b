# Keeps the processors awake with work that gives way to all other (SCHED_IDLE). A processor that has to be woken up,
# above all of a virtual machine, makes what wakes it look several times as dear; a server with something to do is awake.
#
#   my $value = awake(sub { ... });
package Awake;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(awake);

sub awake {
    my ($do) = @_;
    my @spinning = map { spin() } 1 .. grep { /^processor/ } do { open my $file, '<', '/proc/cpuinfo' or die "cpuinfo: $!"; <$file> };
    my @value = eval { wantarray ? $do->() : scalar $do->() };
    my $problem = $@;
    kill 'KILL', @spinning;
    waitpid $_, 0 for @spinning;
    die $problem if $problem;
    return wantarray ? @value : $value[0];
}

# Ends with the benchmark, however that ends.
sub spin {
    my $parent = $$;
    my $pid = fork() // die "fork: $!";
    exec 'chrt', '--idle', '0', $^X, '-e', "1 while getppid() == $parent" or die "chrt: $!" if !$pid;
    return $pid;
}

1;

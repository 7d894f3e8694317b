# A program of the soak: started in one of its network namespaces, as an ordinary user, in a process group of its own. Who
# starts it is its parent, and learns with what it ended. It never decides that a program ends.
package Soak::Process;

use strict;
use warnings;
use POSIX qw(WNOHANG);

# name, log, space (the process that holds the network namespace, see Network), env, command.
sub start {
    my ($class, %o) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        POSIX::setsid();
        open STDIN, '<', '/dev/null' or die "/dev/null: $!";
        open STDOUT, '>>', $o{log} or die "$o{log}: $!";
        open STDERR, '>&', \*STDOUT or die "STDERR: $!";
        my @space = $o{space} ? ('nsenter', "--net=/proc/$o{space}/ns/net") : ();
        my @env = map { "$_=$o{env}{$_}" } sort keys %{ $o{env} // {} };
        exec @space, "$ENV{OPSMON_RUN}/tests/support/unprivileged.sh", 'env', "PATH=$ENV{PATH}", 'LANG=C.UTF-8', @env, @{ $o{command} }
          or die "exec: $!";
    }
    return bless { name => $o{name}, pid => $pid, log => $o{log}, started_at => Soak::World::now() }, $class;
}

# Does it still run? Its end is noted: `status` is what waitpid said.
sub runs {
    my ($self) = @_;
    return 0 if defined $self->{status};
    return 1 if waitpid($self->{pid}, WNOHANG) == 0;
    $self->{status} = $?;
    return 0;
}

# Has the program taken the place of those that lead to it?
sub is_itself {
    my ($self) = @_;
    open my $file, '<', "/proc/$self->{pid}/comm" or return 0;
    my $comm = <$file> // '';
    return $comm !~ /^(?:perl|nsenter|bash|unprivileged\.s|setpriv|env)$/;
}

sub signal {
    my ($self, $name) = @_;
    return $self->runs && kill $name, $self->{pid};
}

# With all its children: without a goodbye.
sub kill_group {
    my ($self) = @_;
    kill 'KILL', -$self->{pid}, $self->{pid};
    return;
}

1;

# Commits small rows on the primary for the whole run, as an ordinary role, and notes each number outside once the server
# has acknowledged it. What became of them is the invariant's business.
package Soak::Writer;

use strict;
use warnings;
use POSIX ();

my $rows_at_once = 10;
my $rest_seconds = 0.3;

# `where` is a file with the primary's port; the numbers that were acknowledged go to `acknowledged`, one a line.
sub start {
    my ($class, $world, %o) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM);
        my $n = 0;
        while (1) {
            my $port = eval { $world->file($o{where}) };
            my $script = join '', map { 'INSERT INTO ledger VALUES (' . ++$n . ") RETURNING n;\n" } 1 .. $rows_at_once;
            if ($port && open my $psql, '|-', "timeout 20 psql -XAtq -v ON_ERROR_STOP=1 -h $world->{run}/sockets -p $port -U soak_app -d postgres >> $o{acknowledged} 2>/dev/null") {
                local $SIG{PIPE} = 'IGNORE';
                print $psql $script;
                close $psql;
            }
            select undef, undef, undef, $rest_seconds;
        }
    }
    return bless { pid => $pid, %o }, $class;
}

sub stop {
    my ($self) = @_;
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;

# No server and no sidecar ends in a way that we have not caused: no PANIC, no failed assertion, no signal in a server's log but
# those we have sent, no program that ends by itself.
package Soak::Invariant::Logs;

use strict;
use warnings;

my $name = 'nothing crashes by itself';

# `logs` are files that may be there or not; `programs` gives what must be running at this moment.
sub new {
    my ($class, $world, %o) = @_;
    return bless { world => $world, %o, read_bytes => {}, lines => 0, ours => 0 }, $class;
}

sub name { return $name }

sub look {
    my ($self) = @_;
    for my $path (@{ $self->{logs} }) {
        open my $log, '<', $path or next;
        seek $log, $self->{read_bytes}{$path} // 0, 0;
        while (my $line = <$log>) {
            last if $line !~ /\n\z/;
            $self->{read_bytes}{$path} = tell $log;
            $self->judge($path, $line);
        }
    }
    my %programs = $self->{programs} ? $self->{programs}->() : ();
    for my $what (sort keys %programs) {
        next if $programs{$what}->runs;
        my $status = $programs{$what}{status};
        $self->{world}->broken($name, sprintf '%s (process %d) ended by itself, with code %d and signal %d',
            $what, $programs{$what}{pid}, $status >> 8, $status & 127);
    }
    return;
}

sub judge {
    my ($self, $path, $line) = @_;
    $self->{lines}++;
    my ($short) = $path =~ m{([^/]+)$};
    $self->{world}->broken($name, "$short: $line") if $line =~ /PANIC:|TRAP:|\*\*\* stack smashing|Sanitizer|terminate called/;
    if ($line =~ /\(PID (\d+)\) was terminated by signal (\d+)/) {
        if ($2 == 9 && $self->{world}{allowed_kills}{$1}) { $self->{ours}++ }
        else                                             { $self->{world}->broken($name, "$short: $line") }
    }
    return;
}

sub finish { $_[0]->look; return }

sub summary { return "$_[0]{lines} lines of logs, $_[0]{ours} processes ended by a signal of ours" }

1;

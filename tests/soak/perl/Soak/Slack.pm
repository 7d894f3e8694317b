# The stand-in for Slack, which keeps each message in a file before it answers, over every end of it. It reads what has
# come since the last time.
package Soak::Slack;

use strict;
use warnings;
use JSON::PP;
use Soak::Network;
use Soak::Process;

sub new {
    my ($class, $world, %o) = @_;
    return bless { %o, world => $world, file => "$world->{run}/slack.jsonl", read_bytes => 0 }, $class;
}

sub start {
    my ($self) = @_;
    $self->{process} = Soak::Process->start(name => 'slack', log => "$self->{world}{run}/log/slack.log", space => $self->{space}, command => [
            "$ENV{OPSMON_RUN}/bin/slack_standin", '--address', $Soak::Network::address{chat}, '--port', 9789, '--file', $self->{file} ]);
    return;
}

sub runs { return $_[0]{process}->runs }

# What the judged channels were told since the last call: channel, status, what it is about.
sub news {
    my ($self) = @_;
    return () if !-e $self->{file};
    open my $file, '<', $self->{file} or die "$self->{file}: $!";
    seek $file, $self->{read_bytes}, 0;
    my @news;
    while (my $line = <$file>) {
        last if $line !~ /\n\z/; # still being written
        $self->{read_bytes} += length $line;
        # A line that a kill cut off has the next message behind it.
        my $message = eval { decode_json($line) } // eval { decode_json($line =~ s/^.*(?=\{"channel")//r) } // next;
        my ($status, $what) = ($message->{payload}{attachments}[0]{title} // '') =~ /^(firing|resolved) (\S+)$/ or next;
        push @news, { channel => $message->{channel}, status => $status, what => $what } if $message->{channel} ne 'other';
    }
    return @news;
}

1;

# No files grow: the folders of the sidecars' state stay as large as they are and have no more files; the history in the
# database is as large as its samples; the WAL that nobody needs goes.
package Soak::Invariant::Files;

use strict;
use warnings;
use Soak::Flat;

my $name = 'no files grow';
my $every_seconds = 2;
my $state_allowed_bytes = 1 << 20;
my $state_max_bytes = 8 << 20;
my $state_files_max = 6;        # the database, its two companions, and three that were moved aside
my $row_max_bytes = 4096;       # of a sample in the history, indexes included: five times what the docs promise
my $history_empty_bytes = 4 << 20;

# `folders` of the state; `server` is the one that is never restarted.
sub new {
    my ($class, $world, %o) = @_;
    return bless { world => $world, %o, bytes => {}, history_bytes => 0, next => 0 }, $class;
}

sub name { return $name }

sub files_of { return grep { -f && !m{/filler$} } glob "$_[0]/*" }

sub look {
    my ($self) = @_;
    my $world = $self->{world};
    return if $world->now < $self->{next};
    $self->{next} = $world->now + $every_seconds;
    for my $folder (@{ $self->{folders} }) {
        my @files = files_of($folder);
        my $bytes = 0;
        $bytes += -s $_ // 0 for @files;
        push @{ $self->{bytes}{$folder} }, $bytes;
        my ($short) = $folder =~ m{([^/]+)/?$};
        $world->broken($name, "$short holds more than $state_files_max files") if @files > $state_files_max;
        $world->broken($name, "$short holds more than $state_max_bytes bytes") if $bytes > $state_max_bytes;
    }
    return $self->{server} ? $self->look_at_history : undef;
}

sub look_at_history {
    my ($self) = @_;
    my $rows = $self->{server}->rows(q{SELECT sum(pg_total_relation_size(c.oid)), (SELECT count(*) FROM opsmon.history_samples)
        FROM pg_class c WHERE c.relnamespace = 'opsmon'::regnamespace AND c.relname LIKE 'history%' AND c.relkind IN ('r', 'm')}) or return;
    my ($bytes, $samples) = @{ $rows->[0] };
    @$self{qw(history_bytes history_samples)} = ($bytes, $samples);
    $self->{world}->broken($name, "the history has more than $row_max_bytes bytes a sample: $bytes for $samples")
      if $bytes > $history_empty_bytes + $row_max_bytes * $samples;
    return;
}

sub finish {
    my ($self) = @_;
    for my $folder (sort keys %{ $self->{bytes} }) {
        my $grown = growth($self->{bytes}{$folder}, $state_allowed_bytes) or next;
        $self->{world}->broken($name, sprintf '%s: %d bytes, then %d', $folder =~ m{([^/]+)/?$}, @$grown);
    }
    return;
}

sub summary {
    my ($self) = @_;
    my @states = map { my ($short) = m{([^/]+)/?$}; sprintf '%s %d kB', $short, median(@{ $self->{bytes}{$_} }) / 1024 } sort keys %{ $self->{bytes} };
    return join(', ', @states) . sprintf '; history %d kB for %d samples', $self->{history_bytes} / 1024, $self->{history_samples} // 0;
}

1;

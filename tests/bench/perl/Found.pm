# What a benchmark has found, as markdown: run.sh prints it when all have ended.
package Found;

use strict;
use warnings;
use Exporter 'import';
use Drill ();

our @EXPORT = qw(found table median percentile);

sub found {
    my (@lines) = @_;
    open my $file, '>>', Drill::volume('data') . '/found.md' or die "found.md: $!";
    print $file map { "$_\n" } @lines;
    close $file or die "found.md: $!";
    return;
}

# A table of rows, the first one its head.
sub table {
    my ($head, @rows) = @_;
    my $line = sub { '| ' . join(' | ', @_) . ' |' };
    return found($line->(@$head), '|' . '---|' x @$head, map({ $line->(@$_) } @rows), '');
}

sub percentile {
    my ($percent, @values) = @_;
    @values = sort { $a <=> $b } @values;
    my $place = int($percent / 100 * @values + 0.999999) - 1;
    return $values[ $place < 0 ? 0 : $place ];
}

sub median { return percentile(50, @_) }

1;

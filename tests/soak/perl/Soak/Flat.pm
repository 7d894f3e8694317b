# Does something grow? The question of the invariants of memory, descriptors and files: the median of the last third of a
# series against that of the middle third. The first third is left out: caches fill. It reads nothing.
package Soak::Flat;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(median growth);

# Fewer samples (of two seconds each) say nothing: what has just started still fills its caches.
our $samples_min = 45;

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return $sorted[ @sorted / 2 ];
}

# [median of the middle third, of the last third] where the last is above what is allowed: a twentieth, and so much.
sub growth {
    my ($samples, $allowed) = @_;
    my $n = @$samples;
    return if $n < $samples_min;
    my $third = int $n / 3;
    my $earlier = median(@$samples[ $n - 2 * $third .. $n - $third - 1 ]);
    my $later = median(@$samples[ $n - $third .. $n - 1 ]);
    return $later > $earlier * 1.05 + $allowed ? [ $earlier, $later ] : ();
}

1;

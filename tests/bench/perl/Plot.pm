# Draws what a benchmark has found as an SVG, by gnuplot: run.sh puts it where PLOTS says when all have ended.
# Both axes are logarithmic: a cost that grows as its size does is a line at 45 degrees, one that does not is flat.
package Plot;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;
use Drill ();

our @EXPORT = qw(plot);

sub plot {
    my ($title, $of, $unit, @points) = @_;
    my $folder = Drill::volume('data') . '/plots';
    mkdir $folder;
    my $name = 'size-' . lc($title) =~ s/[^a-z0-9]+/-/gir =~ s/^-|-$//gr;
    my $script = <<"END" . join('', map { "$_->[0] $_->[1]\n" } @points) . "e\n";
set terminal svg size 480,320 dynamic font 'sans-serif,11' background 'white'
set output '$folder/$name.svg'
set title '$title'
set xlabel '$of'
set ylabel '$unit'
set logscale xy
set grid
set key off
set format x '%.0s%c'
plot '-' using 1:2 with linespoints lw 2 pt 7 ps 0.5 lc rgb '#1f6feb'
END
    my $err = '';
    IPC::Run::run([ 'gnuplot' ], '<', \$script, '2>', \$err) or die "gnuplot: $err";
    # Kept with the documents, which have neither tabs nor blanks at a line's end.
    my $drawn = slurp_file("$folder/$name.svg") =~ s/\t/  /gr =~ s/ +$//gmr;
    open my $file, '>', "$folder/$name.svg" or die "$name.svg: $!";
    print $file $drawn;
    close $file or die "$name.svg: $!";
    return;
}

1;

# What the catalog of a database says of opsmon (tests/support/catalog.sql), and in what two of them differ.
package OpsmonCatalog;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Utils;

our @EXPORT = qw(catalog catalog_differences);

# The lines of it; with a change that is made before and undone afterwards.
sub catalog {
    my ($node, $database, $change) = @_;
    my $sql = slurp_file("$ENV{OPSMON_RUN}/tests/support/catalog.sql");
    $sql = "BEGIN; $change; $sql; ROLLBACK" if defined $change;
    return [ split /\n/, $node->safe_psql($database, $sql) ];
}

# Lines of one and not of the other, as one text; empty when there are none.
sub catalog_differences {
    my ($one, $other) = @_;
    my %count;
    $count{$_}++ for @$one;
    $count{$_}-- for @$other;
    return join "\n", map { ($count{$_} > 0 ? '- ' : '+ ') . substr $_, 0, 400 } sort grep { $count{$_} } keys %count;
}

1;

# The statements in the project's documents: those that stand in code, in a line or a block by its indentation. Who asks
# runs them. What is for a machine with Slony-I, or is meant to fail, is left out.
package OpsmonDocs;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(documents statements_of is_read_only);

# What a reader may have to fill in, or what changes something when it is called.
my $acts = qr/\b(?:pg_drop_replication_slot|pg_(?:terminate|cancel)_backend|pg_wal_replay_\w+|pg_reload_conf|pg_promote
    |pg_create_\w+|pg_switch_wal|pg_sleep|opsmon\.(?:evict|fence|guard_suspend|drill|learn_slony))\s*\(/x;

# The documents of today, below a folder. Decisions and the changelog tell of their own time.
sub documents {
    my ($root) = @_;
    return ("$root/README.md", sort glob("$root/docs/*.md $root/docs/runbooks/*.md"));
}

# [line, statement], each without its semicolon, once.
sub statements_of {
    my ($file) = @_;
    open my $handle, '<', $file or die "$file: $!\n";
    my (@pieces, $block);
    while (my $line = <$handle>) {
        chomp $line;
        if ($block && ($line =~ /^ {4,}\S/ || $line eq '')) {
            $block->[1] .= "\n$line";
        } elsif ($line =~ /^ {4,}(?:postgres=# )?((?:SELECT|WITH|INSERT|UPDATE|DELETE)\b.*)/) {
            push @pieces, $block = [ $., $1 ];
        } else {
            push @pieces, [ $., $1 ] while $line =~ /`((?:BEGIN|SELECT|WITH|INSERT|UPDATE|DELETE|ALTER SYSTEM)\b[^`]*)`/g;
        }
        undef $block if $block && ($line eq '' || $block->[1] =~ /;\s*(?:--.*)?$/);
    }
    my (@found, %seen);
    for my $piece (@pieces) {
        my ($line, $text) = @$piece;
        $text =~ s/--[^\n]*//g;
        $text =~ s/('[^']*')|…/$1 \/\/ 'NULL'/ge;
        next unless $text =~ /;/;    # a word, not a statement
        for my $statement (split /;/, $text) {
            $statement =~ s/^\s+|\s+$//g;
            next unless $statement =~ /^(?:SELECT|WITH|INSERT INTO|UPDATE \S+\s+SET|DELETE FROM|ALTER SYSTEM)\b/;
            next if $statement =~ /"_production"|opsmon_slony\./;
            push @found, [ $line, $statement ] unless $seen{$statement}++;
        }
    }
    return @found;
}

sub is_read_only {
    my ($statement) = @_;
    return $statement =~ /^(?:SELECT|WITH)\b/ && $statement !~ $acts && $statement !~ /…/;
}

1;

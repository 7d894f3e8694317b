#!/usr/bin/perl
# Prints docs/reference/configuration.md: every key of the sidecar's files. What a key holds and its limits are what the
# program itself asks for (`opsmon-sidecar config-keys`); what it is for stands in sidecar/opsmon.example.yml, and nowhere
# else. Ends with an error when one of the two has a key that the other has not.
#
#   docs/generate/configuration.pl SIDECAR
use strict;
use warnings;

my $sidecar = shift // die "configuration.pl: which sidecar?\n";
my $example = 'sidecar/opsmon.example.yml';

# The keys as the program asks for them.
sub keys_of {
    my ($file) = @_;
    open my $answer, '-|', $sidecar, 'config-keys', $file or die "$sidecar: $!\n";
    chomp(my @lines = <$answer>);
    close $answer or die "$sidecar config-keys $file failed\n";
    return map { my ($path, $kind, $limits) = split /\t/, $_, -1; { path => $path, kind => $kind, limits => $limits } } @lines;
}

# The keys of the example, also those that are commented out, in their order: path, value, words.
sub example_keys {
    open my $handle, '<', $example or die "$example: $!\n";
    my (@stack, @found, @words_before);
    while (my $line = <$handle>) {
        chomp $line;
        if ($line =~ /^\s*#\s{10,}#\s+(.*)/) {    # a comment goes on
            $found[-1]{words} .= " $1";
        } elsif ($line =~ /^(\s*(?:#\s{2,})?)(# )?(- )?([a-z_0-9]+):(?:\s+(.*))?$/) {
            my ($before, $dash, $key, $rest) = ($1, $3, $4, $5 // '');
            my $indent = length($before) + ($dash ? 2 : 0);
            my ($value, $words) = $rest =~ /^(?:(?!#\s)(.*?))?(?:(?:^|\s+)#\s+(.*))?$/;
            pop @stack while @stack && $stack[-1]{indent} >= $indent;
            $stack[-1]{is_list} = 1 if $dash && @stack;
            my $parent = @stack ? $stack[-1]{path} . ($stack[-1]{is_list} ? '[].' : '.') : '';
            push @found, { path => $parent . $key, value => $value // '', words => join ' ', @words_before, $words // () };
            push @stack, { indent => $indent, path => $parent . $key };
            if (($value // '') =~ /^\{(.*)\}$/) {
                push @found, map { /^\s*(\w+): (.*)/ ? { path => "$parent$key.$1", value => $2, words => '' } : () } split /,/, $1;
            }
            @words_before = ();
        } elsif ($line =~ /^\s*#\s+(?:#\s+)?(.*)/) {
            push @words_before, $1;
        } elsif ($line !~ /\S/) {
            @words_before = ();
        }
    }
    return @found;
}

sub cell {
    my ($text) = @_;
    $text =~ s/\|/\\|/g;
    return $text;
}

my %seen;
my @example = grep { !$seen{ $_->{path} }++ } example_keys();
my %known   = map { $_->{path} => $_ } keys_of('opsmon');
my @faults  = ((map { "$example: the program asks for $_, which is not there" } grep { !$seen{$_} } sort keys %known),
    (map { "$example: $_->{path} is no key the program asks for" } grep { !$known{ $_->{path} } } @example));
die join("\n", @faults), "\n" if @faults;

print <<"END";
# The sidecar's files, key by key

<!-- Printed by docs/generate/configuration.pl from what the program asks for and from sidecar/opsmon.example.yml; run `make docs`. -->

Every file is checked as a whole, and every fault is told with file, line and key. Any other key is a fault. Durations are written `1500ms`, `5s`,
`1m`, `24h`; `[]` stands for each entry of a list.

## opsmon.yml

The third column is what stands in [opsmon.example.yml](../../sidecar/opsmon.example.yml): the default, but for what is yours to name (paths, addresses, names) and what is
commented out there.

| key | holds | in the example | what it is |
|---|---|---|---|
END
for my $key (@example) {
    my $known = $known{ $key->{path} };
    my $holds = $known->{kind} . ($known->{limits} ? ": $known->{limits}" : '');
    my $value = $key->{value} eq '' ? '' : '`' . cell($key->{value}) . '`';
    printf "| `%s` | %s | %s | %s |\n", $key->{path}, cell($holds), $value, cell($key->{words});
}
for my $file ([ 'notification', 'The notification file',
        "Alertmanager's format: [its documentation](https://prometheus.io/docs/alerting/latest/configuration/) says what each key means, [Alerts](../alerts.md#the-notification-file) what differs." ],
    [ 'web', 'The web configuration file',
        "Prometheus' format: [its documentation](https://prometheus.io/docs/prometheus/latest/configuration/https/) says what each key means, [the guide](../guide.md#who-may-ask) what differs." ])
{
    my ($name, $title, $words) = @$file;
    print "\n## $title\n\n$words\n\n| key | holds | limits |\n|---|---|---|\n";
    printf "| `%s` | %s | %s |\n", $_->{path}, $_->{kind}, cell($_->{limits}) for keys_of($name);
}

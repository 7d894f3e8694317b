# The documents say what the server says: the reference is what it prints of itself, the guard's diagram is its ladder, and
# every statement that a reader is told to type is one it understands.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonDocs;

$ENV{PGCLIENTENCODING} = 'UTF8';
my $root = $ENV{OPSMON_RUN};
my $node = start_primary('documented');

sub printed_by {
    my ($script) = @_;
    return $node->safe_psql('postgres', slurp_file("$root/docs/generate/$script")) . "\n";
}

sub is_written_by_make_docs {
    my ($printed, $written, $what) = @_;
    is_deeply([ split /\n/, $written ], [ split /\n/, $printed ], $what)
      or diag('run `make docs`');
}

is_written_by_make_docs(printed_by('settings.sql'), slurp_file("$root/docs/reference/settings.md"),
    'the reference has every setting as the server knows it');
is_written_by_make_docs(printed_by('objects.sql'), slurp_file("$root/docs/reference/sql.md"),
    'the reference has every SQL object with its comments and privileges');
my ($diagram) = slurp_file("$root/docs/guard.md") =~ /<!-- ladder: [^\n]*\n(.*?)<!-- end of ladder -->/s;
is_written_by_make_docs(printed_by('ladder.sql'), $diagram // '', 'the diagram is the ladder');

# A statement is understood when it can be prepared: every name in it is there, and every type fits.
sub understood {
    my ($statement) = @_;
    if (my ($setting) = $statement =~ /^ALTER SYSTEM SET (\S+)/) {
        return $node->safe_psql('postgres', "SELECT count(*) FROM pg_settings WHERE name = '$setting'") eq '1'
          ? '' : "there is no setting $setting";
    }
    my $script = is_read_only($statement)
      ? "BEGIN READ ONLY; SET LOCAL statement_timeout = '30s'; PREPARE it AS $statement; EXECUTE it; ROLLBACK;"
      : "PREPARE it AS $statement;";
    my ($code, undef, $errors) = $node->psql('postgres', $script, on_error_stop => 1);
    return $code == 0 ? '' : $errors;
}

my ($statements, $executed) = (0, 0);
for my $file (documents($root)) {
    my $name = substr($file, length($root) + 1);
    my @faults;
    for (statements_of($file)) {
        my ($line, $statement) = @$_;
        $statements++;
        $executed++ if is_read_only($statement);
        my $problem = understood($statement) or next;
        push @faults, "$name:$line: $statement\n$problem";
    }
    is(join("\n", @faults), '', "$name: every statement is understood");
}
note("$statements statements, $executed of them executed");
cmp_ok($executed, '>', 100, 'statements were found, and executed');
isnt(understood('SELECT no_such_column FROM opsmon.slots'), '', 'one that is wrong is found');
isnt(understood(q{ALTER SYSTEM SET opsmon.no_such_setting = 1}), '', 'and so is a setting');

done_testing();

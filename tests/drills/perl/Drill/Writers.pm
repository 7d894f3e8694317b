# Those who fill the WAL volume, each in its own manner, as an ordinary role and as fast as they can.
# Each notes every transaction in the table `acknowledged` within the transaction itself, and tells
# outside which of them the server has acknowledged: nothing of that may be missing afterwards.
package Drill::Writers;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(writer_kinds prepare_writers prepare_scan reset_writers start_writer finish_writer lost_commits);

my $work;
INIT { $work = "$PostgreSQL::Test::Utils::tmp_check/writers" }
my $copy_rows = 40_000;
my $big_rows = 1_000_000;
my $generation = 0;

# What transaction number $n of each does, how many there are (together more WAL than the volume
# holds), and whether it can share a transaction with the note.
my %kinds = (
    insert => {
        count => 8,
        sql => sub { "INSERT INTO bulk SELECT $_[0], repeat(md5(i::text), 8) FROM generate_series(1, 350000) i" },
    },
    copy => { count => 80, alone => 1, sql => sub { "\\copy bulk from '$work/rows'" } },
    index => {
        count => 12,
        sql => sub { "CREATE INDEX big_$_[0] ON big (payload, id) \\; DROP INDEX " . ($_[0] > 1 ? 'big_' . ($_[0] - 1) : 'IF EXISTS none') },
    },
    delete => { count => 5, alone => 1, sql => sub { "BEGIN \\; DELETE FROM big \\; ROLLBACK" } },
    vacuum_full => { count => 5, alone => 1, sql => sub { 'VACUUM FULL big' } },
    toast => {
        count => 30,
        sql => sub { "INSERT INTO documents SELECT $_[0], repeat('x', 1000000) FROM generate_series(1, 20)" },
    },
    message => {
        count => 12,
        sql => sub { q{SELECT count(pg_logical_emit_message(true, 'flood', repeat('x', 1000000))) FROM generate_series(1, 100)} },
    },
    pgbench => {},
    # Reads only, and yet writes as much as it reads where hint bits are logged (or pages have checksums).
    scan => { count => 5, alone => 1, sql => sub { 'SELECT count(*) FROM bulk' } },
);

# Name and writers of each race. Those of `retrying` go on after an error.
sub writer_kinds {
    return (map({ [ $_, $_ ] } qw(insert copy index delete vacuum_full toast message pgbench)),
        [ 'several', qw(insert delete toast pgbench) ], [ 'retrying', qw(insert toast message) ]);
}

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
    return $path;
}

# The tables they write to. To be called while nothing holds WAL back. `big` has so many rows.
sub prepare_writers {
    my ($node, $rows) = @_;
    $rows //= $big_rows;
    mkdir $work;
    write_file("$work/rows", "0\t" . ('0123456789abcdef' x 16) . "\n") unless -e "$work/rows";
    if (-s "$work/rows" < 1000) {
        my $row = slurp_file("$work/rows");
        write_file("$work/rows", $row x $copy_rows);
    }
    $node->safe_psql('postgres', $_, extra_params => [ '-U', 'app' ]) for
      'CREATE TABLE acknowledged (writer text, n int)',
      'CREATE TABLE bulk (n int, payload text)',
      'CREATE TABLE documents (n int, body text)',
      'ALTER TABLE documents ALTER body SET STORAGE EXTERNAL',
      'CREATE TABLE big (id int, payload text)',
      "INSERT INTO big SELECT i, repeat(md5(i::text), 3) FROM generate_series(1, $rows) i";
    $node->safe_psql('postgres', 'CHECKPOINT');
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'pgbench', '-i', '-q', '-s', $rows < $big_rows ? '1' : '5', $node->connstr('postgres') . ' user=app' ], '>', \$out, '2>', \$err)
      or die "pgbench -i: $err";
    $node->safe_psql('postgres', 'VACUUM ANALYZE; CHECKPOINT');
    return;
}

# Rows nobody has looked at yet: the first who does sets their hint bits.
sub prepare_scan {
    my ($node) = @_;
    $node->safe_psql('postgres', $kinds{insert}{sql}->($_), extra_params => [ '-U', 'app' ]) for 1 .. 5;
    $node->safe_psql('postgres', 'CHECKPOINT');
    return;
}

# Makes room for the next race. Only superusers do this: it is to work under a fence, too.
sub reset_writers {
    my ($node) = @_;
    $node->safe_psql('postgres', 'TRUNCATE acknowledged, bulk, documents, pgbench_history');
    $node->safe_psql('postgres', $_) for split /\n/,
      $node->safe_psql('postgres', q{SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index WHERE indrelid = 'big'::regclass});
    return;
}

# A script for psql: each transaction, its note, and the word about it to the outside.
sub script_of {
    my ($kind, $writer) = @_;
    my $script = "\\set VERBOSITY verbose\n";
    for my $n (1 .. $kinds{$kind}{count}) {
        my $note = "INSERT INTO acknowledged VALUES ('$writer', $n);";
        $script .= $kind eq 'copy' || $kinds{$kind}{alone}
          ? $kinds{$kind}{sql}->($n) . ($kind eq 'copy' ? "\n" : ";\n") . "$note\n"
          : $kinds{$kind}{sql}->($n) . " \\; $note\n";
        $script .= "\\if :ERROR\n\\else\n\\echo acknowledged $n\n\\endif\n";
    }
    return $script;
}

# Starts it; `seconds` is how long pgbench goes on, `retries` whether the others go on after an error.
sub start_writer {
    my ($node, $kind, %o) = @_;
    my $writer = "${kind}_" . ++$generation;
    my %handle = (kind => $kind, writer => $writer, out => "$work/$writer.out", err => "$work/$writer.err");
    my $target = $node->connstr('postgres') . ' user=app';
    my @command = $kind eq 'pgbench'
      ? ('pgbench', '-n', '-c', '8', '-j', '2', '-T', $o{seconds} // 8, $target)
      : ('psql', '-XAtq', '-v', 'ON_ERROR_STOP=' . ($o{retries} ? 0 : 1), '-d', $target, '-f', write_file("$work/$writer.sql", script_of($kind, $writer)));
    $handle{run} = IPC::Run::start(\@command, '<', \undef, '>', $handle{out}, '2>', $handle{err},
        IPC::Run::timeout(4 * $PostgreSQL::Test::Utils::timeout_default));
    return \%handle;
}

# Waits until it has ended, and tells how: finished, or refused (by the fence), cancelled (by it), or
# the server's error.
sub finish_writer {
    my ($handle) = @_;
    my $finished = eval { $handle->{run}->finish } // 0;
    $handle->{run}->kill_kill if $@;
    my $said = slurp_file($handle->{err});
    my $out = slurp_file($handle->{out});
    my @acknowledged = $out =~ /^acknowledged (\d+)$/mg;
    $handle->{acknowledged} = \@acknowledged;
    ($handle->{transactions}) = $out =~ /transactions actually processed: (\d+)/;
    $handle->{error} = $said =~ /((?:ERROR|FATAL|PANIC): .*)/ ? $1 : $said =~ /(server closed|could not connect.*)/ ? $1 : '';
    $handle->{result} =
        $@ ? 'hangs'
      : $said =~ /PANIC|server closed|could not connect/ ? 'broken'
      : $finished && $said !~ /ERROR|FATAL|PANIC|aborted/ ? 'finished'
      : $said =~ /canceling statement/ ? 'cancelled'
      : $said =~ /53100|writes are|fence/i ? 'refused'
      : 'broken';
    return $handle->{result};
}

# What the server has acknowledged and does not know any more: empty, or the fault in a line.
sub lost_commits {
    my ($node, @handles) = @_;
    my @lost;
    for my $handle (@handles) {
        my ($kind, $writer) = @$handle{qw(kind writer)};
        if ($kind eq 'pgbench') {
            my $kept = $node->safe_psql('postgres', 'SELECT count(*) FROM pgbench_history');
            push @lost, "pgbench: $kept of $handle->{transactions}" if $kept < ($handle->{transactions} // 0);
            next;
        }
        my %kept = map { $_ => 1 } split /\n/,
          $node->safe_psql('postgres', "SELECT n FROM acknowledged WHERE writer = '$writer'");
        push @lost, map { "$writer: $_" } grep { !$kept{$_} } @{ $handle->{acknowledged} };
        if ($kind eq 'copy') {
            my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM bulk WHERE n = 0');
            push @lost, "copy: $rows rows" if $rows < $copy_rows * @{ $handle->{acknowledged} };
        }
    }
    return join ', ', @lost;
}

1;

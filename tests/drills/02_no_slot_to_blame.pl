# What core has no answer to at all: an archiver that fails, wal_keep_size or max_wal_size larger than the
# volume. There is nobody to take; the fence ends it, and it ends by itself when the cause does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

my %cause = (
    'failing archiver' => { conf => "archive_mode = on\narchive_command = 'false'\n", remedy => { archive_command => 'true' } },
    'wal_keep_size' => { conf => "wal_keep_size = 4GB\n", remedy => { wal_keep_size => '32MB' } },
    'max_wal_size' => { conf => "max_wal_size = 4GB\n", remedy => { max_wal_size => '128MB' } },
);
for my $name (sort keys %cause) {
    my $node = start_server($name =~ tr/ /_/r, wal => 'wal');
    prepare_writers($node);
    $node->append_conf('postgresql.conf', $cause{$name}{conf});
    $node->restart;
    start_probe($node);
    my @writers = map { start_writer($node, $_) } qw(insert toast);
    my @results = map { finish_writer($_) } @writers;
    my $least_mb = end_probe($node);
    note(ledger($node));
    is(panicked($node), undef, "$name: no PANIC");
    is(join(' ', grep { !/^(finished|cancelled|refused)$/ } @results), '', "$name: the writers came to a good end");
    ok(crash_and_recover($node), "$name: comes up after a crash");
    is(lost_commits($node, @writers), '', "$name: all that was acknowledged is there");
    reload_with($node, %{ $cause{$name}{remedy} });
    $node->safe_psql('postgres', 'SELECT pg_switch_wal()'); # wakes the archiver
    wait_for($node, q{SELECT count(*) = 0 FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'}, 'nothing waits for the archiver');
    $node->safe_psql('postgres', 'CHECKPOINT');
    wait_for_fence_down($node);
    $node->safe_psql('postgres', q{INSERT INTO acknowledged VALUES ('after', 1)}, extra_params => [ '-U', 'app' ]);
    pass("$name: with the cause gone people write again");
    verdict("$name: @results, least free $least_mb MB");
    end_server($node);
}
done_testing();

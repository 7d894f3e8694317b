# A standby whose own WAL volume fills. A slot of its own is taken as on a primary. While its replay is paused
# nothing can be taken and nobody fenced: it goes on answering, and goes on by itself when replay does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Drill;
use Drill::Writers;

my $primary = start_server('primary', wal => 'data', conf => "max_wal_size = 64MB\n");
prepare_writers($primary, 1000);
my $standby = start_standby($primary, 'standby', wal => 'standby', conf => "max_wal_size = 64MB\nopsmon.ballast_size = 64MB\n");
my $slot = $standby->name;

# A dead slot on the standby.
$standby->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('orphan', true)});
$primary->safe_psql('postgres', q{INSERT INTO opsmon.consumers (kind, name, policy) VALUES ('slot', 'orphan', 'expendable')});
wait_for($standby, q{SELECT count(*) = 1 FROM opsmon.consumers WHERE policy = 'expendable'}, 'the standby knows the policy');
start_probe($standby);
for (1 .. 40) {
    write_wal($primary, 16) or die 'the primary does not write';
    $primary->safe_psql('postgres', 'CHECKPOINT') if $_ % 4 == 0;
    last if was_taken($standby);
}
is(slots_left($standby), '', 'it has no slot left');
note(ledger($standby));
is(was_taken($standby), 'orphan', 'a dead slot of its own is taken');
my $taken_least_mb = end_probe($standby);
is($primary->safe_psql('postgres', "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '$slot'"), 1, 'its slot on the primary is left');
$primary->wait_for_catchup($standby, 'replay');

# Replay is paused, and the primary writes more than fits.
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
start_probe($standby);
for (1 .. 45) {
    write_wal($primary, 16) or die 'the primary does not write';
    $primary->safe_psql('postgres', qq{INSERT INTO acknowledged VALUES ('standby', $_)});
    $primary->safe_psql('postgres', 'CHECKPOINT') if $_ % 4 == 0;
}
$standby->poll_query_until('postgres', q{SELECT rung IN ('fence', 'rescue') FROM opsmon.guard WHERE volume = 'wal'})
  or fail('the guard of the standby has seen it');
note(ledger($standby));
is($standby->safe_psql('postgres', 'SELECT 1'), 1, 'it goes on answering');
is(panicked($standby), undef, 'no PANIC');
is(panicked($primary), undef, 'nor on the primary');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
$primary->wait_for_catchup($standby, 'replay');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM acknowledged WHERE writer = 'standby'}), 45, 'when replay goes on, so does everything');
my $least_mb = end_probe($standby);
note(ledger($standby));
verdict("own slot taken with at least $taken_least_mb MB free; replay paused: least free $least_mb MB, caught up by itself");
end_server($_) for $standby, $primary;
done_testing();

# pg_upgrade of a server with opsmon: every row is there afterwards, ledger and history too, and the workers go on.
# Debian has one major version a release, so this goes from a version to itself, which pg_upgrade allows; the way is
# the same: the schema is dumped and restored in binary upgrade mode, the files of tables are taken over. pg_upgrade
# looks for libraries where the server has its own only, so the servers here have opsmon installed.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonCatalog;
use OpsmonInstalled;

my $installed = install_server();
my $bindir = "$installed/bin";
my $old = new_installed_node('old', $installed);
$old->append_conf('postgresql.conf', "opsmon.guard = 'enforce'\n");
$old->start;
$old->safe_psql('postgres', q{CREATE EXTENSION opsmon; CREATE ROLE dba; GRANT EXECUTE ON FUNCTION opsmon.evict(text) TO dba;
    INSERT INTO opsmon.consumers (name, policy, owner, note) VALUES ('standby_1', 'protect', 'dba', 'kept')});
$old->safe_psql('postgres', q{SELECT opsmon.fence(true, 'before')});
$old->safe_psql('postgres', q{SELECT opsmon.fence(false)});
wait_until($old, q{action = 'fence lifted'}, 'guard_events');
$old->poll_query_until('postgres', 'SELECT count(*) > 5 FROM opsmon.history_samples') or die 'timed out';
$old->stop;

my $new = new_installed_node('new', $installed);
my @upgrade = ("$bindir/pg_upgrade", '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bindir, '-B', $bindir,
    '-s', $new->host, '-p', $old->port, '-P', $new->port);
chdir $PostgreSQL::Test::Utils::tmp_check; # it writes files where it stands
command_ok([ @upgrade, '--check' ], 'pg_upgrade --check is content');
unlike(slurp_file($new->logfile), qr/opsmon guard/, 'no worker has run in the new server') if -e $new->logfile;

# What there is before the server has run: the old server, which nobody has written to since.
$old->append_conf('postgresql.conf', "opsmon.history_retention = 0\n");
$old->start;
my %rows = map { ($_ => $old->safe_psql('postgres', "SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM (SELECT * FROM opsmon.$_) t")) }
  qw(history_samples history_names history_epochs);
my $said = $old->safe_psql('postgres', 'SELECT name, policy, owner, note, updated_at FROM opsmon.consumers WHERE updated_at IS NOT NULL');
my $deeds = $old->safe_psql('postgres', q{SELECT began_at, number, action, client, pid FROM opsmon.guard_events WHERE action LIKE 'fence%' ORDER BY 1, 2});
my $before = catalog($old, 'postgres');
$old->stop;
command_ok(\@upgrade, 'pg_upgrade runs through');

$new->append_conf('postgresql.conf', "opsmon.history_retention = 0\n");
$new->start;
# But for what a dump writes in another way: the text of views, how many dimensions were typed for an array, and from 18
# on the name of what makes a partitioned table's column NOT NULL, when a partition has taken it first.
my @catalogs = map { [ map { s/_not_null\K1\b//gr } grep { !/^(rule|column) |^relation \S+ v / } @$_ ] } $before, catalog($new, 'postgres');
is(catalog_differences(@catalogs), '', 'the_catalog_is_the_same');
for my $table (sort keys %rows) {
    is($new->safe_psql('postgres', "SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM (SELECT * FROM opsmon.$table) t"), $rows{$table}, "no row of $table is lost");
}
is($new->safe_psql('postgres', 'SELECT name, policy, owner, note, updated_at FROM opsmon.consumers WHERE updated_at IS NOT NULL'), $said, 'what_people_said_is_kept');
is($new->safe_psql('postgres', q{SELECT began_at, number, action, client, pid FROM opsmon.guard_events WHERE action LIKE 'fence%' ORDER BY 1, 2}), $deeds, 'the_ledger_is_kept');
is($new->safe_psql('postgres', q{SELECT has_function_privilege('dba', 'opsmon.evict(text)', 'EXECUTE')}), 't', 'so is who may act');

$new->append_conf('postgresql.conf', "opsmon.history_retention = 30d\n");
$new->reload;
wait_until($new, q{recorder = 'recording' AND guard_age < '5s'});
my $count = $new->safe_psql('postgres', 'SELECT count(*) FROM opsmon.history_samples');
$new->poll_query_until('postgres', "SELECT count(*) > $count FROM opsmon.history_samples") or die 'timed out';
pass('the_history_goes_on');
$new->poll_query_until('postgres', q{SELECT count(*) > 1 FROM opsmon.history_epochs}) or die 'timed out';
pass('as another stretch of time: counters are not compared across it');
$new->safe_psql('postgres', q{SELECT opsmon.fence(true, 'after')});
$new->safe_psql('postgres', q{SELECT opsmon.fence(false)});
wait_until($new, q{action = 'fence' AND detail = 'after'}, 'guard_events');
pass('and the ledger, too');
$new->stop;
done_testing();

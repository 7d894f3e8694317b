# What opsmon.slony_remedy() gives to type, typed: into psql and into slonik, in a cluster of the real Slony-I.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use SlonyTold;

my $primary = start_primary('primary', "opsmon.consumer_grace = 1s\n");
sub sql { return $primary->safe_psql('postgres', $_[0]) }
create_sidecar_role($primary);
sql("CREATE DATABASE $_") for 'real1', 'real2';
my $conninfo = sub { return $primary->connstr("real$_[0]") =~ s/'/''/gr };
my $preamble = "cluster name = real;\n" . join('', map { "node $_ admin conninfo = '" . $conninfo->($_) . "';\n" } 1, 2);
sub slonik {
    my ($text) = @_;
    my ($out, $problem);
    my $ok = IPC::Run::run([ 'slonik' ], '<', \$text, '>', \$out, '2>', \$problem);
    return $ok ? '' : "$out$problem";
}
my $store = "store node (id = 2, event node = 1, comment = 'two');";
is(slonik("$preamble init cluster (id = 1, comment = 'one'); $store"), '', 'a cluster of Slony-I');
my @real = (cluster => 'real', database => 'real1');
learn_slony($primary, told(1, @real), told(2, @real, gone_node()));
my $nodes = q{SELECT string_agg(no_id::text, ' ' ORDER BY no_id) FROM _real.sl_node};
my $remedy = sub { return sql("SELECT $_[0] FROM opsmon.slony_remedy() WHERE cluster = 'real' AND node = 2 AND why_not = '{}'") };
my $script = PostgreSQL::Test::Utils::tempdir . '/real.sql';
append_to_file($script, $remedy->('sql') . "\n");
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $primary->connstr('real1'), '-f', $script ], 'dropped in SQL');
is($primary->safe_psql('real1', $nodes), '1', 'a_node_is_dropped_by_the_sql_that_is_shown');
is(slonik("$preamble uninstall node (id = 2); $store"), '', 'stored again');
is($primary->safe_psql('real1', $nodes), '1 2', 'is a node again');
my $shown = $remedy->('slonik');
like($shown, qr/^node 1 admin conninfo = 'host=HOST dbname=''real1''/m, 'the event node has a line in it');
unlike($shown, qr/^node 2/m, 'the_node_to_be_dropped_has_none');
my ($host, $port) = ($primary->host, $primary->port);
is(slonik($shown =~ s/host=HOST/host=$host port=$port/r =~ s/ user=slony//r), '', 'dropped by slonik');
is($primary->safe_psql('real1', $nodes), '1', 'a_node_is_dropped_by_the_script_that_is_shown');

$primary->stop;
done_testing();

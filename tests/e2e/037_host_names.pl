# A server that is known by a name: the sidecar waits for a name server no longer than for the server itself, and says what
# is wrong when it is silent.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

my $folder = PostgreSQL::Test::Utils::tempdir;
system('c++', '-std=c++20', '-shared', '-fPIC', '-o', "$folder/name_server.so", "$ENV{OPSMON_RUN}/tests/support/name_server.cpp") == 0
  or BAIL_OUT('c++');
my $silence = "$folder/silence";

my $node = new_node('primary');
$node->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor; CREATE EXTENSION opsmon');
append_to_file($node->data_dir . '/pg_hba.conf', "host all opsmon_sidecar 127.0.0.1/32 trust\n");
$node->reload;

sub start_by_name {
    my ($hosts) = @_;
    local $ENV{LD_PRELOAD} = "$folder/name_server.so";
    local $ENV{NAME_SERVER_SILENCE} = $silence;
    return start_sidecar(sidecar_conf($node, postgres => "  conninfo: host=$hosts port=" . $node->port
          . " user=opsmon_sidecar dbname=postgres\n  connect_timeout: 800ms\n  statement_timeout: 700ms\n"));
}

sub up { my ($sidecar) = @_; return metric($sidecar, 'postgresql_up') // '' }
sub said { my ($sidecar) = @_; return get("$sidecar->{url}/api/v1/collectors")->{content} }

my $sidecar = start_by_name('gone.test,db.test');
wait_for('the server is seen', sub { up($sidecar) eq '1' }, $sidecar);
pass('a_host_that_is_not_known_is_left_out_beside_one_that_is');

write_file($silence, '');
$node->stop('fast');
wait_for('it is seen to be down', sub { up($sidecar) eq '0' }, $sidecar);
pass('a_server_that_is_down_is_told_of_while_the_name_server_is_silent');
unlink $silence or die "$silence: $!";
$node->start;
wait_for('it is seen again', sub { up($sidecar) eq '1' }, $sidecar);
pass('both_are_found_again');
stop_program($sidecar);

write_file($silence, '');
my $blind = start_by_name('db.test');
wait_for('it is not found', sub { up($blind) eq '0' && said($blind) =~ /name lookup/ }, $blind);
like(said($blind), qr/cannot connect: cannot look up the host \\"db\.test\\": the name lookup gave no answer in time/,
    'a_name_server_that_never_answered_is_told_of');
unlink $silence or die "$silence: $!";
wait_for('it is found', sub { up($blind) eq '1' }, $blind);
pass('and_that_is_over_when_it_answers');
stop_program($blind);
$node->stop;
done_testing();

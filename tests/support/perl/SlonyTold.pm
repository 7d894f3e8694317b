# What the sidecar tells the extension of Slony-I, for tests without a sidecar: by its role, which has no right on a table.
#
#   create_sidecar_role($primary);
#   learn_slony($primary, told(1), told(2, gone_node()));   nodes 1 and 2 as node 1 sees them; how many rows were written
#   as_sidecar($node, told_statement(told(1)));             the same as a statement: (exit code, output, errors)
package SlonyTold;

use strict;
use warnings;
use Exporter 'import';
use JSON::PP;

our @EXPORT = qw(create_sidecar_role told gone_node told_statement as_sidecar learn_slony);

sub create_sidecar_role {
    my ($node) = @_;
    return $node->safe_psql('postgres',
        q{CREATE ROLE sidecar LOGIN IN ROLE pg_monitor; GRANT EXECUTE ON FUNCTION opsmon.learn_slony(jsonb, jsonb) TO sidecar});
}

# A node of a cluster that node 1 sees.
sub told {
    my ($node, %facts) = @_;
    my $own = $node == 1;
    return { database => 'app', cluster => 'production', version => '2.2.11', local_node => 1, local_slon_up => JSON::PP::true,
        node => $node, slon_backends => 2, heartbeat_age => 2.5, active => JSON::PP::true, held_bytes => 0,
        ($own ? (is_origin => JSON::PP::true) : (should_connect => JSON::PP::true, lag_seconds => 1.5, lag_events => 2)), %facts };
}

# The facts of one that is not there any more.
sub gone_node { return (slon_backends => 0, heartbeat_age => 7200, lag_seconds => 7201, held_bytes => 222298112) }

sub told_statement {
    my @nodes = @_;
    return q{SELECT nodes_written FROM opsmon.learn_slony('} . (encode_json(\@nodes) =~ s/'/''/gr) . q{')};
}

sub as_sidecar {
    my ($node, $statement) = @_;
    return $node->psql('postgres', $statement, extra_params => [ '-U', 'sidecar' ]);
}

sub learn_slony {
    my ($node, @nodes) = @_;
    my ($code, $out, $error) = as_sidecar($node, told_statement(@nodes));
    die "not told: $error" if $code != 0;
    return $out;
}

1;

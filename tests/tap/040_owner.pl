# The extension's functions are run as a superuser: not those of an owner who is none any more.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = new_node('primary');
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE former LOGIN SUPERUSER');
my @former = (extra_params => [ '-U', 'former' ]);
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon', @former);
wait_until($node, q{recorder = 'recording'});

# In one transaction, so that the sampler sees both or neither.
$node->safe_psql('postgres', <<'SQL', @former);
BEGIN;
CREATE OR REPLACE FUNCTION opsmon.watch_consumers(OUT began_at timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS
    $$ BEGIN ALTER ROLE former SUPERUSER; END $$;
ALTER ROLE former NOSUPERUSER;
COMMIT;
SQL
wait_until($node, q{recorder = 'failing' AND recorder_last_error LIKE 'extension "opsmon" belongs to "former", who is no superuser%'});
pass('an_owner_who_is_no_superuser_is_told');
my $ticks = status($node, 'sampler_ticks');
wait_until($node, "sampler_ticks > $ticks + 3");
is($node->safe_psql('postgres', q{SELECT rolsuper FROM pg_roles WHERE rolname = 'former'}), 'f', 'and_none_of_their_functions_is_run');
like($node->safe_psql('postgres', q{SELECT verdict || coalesce(more, '') FROM opsmon.status}), qr/^History cannot be written/, 'the_verdict_says_so');

$node->safe_psql('postgres', 'DROP EXTENSION opsmon');
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
wait_until($node, q{recorder = 'recording'});
pass('made_anew_by_a_superuser_it_records');

$node->stop;
done_testing();

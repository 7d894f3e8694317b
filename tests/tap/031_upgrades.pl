# Every release that was ever made can be installed, used, and upgraded to what CREATE EXTENSION makes
# today: not one row is lost, and the catalog is the same, letter for letter. Whoever changes the SQL
# objects without writing it into the upgrade script fails here.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonCatalog;

my $folder = extension_folder();
my ($version) = slurp_file("$folder/opsmon.control") =~ /^default_version = '(.*)'/m;
my @releases = grep { $_ ne $version } map { m{/opsmon--([^-]+)\.sql$} ? $1 : () } glob "$folder/opsmon--*.sql";
ok(@releases > 0, "there are releases: @releases, and what is being made: $version");

my $node = new_node('primary');
$node->append_conf('postgresql.conf', "opsmon.database = 'monitored'\n");
$node->start;
# As at a site: somebody has been given more, and everybody may do what was never said about opsmon.
$node->safe_psql('postgres', 'CREATE ROLE dba LOGIN; CREATE ROLE stranger; CREATE DATABASE monitored');

# Tables of the extension, with the columns they had: table => "a, b, c".
sub tables {
    my ($database) = @_;
    return map { split /\|/, $_, 2 } split /\n/, $node->safe_psql($database, q{
        SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'opsmon'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
         GROUP BY c.relname});
}

sub contents {
    my ($database, %columns) = @_;
    return { map {
            ($_ => $node->safe_psql($database, qq{SELECT count(*), md5(string_agg(t::text, ';' ORDER BY t::text))
                FROM (SELECT $columns{$_} FROM opsmon.$_) t}))
        } keys %columns };
}

# What the C functions return: an older library's columns must stand first, in the same order.
sub returned {
    my ($database) = @_;
    return map { split /\|/, $_, 2 } split /\n/, $node->safe_psql($database, q{
        SELECT p.oid::regprocedure, string_agg(format_type(a.type, NULL), ', ' ORDER BY a.place)
          FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'c',
               unnest(p.proallargtypes, p.proargmodes) WITH ORDINALITY a (type, mode, place)
         WHERE p.pronamespace = 'opsmon'::regnamespace AND a.mode IN ('o', 'b', 't') GROUP BY p.oid});
}

my $grants = q{GRANT USAGE ON SCHEMA opsmon TO dba;
    GRANT EXECUTE ON FUNCTION opsmon.evict(text), opsmon.fence(bool, text), opsmon.guard_suspend(interval) TO dba;
    GRANT SELECT ON opsmon.guard_events TO dba};
for my $release (@releases) {
    my $data = "$ENV{OPSMON_RUN}/tests/fixtures/releases/$release.sql";
    ok(-e $data, "there is data for $release") or next;
    (my $name = $release) =~ tr/./_/;
    my ($old, $new) = ("from_$name", "fresh_$name");
    $node->safe_psql('postgres', "CREATE DATABASE $_") for $old, $new;
    # Default privileges for others are no privileges on what opsmon makes, when it is made or later.
    $node->safe_psql($_, 'ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO stranger;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO stranger') for $old, $new;

    $node->safe_psql($old, "CREATE EXTENSION opsmon VERSION '$release'; $grants");
    my %columns = tables($old);
    $node->safe_psql($old, slurp_file($data));
    for my $table (sort keys %columns) {
        isnt($node->safe_psql($old, "SELECT count(*) FROM opsmon.$table"), '0', "$release: there are rows in $table");
    }
    my $contents = contents($old, %columns);
    my %returned = returned($old);

    $node->safe_psql($old, 'ALTER EXTENSION opsmon UPDATE');
    is($node->safe_psql($old, q{SELECT extversion FROM pg_extension WHERE extname = 'opsmon'}), $version, "$release becomes $version");
    is_deeply(contents($old, %columns), $contents, "$release: no_row_is_lost_or_changed");
    my %now = returned($old);
    is_deeply([ grep { exists $now{$_} && index("$now{$_}, ", "$returned{$_}, ") != 0 } sort keys %returned ], [],
        "$release: columns_of_functions_are_only_added_at_the_end");

    $node->safe_psql($new, "CREATE EXTENSION opsmon; $grants");
    $node->safe_psql($new, $node->safe_psql($old, q{
        SELECT format('SELECT opsmon.make_history_day(%L, %L);', t, d.day)
          FROM unnest('{history_samples, history_minutes}'::text[]) t, opsmon.history_days(t) d}));
    is(catalog_differences(catalog($node, $new), catalog($node, $old)), '', "$release: an_upgrade_ends_where_create_extension_does");

    # It works, not only is it there.
    $node->safe_psql($old, $node->safe_psql($old, q{
        SELECT format('SELECT count(*) FROM %s;', c.oid::regclass) FROM pg_class c
         WHERE c.relnamespace = 'opsmon'::regnamespace AND c.relkind IN ('r', 'p', 'v')}));
    $node->safe_psql($old, q{SELECT opsmon.record_events(), opsmon.record_samples(0), opsmon.learn_consumers(), opsmon.tidy_history(60)});
    pass("$release: what_was_upgraded_works");
}

# What people have built on a function that is made anew stands in the way, and nothing is half done; without it the
# upgrade goes through, and a grant on such a function is to be given again.
$node->safe_psql('postgres', q{CREATE DATABASE built_on; GRANT CONNECT ON DATABASE built_on TO stranger});
$node->safe_psql('built_on', q{CREATE EXTENSION opsmon VERSION '0.1.0'; GRANT EXECUTE ON FUNCTION opsmon.live_guard_events(), opsmon.evict(text) TO dba;
    CREATE VIEW ours AS SELECT number, who FROM opsmon.live_guard_events(); CREATE VIEW safe AS SELECT number, who FROM opsmon.guard_events});
my (undef, undef, $refusal) = $node->psql('built_on', 'ALTER EXTENSION opsmon UPDATE');
like($refusal, qr/cannot drop function opsmon\.live_guard_events\(\) because other objects depend on it\nDETAIL:  view (?:public\.)?ours depends on function/, 'a_view_on_a_function_that_is_made_anew_is_named');
is($node->safe_psql('built_on', q{SELECT extversion, (SELECT count(*) FROM pg_attribute WHERE attrelid = 'opsmon.guard_events'::regclass AND attname = 'client')
    FROM pg_extension WHERE extname = 'opsmon'}), '0.1.0|0', 'and nothing is half done');
$node->safe_psql('built_on', 'DROP VIEW ours; ALTER EXTENSION opsmon UPDATE');
is($node->safe_psql('built_on', q{SELECT has_function_privilege('dba', 'opsmon.evict(text)', 'EXECUTE'), has_function_privilege('dba', 'opsmon.live_guard_events()', 'EXECUTE'),
    (SELECT count(*) FROM safe)}), 't|f|0', 'grants_on_control_functions_and_views_on_views_stay');

# The comparison notices whatever may be forgotten in an upgrade script.
(my $name = $releases[-1]) =~ tr/./_/;
my $fresh = catalog($node, "fresh_$name");
my %forgotten = (
    'a comment on a table' => q{COMMENT ON TABLE opsmon.consumers IS 'x'},
    'a comment on a column' => q{COMMENT ON COLUMN opsmon.guard_events.who IS 'x'},
    'a comment on a trigger' => q{COMMENT ON TRIGGER consumers_edited ON opsmon.consumers IS 'x'},
    'a body' => q{CREATE OR REPLACE FUNCTION opsmon.record_events() RETURNS void LANGUAGE sql VOLATILE
        SET search_path = pg_catalog, pg_temp AS ''},
    'a setting of a function' => q{ALTER FUNCTION opsmon.record_events() SET search_path = pg_catalog},
    'a function' => q{CREATE FUNCTION opsmon.x() RETURNS int LANGUAGE sql AS 'SELECT 1'},
    'a column' => q{ALTER TABLE opsmon.slony_events ADD COLUMN x int},
    'a default' => q{ALTER TABLE opsmon.consumers ALTER COLUMN policy SET DEFAULT 'last'},
    'NOT NULL' => q{ALTER TABLE opsmon.consumers ALTER COLUMN policy DROP NOT NULL},
    'a constraint' => q{ALTER TABLE opsmon.consumers DROP CONSTRAINT consumers_name_check},
    'an index' => q{ALTER INDEX opsmon.slony_events_at RENAME TO x},
    'a trigger' => q{ALTER TABLE opsmon.consumers ENABLE TRIGGER consumers_changed},
    'a view' => q{CREATE OR REPLACE VIEW opsmon.recent_activity AS
        SELECT s.sampled_at, c.state, c.sessions + 1 - 1 AS sessions FROM opsmon.live_samples() s, unnest(s.session_state, s.sessions) c(state, sessions)},
    'a privilege' => q{GRANT SELECT ON opsmon.slony_events TO stranger},
    'a privilege that was taken' => q{REVOKE SELECT ON opsmon.slony_events FROM pg_monitor},
    'an owner' => q{ALTER TABLE opsmon.slony_events OWNER TO dba},
    'what pg_dump takes' => q{UPDATE pg_extension SET extcondition = '{WHERE false}' WHERE extname = 'opsmon'},
    'a member' => q{ALTER EXTENSION opsmon DROP FUNCTION opsmon.record_events()},
    'privileges at first' => q{DELETE FROM pg_init_privs WHERE objoid = 'opsmon.slots'::regclass},
    'a sequence' => q{ALTER SEQUENCE opsmon.history_names_key_seq CACHE 5},
    'a type' => q{ALTER TYPE opsmon.consumer_change ADD ATTRIBUTE x int},
    'an option of storage' => q{ALTER TABLE opsmon.slony_events SET (fillfactor = 50)});
for my $what (sort keys %forgotten) {
    isnt(catalog_differences($fresh, catalog($node, "fresh_$name", $forgotten{$what})), '', "the_comparison_notices $what");
}

$node->stop;
done_testing();

# What opsmon.status says of who is absent: also of who left before a restart of the server, of slots nobody ever came
# for, and of what people expect. What it says without a table.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $primary = start_primary('primary', "opsmon.consumer_grace = 1s\n");
sub sql { return $primary->safe_psql('postgres', $_[0]) }
sub says { return wait_until($primary, "concat_ws('; ', verdict, more) ~ '$_[0]'") }
my $write = q{SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000))};

my $standby = new_standby($primary, 'fixed');
wait_until($primary, q{name = 'fixed' AND state = 'present'}, 'consumers');
like(status($primary, 'verdict'), qr/^All is well: 1 slot has its consumer/, 'who_is_there_is_well');
sql(q{SELECT pg_create_physical_replication_slot('never', true)});
sql($write);
says('Slot never has no consumer; it holds');
is(status($primary, 'severity'), 'warning', 'a_slot_nobody_ever_came_for_is_told_of');

# Not seen to leave by this start of the server, and all the same known to be away.
wait_until($primary, q{greatest(began_at, (SELECT started_at FROM opsmon.live_workers() WHERE worker = 'guard')) < now() - interval '11 s'}, 'consumer_watch');
$standby->stop;
sql($write);
wait_until($primary, q{name = 'fixed' AND state = 'vanished'}, 'consumers');
says('Slot fixed has had no consumer for');
like(status($primary, 'verdict'), qr/^Slot fixed/, 'the_worst_comes_first');
unlike(status($primary, q{concat(verdict, more)}), qr/fixed.*fixed/, 'and_is_said_once');
$primary->stop('immediate');
$primary->start;
says('Slot fixed has had no consumer for');
is(status($primary, 'severity'), 'critical', 'who_left_before_a_restart_is_missed_after_it');
says('Slot never has no consumer');

# A crash while it is there: it has time to come back.
$standby->start;
wait_until($primary, q{name = 'fixed' AND state = 'present'}, 'consumers');
says('^Slot never');
$standby->stop;
$primary->stop('immediate');
$primary->start;
says('Slot fixed has waited for its consumer for .*, since PostgreSQL started|Slot fixed has had no consumer');
$standby->start;
wait_until($primary, q{name = 'fixed' AND state = 'present'}, 'consumers');

# What people say counts.
sql(q{UPDATE opsmon.consumers SET expected = false WHERE name = 'never'});
says('^All is well');
sql(q{INSERT INTO opsmon.consumers (name, expected) VALUES ('never', true) ON CONFLICT (kind, name) DO UPDATE SET expected = true});
says('^Slot never has no consumer');
sql(q{SELECT pg_drop_replication_slot('never')});
says('^The slot never is expected, and has been gone');
is(status($primary, 'severity'), 'warning', 'an_expected_slot_that_was_dropped_is_missed');

# A standby knows of its own slots only.
wait_until($standby, q{guard_ticks > 0});
unlike(status($standby, q{concat(verdict, more)}), qr/never|fixed/, 'a_standby_does_not_miss_the_primarys_consumers');

# A table that somebody has locked is not needed for what memory knows.
my $locker = $primary->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE opsmon.consumers');
like(sql(q{SET lock_timeout = '1s'; SELECT verdict FROM opsmon.live_status()}), qr/^All is well/, 'without_a_table_memory_answers');
is(sql(q{SELECT severity || ' ' || verdict FROM opsmon.status}), 'warning Who left before the server started is not known: somebody has opsmon.consumers locked', 'and_the_view_says_what_it_cannot_know');
$locker->quit;

# Nothing in the argument is trusted.
is(sql(q{SELECT severity FROM opsmon.live_status(NULL)}), 'warning', 'what_is_not_known_is_not_nothing');
is(sql(q{SELECT severity FROM opsmon.live_status(ARRAY[NULL]::opsmon.consumers[])}), 'ok', 'an_empty_row_is_nobody');
like(sql(q{SELECT verdict FROM opsmon.live_status(ARRAY(SELECT jsonb_populate_record(NULL::opsmon.consumers,
    jsonb_build_object('kind', repeat('k', 99), 'name', repeat('ü', 999), 'state', 'vanished', 'expected', true))))}),
    qr/^The k{15} (?:ü)+ ?$/, 'long_names_are_cut');

done_testing();

# What is older than the sidecar's own window comes from the database's history: a day of it, under the
# labels of today, joined with what the sidecar has seen itself; and a database that is down costs no answer.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;
use OpsmonSidecar;

my $primary = start_primary('primary', "opsmon.sample_interval = 1s\n");
$primary->safe_psql('postgres', 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor');
$primary->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('old', true)});
$primary->poll_query_until('postgres', q{SELECT 'old' = ANY (SELECT slot_name FROM opsmon.history_slots)}) or die 'no history';

# The day before, made of one sample: the size of pg_wal tells the minute.
$primary->safe_psql('postgres', q{
    SELECT opsmon.make_history_day(t, (now() AT TIME ZONE 'UTC')::date - d)
      FROM unnest(ARRAY['history_samples', 'history_minutes']) t, generate_series(0, 2) d;
    CREATE TEMP TABLE one AS SELECT * FROM opsmon.history_samples ORDER BY sampled_at DESC LIMIT 1;
    INSERT INTO opsmon.history_samples
    SELECT (json_populate_record(one, json_build_object('directory_bytes', 1000000 + i,
               'sampled_at', date_trunc('minute', one.sampled_at) - i * interval '1 minute'))).*
      FROM one, generate_series(10, 1500) i;
    SELECT opsmon.roll_up_minutes(now() - interval '26 hours', date_trunc('minute', now()) - interval '9 minutes');
    SELECT opsmon.roll_up_hours(date_trunc('hour', now()) - interval '25 hours', date_trunc('hour', now()) - interval '1 hour')});

my $sidecar = start_sidecar(sidecar_conf($primary));
wait_for('the sidecar sees the slot', sub { defined metric($sidecar, 'postgresql_slot_retained_bytes{slot_name="old",slot_type="physical"}') }, $sidecar);

my $http = HTTP::Tiny->new;
sub ask {
    my ($path, %parameters) = @_;
    return decode_json($http->get("$sidecar->{url}/api/v1/$path?" . $http->www_form_urlencode(\%parameters))->{content});
}

sub course {
    my ($query, $step) = @_;
    my $now = int(time / $step) * $step;
    return ask('query_range', query => $query, start => $now - 86400, end => $now, step => $step);
}

my $answer = course('postgresql_wal_size_bytes', 600);
is($answer->{warnings}, undef, 'nothing_is_missing');
my @values = @{ $answer->{data}{result}[0]{values} };
cmp_ok(scalar @values, '>', 140, 'a_day_has_a_value_for_each_step');
my ($now) = @{ ask('query', query => 'time()')->{data}{result} };
my @late = map { ($_->[1] - 1_000_000) - ($now - $_->[0]) / 60 } grep { $_->[1] < 2_000_000 } @values;
is(join(' ', grep { $_ < -2 || $_ > 11 } @late), '', 'each_value_is_at_most_a_step_older_than_its_time');

my @slots = map { $_->{metric} } @{ course('postgresql_slot_retained_bytes', 600)->{data}{result} };
is_deeply(\@slots, [ { __name__ => 'postgresql_slot_retained_bytes', slot_name => 'old', slot_type => 'physical' } ],
    'a_slot_is_one_series_under_the_labels_of_today');
cmp_ok(scalar @{ course('postgresql_wal_size_bytes', 3600)->{data}{result}[0]{values} }, '>=', 23, 'long_steps_read_hours');
my $twice = course('2 * sum(postgresql_wal_size_bytes)', 600)->{data}{result}[0]{values};
is($twice->[0][1], 2 * $values[0][1], 'expressions_are_evaluated_on_it');
cmp_ok(scalar @{ course('postgresql_connections', 600)->{data}{result} }, '>', 0, 'states_of_sessions_are_kept');
is(ask('query', query => 'avg_over_time(postgresql_wal_size_bytes[30m] offset 12h) > bool 1000000')->{data}{result}[0]{value}[1], '1',
    'windows_reach_back_too');

$primary->stop('immediate');
wait_for('the server is down', sub { (metric($sidecar, 'postgresql_up') // 1) == 0 }, $sidecar);
$answer = course('postgresql_wal_size_bytes', 600);
is($answer->{status}, 'success', 'a_database_that_is_down_costs_no_answer');
like($answer->{warnings}[0], qr/^what is older than the sidecar's own history is missing: cannot connect/, 'but_a_warning_says_what_is_missing');
is(stop_program($sidecar), 0, 'the sidecar ends in order');
done_testing();

# Names are data: quotes, line ends, bytes that are no valid text, the same name twice.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

my $node = new_node('primary', extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION opsmon');
wait_until($node, q{sampler_ticks > 0});

# A database name that is no valid UTF-8: made in a database without an encoding.
$node->safe_psql('postgres', q{CREATE DATABASE raw ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('raw', qq{CREATE DATABASE "bad\xff\xfename" ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('postgres', qq{CREATE DATABASE "q""uo'te\n\\;--"});
$node->safe_psql('postgres', q{CREATE ROLE "ro""le'; DROP TABLE x;--" LOGIN SUPERUSER});

my $bad = $node->background_psql("bad\xff\xfename");
my $quoted = $node->background_psql('postgres');
$quoted->query_safe(q{SET application_name = E'a"b\'c\\\\d{e}'});
my $long = $node->background_psql('postgres');
$long->query_safe(q{SET client_min_messages = error; SELECT set_config('application_name', repeat('n', 1024), false)});

wait_until($node, q{database LIKE 'bad%name'}, 'activity');
is($node->safe_psql('postgres', q{SELECT DISTINCT database FROM opsmon.activity WHERE database LIKE 'bad%'}),
    'bad??name', 'bytes_that_are_no_text_are_shown_as_question_marks');
wait_until($node, q{application_name LIKE 'a"b''c%'}, 'activity');
pass('quotes_in_an_application_name_are_kept');
wait_until($node, q{application_name ~ '^n{63}$'}, 'activity');
pass('a_long_application_name_is_cut_as_the_server_cuts_it');
wait_until($node, q{recorder = 'recording' AND sampler_failures = 0});
pass('history_goes_on');
$_->quit for $bad, $quoted, $long;

# Two receivers of one name, over a unix socket: two rows.
my @receivers = map {
    my $directory = PostgreSQL::Test::Utils::tempdir;
    my ($out, $err) = ('', '');
    IPC::Run::start([ 'pg_receivewal', '-D', $directory, '-d', $node->connstr('postgres') . " application_name=twin" ],
        '>', \$out, '2>', \$err);
} 1 .. 2;
$node->poll_query_until('postgres', q{SELECT count(*) = 2 AND count(DISTINCT pid) = 2 AND bool_and(consumer = 'twin') FROM opsmon.replication})
  or die 'timed out';
pass('two_senders_of_one_name_are_two_rows');
is($node->safe_psql('postgres', q{SELECT bool_and(replay_lsn IS NULL AND lag_bytes IS NULL) FROM opsmon.replication}),
    't', 'an_unknown_position_has_no_lag');
$_->signal('INT') for @receivers;
$_->finish for @receivers;

$node->stop;
done_testing();

# The ballast: built when there is room and calm, of the size asked for, in no base backup; given up on the
# guard's last rung; removed when nobody wants it; and no other file is ever taken for it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Opsmon;

# Less than any volume of a test has free: nothing but the settings of a test raises a rung.
my $node = start_primary('primary', <<'END');
max_wal_size = 64MB
min_wal_size = 32MB
opsmon.ballast_size = 64MB
opsmon.rescue_free = 16MB
opsmon.fence_free = 64MB
opsmon.evict_free = 80MB
opsmon.relieve_free = 100MB
opsmon.watch_free = 120MB
END
my $mb = 1024 * 1024;
my $file = $node->data_dir . '/pg_wal/pgsql_tmp.opsmon_ballast';

sub set {
    my (%value_of) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET opsmon.$_ = '$value_of{$_}'") for sort keys %value_of;
    $node->reload;
    return;
}
# The reclaimer has looked at least twice under the settings of now.
sub reclaimer_has_looked {
    my $ticks = q{SELECT ticks FROM opsmon.live_workers() WHERE worker = 'reclaimer'};
    my $then = $node->safe_psql('postgres', $ticks);
    $node->poll_query_until('postgres', "SELECT ($ticks) > $then + 2") or die 'timed out: reclaimer';
    return;
}
sub restart_reclaimer {
    my $old = $node->safe_psql('postgres', 'SELECT reclaimer_pid FROM opsmon.guard_state');
    kill 'TERM', $old;
    wait_until($node, "reclaimer_pid <> $old", 'guard_state');
    wait_until($node, q{worker = 'reclaimer' AND ticks > 0}, 'live_workers()');
    return;
}

wait_until($node, q{volume = 'wal' AND rung = 'calm'}, 'guard');
reclaimer_has_looked();
ok(!-e $file, 'none_is_kept_where_the_guard_does_not_act');

set(guard => 'enforce');
wait_until($node, "ballast_wal_bytes = 64 * $mb", 'guard_state');
my @facts = stat $file;
is($facts[7], 64 * $mb, 'is_as_large_as_asked_for');
cmp_ok($facts[12] * 512, '>=', 64 * $mb, 'its_space_is_really_taken');
is($facts[2] & 07777, 0600, 'belongs to the server alone');
like(substr(slurp_file($file), 0, 300), qr/^opsmon ballast 1\nThis file holds nothing\..*may be deleted at any time.*^system identifier: \d+$/ms,
    'says_what_it_is_and_that_it_may_go');
wait_until($node, qq{action = 'ballast built' AND outcome = 'done' AND volume = 'wal' AND after_bytes = 64 * $mb}, 'guard_events');
pass('the_ledger_has_it');
ok(!-e $node->data_dir . '/pgsql_tmp.opsmon_ballast', 'one_volume_has_one_ballast');

$node->backup('copy');
is_deeply([glob $node->backup_dir . '/copy/{,pg_wal/}*opsmon_ballast*'], [], 'a_base_backup_does_not_carry_it');

set(ballast_size => '80MB');
wait_until($node, "ballast_wal_bytes = 80 * $mb", 'guard_state');
is(-s $file, 80 * $mb, 'is_rebuilt_when_another_size_is_asked_for');

# Released on the guard's last rung, at once, and not rebuilt while it is not calm.
my $huge = 2_000_000_000;
set(rescue_free => "${huge}MB", fence_free => $huge + 1 . 'MB', evict_free => $huge + 2 . 'MB',
    relieve_free => $huge + 3 . 'MB', watch_free => $huge + 4 . 'MB');
wait_until($node, q{action = 'ballast released' AND outcome = 'done' AND volume = 'wal' AND who = 'guard' AND before_bytes >= 80000000}, 'live_guard_events()');
ok(!-e $file, 'is_given_up_on_the_last_rung');
wait_until($node, 'ballast_wal_bytes IS NULL', 'guard_state');
reclaimer_has_looked();
ok(!-e $file, 'and not rebuilt there');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->reload;
wait_until($node, q{mode = 'observe'}, 'guard_state');

# Whoever else has a file of this name keeps it.
sub stays_as_it_is {
    my ($what, $content) = @_;
    my $position = -s $node->logfile;
    set(guard => 'enforce');
    restart_reclaimer();
    is(slurp_file($file), $content, $what);
    like(log_since($node, $position), qr/opsmon leaves the file "pg_wal\/pgsql_tmp\.opsmon_ballast" alone/, 'and the log says so');
    set(guard => 'observe');
    restart_reclaimer();
    is(slurp_file($file), $content, "$what also when none is wanted");
    unlink $file or die "$file: $!";
    return;
}
my $elsewhere = PostgreSQL::Test::Utils::tempdir() . '/precious';
append_to_file($file, "precious\n");
stays_as_it_is('another_file_of_this_name_is_left_alone', "precious\n");

my $looks_right = "opsmon ballast 1\nprecious\n";
append_to_file($elsewhere, $looks_right);
symlink $elsewhere, $file or die $!;
stays_as_it_is('a_symbolic_link_is_not_followed', $looks_right);
is(slurp_file($elsewhere), $looks_right, 'nor what it points to touched');

my $sibling = $node->data_dir . '/precious';
append_to_file($sibling, $looks_right);
link $sibling, $file or die $!;
stays_as_it_is('a_file_with_a_second_name_is_left_alone', $looks_right);

# What a server that ended in the middle has left behind is cleaned up, and does not stand in the way.
$node->stop;
append_to_file("$file.new", "opsmon ballast 1\nhalf\n");
$node->append_conf('postgresql.conf', "opsmon.guard = enforce\n");
unlink $node->data_dir . '/postgresql.auto.conf';
$node->start;
wait_until($node, "ballast_wal_bytes = 64 * $mb", 'guard_state');
ok(!-e "$file.new", 'a_half_made_one_is_cleaned_up');

# It survives a restart, and is not built twice.
my $inode = (stat $file)[1];
$node->restart;
wait_until($node, "ballast_wal_bytes = 64 * $mb", 'guard_state');
is((stat $file)[1], $inode, 'survives_a_restart');

set(ballast_size => 0);
wait_until($node, 'ballast_wal_bytes IS NULL', 'guard_state');
ok(!-e $file, 'is_removed_when_none_is_wanted');

# Too large for what there is room for: none, and the log says why.
my $position = -s $node->logfile;
set(ballast_size => "${huge}MB");
ok($node->wait_for_log(qr/opsmon keeps no ballast on the wal volume yet: with it less than half as much again/, $position),
    'says_why_there_is_none');
ok(!-e $file && !-e "$file.new", 'and leaves nothing');

$node->stop;
done_testing();

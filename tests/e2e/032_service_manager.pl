# systemd's words, spoken with a socket of the test's own: ready, alive, reloading, stopping; and a sidecar whose
# pipeline hangs gives no sign of life, so that the service manager starts it anew.
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOCK_DGRAM);
use Time::HiRes qw(time clock_gettime CLOCK_MONOTONIC);
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $watchdog_s = 2;
delete @ENV{qw(NOTIFY_SOCKET WATCHDOG_USEC WATCHDOG_PID JOURNAL_STREAM)};

# A socket as systemd has one; `$name` as it stands in NOTIFY_SOCKET, @ for an abstract one.
sub notify_socket {
    my ($name) = @_;
    my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $name =~ s/^@/\0/r) or die "$name: $!";
    return { name => $name, socket => $socket, all => [] };
}

# The next words within so many seconds, as a hash; nothing when there are none.
sub next_words {
    my ($manager, $seconds) = @_;
    IO::Select->new($manager->{socket})->can_read($seconds) or return;
    $manager->{socket}->recv(my $text, 8192) // die "recv: $!";
    my %words = map { /^(\w+)=(.*)$/ ? ($1 => $2) : die "not a word of sd_notify: $_" } split /\n/, $text;
    push @{ $manager->{all} }, \%words;
    return \%words;
}

# Hears until the words have the key; dies when they do not come.
sub hear {
    my ($manager, $key) = @_;
    my $deadline = time + $PostgreSQL::Test::Utils::timeout_default;
    while (time < $deadline) {
        my $words = next_words($manager, 1) or next;
        return $words if defined $words->{$key};
    }
    die "no $key was said";
}

sub heard_all {
    my ($manager) = @_;
    1 while next_words($manager, 0);
    return @{ $manager->{all} };
}

sub thread_called {
    my ($pid, $name) = @_;
    for my $file (glob "/proc/$pid/task/*/comm") {
        return $file =~ m{/task/(\d+)/} if slurp_file($file) eq "$name\n";
    }
    die "process $pid has no thread $name";
}

# One thread alone stands still, as if it hung in a call; all others go on. As a debugger does it.
sub ptrace {
    my ($request, $thread) = @_;
    my %number = (x86_64 => 101, aarch64 => 117);
    my $machine = (POSIX::uname())[4];
    syscall($number{$machine} // die("ptrace has no known number on $machine"), $request, $thread + 0, 0, 0) == -1
      and die "ptrace of a thread of the sidecar: $! (is it forbidden here? see /proc/sys/kernel/yama/ptrace_scope)";
}

# The sidecar lets nobody look into it, and so nobody halt its threads: for this test a library that is loaded before its
# own leaves that out.
sub library_that_lets_in {
    my $source = write_file(PostgreSQL::Test::Utils::tempdir . '/let_in.c', <<'END');
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int prctl(int option, ...)
{
    va_list given;
    unsigned long value[4];

    if (option == PR_SET_DUMPABLE)
        return 0;
    va_start(given, option);
    for (int i = 0; i < 4; ++i)
        value[i] = va_arg(given, unsigned long);
    va_end(given);
    return (int) syscall(SYS_prctl, option, value[0], value[1], value[2], value[3]);
}
END
    my $library = $source =~ s/c$/so/r;
    system_or_bail('gcc', '-shared', '-fPIC', '-o', $library, $source);
    return $library;
}

sub halt {
    my ($thread) = @_;
    ptrace(0x4206, $thread); # PTRACE_SEIZE
    ptrace(0x4207, $thread); # PTRACE_INTERRUPT
    waitpid($thread, 0x40000000) == $thread or die "thread $thread did not stop: $!"; # __WALL
}

sub let_go {
    my ($thread) = @_;
    ptrace(17, $thread); # PTRACE_DETACH
}

my $manager = notify_socket(PostgreSQL::Test::Utils::tempdir_short . '/notify');
my $conf = "collect:\n  interval: 1s\n  timeout: 900ms\n";
my $sidecar;
{
    local @ENV{qw(NOTIFY_SOCKET WATCHDOG_USEC LD_PRELOAD)} = ($manager->{name}, $watchdog_s * 1_000_000, library_that_lets_in());
    $sidecar = start_sidecar($conf);
}

my $first = next_words($manager, 0);
is($first->{READY}, 1, 'says_that_it_is_ready_before_anything_else');
like($first->{STATUS}, qr/^Serving on 127\.0\.0\.1:$sidecar->{port}; /, 'and where it serves');
like(hear($manager, 'STATUS')->{STATUS}, qr/; \d+ collectors.*; 0 alerts firing$/, 'later how it fares');

my $begun = time;
hear($manager, 'WATCHDOG') for 1 .. 4;
pass('gives_signs_of_life');
cmp_ok(time - $begun, '<', 4 * $watchdog_s, 'more often than the watchdog wants them');

my ($pipeline) = thread_called($sidecar->{pid}, 'pipeline');
halt($pipeline);
$begun = time;
my $last = $begun;
while ((my $left = $begun + 3 * $watchdog_s - time) > 0) {
    my $words = next_words($manager, $left) or last;
    $last = time if $words->{WATCHDOG};
}
cmp_ok($last - $begun, '<', $watchdog_s, 'a_pipeline_that_hangs_gives_no_sign_of_life');
is(get("$sidecar->{url}/-/healthy")->{status}, 200, 'although all else goes on');
let_go($pipeline);
ok(hear($manager, 'WATCHDOG'), 'and_one_that_goes_on_gives_them_again');

my $before = clock_gettime(CLOCK_MONOTONIC) * 1_000_000;
kill 'HUP', $sidecar->{pid};
my $reloading = hear($manager, 'RELOADING');
is($reloading->{RELOADING}, 1, 'says_that_it_reloads');
cmp_ok($reloading->{MONOTONIC_USEC}, '>=', $before - 1, 'and since when, by the clock that systemd asks');
cmp_ok($reloading->{MONOTONIC_USEC}, '<=', clock_gettime(CLOCK_MONOTONIC) * 1_000_000, 'which is not later than now');
unlike(hear($manager, 'READY')->{STATUS}, qr/reload/, 'and that it is done');

write_file($sidecar->{file}, "no_such_section: 1\n");
kill 'HUP', $sidecar->{pid};
hear($manager, 'RELOADING');
like(hear($manager, 'READY')->{STATUS}, qr/; the last reload failed, see the log$/, 'a_reload_that_failed_is_in_the_status');
write_file($sidecar->{file}, $conf);
kill 'HUP', $sidecar->{pid};
unlike(hear($manager, 'READY')->{STATUS}, qr/failed/, 'until one succeeds');

is(stop_program($sidecar), 0, 'it ends cleanly');
my @words = heard_all($manager);
is($words[-1]{STOPPING}, 1, 'says_that_it_stops_and_nothing_after_that');
is((grep { defined $_->{STOPPING} } @words), 1, 'once');

# Nobody watches, over an abstract socket, as containers have it.
$manager = notify_socket('@opsmon-test-' . $$);
{
    local $ENV{NOTIFY_SOCKET} = $manager->{name};
    $sidecar = start_sidecar($conf);
}
is(next_words($manager, 0)->{READY}, 1, 'an_abstract_socket_is_as_good');
hear($manager, 'STATUS');
is(stop_program($sidecar), 0, 'it ends cleanly');
is((grep { defined $_->{WATCHDOG} } heard_all($manager)), 0, 'no_sign_of_life_where_nobody_looks');

# Nobody is at the other end. And the log goes to the journal, as far as the sidecar can tell.
my $log = "$PostgreSQL::Test::Utils::tmp_check/journal";
my $folder = PostgreSQL::Test::Utils::tempdir;
my $port = free_port();
open my $journal, '>', $log or die "$log: $!";
my ($device, $inode) = stat $journal;
my $pid = fork() // die "fork: $!";
if (!$pid) {
    open STDERR, '>&', $journal or die;
    @ENV{qw(NOTIFY_SOCKET JOURNAL_STREAM)} = ("$folder/nobody", "$device:$inode");
    exec "$ENV{OPSMON_RUN}/bin/opsmon-sidecar", '--config.file', write_file("$folder/opsmon.yml", $conf),
      '--web.listen-address', "127.0.0.1:$port" or die;
}
wait_for('it serves', sub { get("http://127.0.0.1:$port/-/ready")->{status} == 200 }, { log => $log });
kill 'TERM', $pid;
waitpid $pid, 0;
is($?, 0, 'a_service_manager_that_does_not_answer_stops_nothing');
my $text = slurp_file($log);
is((() = $text =~ /cannot be told how the sidecar fares/g), 1, 'the log says it once');
like($text, qr/^<6>time=\S+ level=info msg=started /m, 'a_line_tells_the_journal_how_serious_it_is');
like($text, qr/^<4>time=\S+ level=warning msg="the service manager/m, 'a warning too');
unlike($text, qr/^(?!<\d>)./m, 'every line');
done_testing();

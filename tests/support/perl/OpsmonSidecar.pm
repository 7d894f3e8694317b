# What the e2e tests share: a sidecar, a stand-in for Slack and a real Prometheus on free ports of the
# loopback address, each ended with the test.
package OpsmonSidecar;

use strict;
use warnings;
use Exporter 'import';
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use POSIX qw(WNOHANG);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(free_port start_program stop_program start_sidecar start_slack start_webhook start_prometheus
  start_alertmanager get metrics metric wait_for messages write_file sidecar_conf);

my $bin = "$ENV{OPSMON_RUN}/bin";
my %running;
my $templates; # where the real Alertmanager looks for its own

END {
    my $status = $?;
    stop_program($_) for values %running;
    unlink $templates if $templates;
    $? = $status;
}

sub free_port {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die "no port: $!";
    return $socket->sockport;
}

# Starts a program of the test folder; its output goes to a log that a failed wait shows.
sub start_program {
    my ($name, @arguments) = @_;
    my $log = "$PostgreSQL::Test::Utils::tmp_check/$name-" . scalar(keys %running) . '.log';
    write_file($log, '');
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        open STDIN, '<', '/dev/null' or die "/dev/null: $!";
        open STDOUT, '>', $log or die "$log: $!";
        open STDERR, '>&', \*STDOUT or die;
        exec "$bin/$name", @arguments or die "$bin/$name: $!";
    }
    my $program = { name => $name, pid => $pid, log => $log };
    $running{$pid} = $program;
    return $program;
}

# Ends it with SIGTERM, and says whether it ended by itself within five seconds and with what code.
sub stop_program {
    my ($program) = @_;
    return if !delete $running{ $program->{pid} };
    kill 'CONT', $program->{pid};
    kill 'TERM', $program->{pid};
    my $deadline = time + 5;
    while (waitpid($program->{pid}, WNOHANG) == 0) {
        if (time > $deadline) {
            kill 'KILL', $program->{pid};
            waitpid $program->{pid}, 0;
            return 'did not end';
        }
        sleep 0.02;
    }
    return $? >> 8;
}

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
    return $path;
}

# A configuration for a node; what stands in %sections replaces or adds top-level sections.
sub sidecar_conf {
    my ($node, %sections) = @_;
    my %all = (
        collect => "  interval: 1s\n  timeout: 900ms\n",
        postgres => sprintf("  conninfo: host=%s port=%d user=opsmon_sidecar dbname=postgres\n"
              . "  connect_timeout: 800ms\n  statement_timeout: 700ms\n",
            $node->host, $node->port),
        %sections);
    return join '', map { "$_:\n$all{$_}" } sort grep { defined $all{$_} } keys %all;
}

sub start_sidecar {
    my ($conf, @arguments) = @_;
    my $port = free_port();
    my $folder = PostgreSQL::Test::Utils::tempdir;
    my $file = write_file("$folder/opsmon.yml", $conf);
    my $program = start_program('opsmon-sidecar', '--config.file', $file,
        '--web.listen-address', "127.0.0.1:$port", @arguments);
    @$program{qw(port file folder url)} = ($port, $file, $folder, "http://127.0.0.1:$port");
    wait_for('the sidecar is ready', sub { get("$program->{url}/-/ready")->{status} == 200 }, $program);
    return $program;
}

sub start_slack {
    my (@arguments) = @_;
    my $port = free_port();
    my $folder = PostgreSQL::Test::Utils::tempdir;
    my $program = start_program('slack_standin', '--port', $port, '--file', "$folder/slack.jsonl", @arguments);
    @$program{qw(port file url)} = ($port, "$folder/slack.jsonl", "http://127.0.0.1:$port");
    wait_for('Slack\'s stand-in answers', sub { get("$program->{url}/messages")->{success} }, $program);
    return $program;
}

# A webhook of one's own. Of each request, what `$note` makes of its body and its path is in `file` before
# the answer is given.
sub start_webhook {
    my ($note) = @_;
    my $port = free_port();
    my $file = write_file(PostgreSQL::Test::Utils::tempdir . '/requests', '');
    my $listen = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$port", Listen => 50, ReuseAddr => 1) or die "webhook: $!";
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        %running = ();
        while (my $client = $listen->accept) {
            my ($path, $length) = ('', 0);
            while (defined(my $line = <$client>)) {
                $path = $1 if $line =~ m{^POST (\S+) };
                $length = $1 if $line =~ /^content-length:\s*(\d+)/i;
                last if $line =~ /^\r?$/;
            }
            next if !$length || read($client, my $body, $length) != $length; # its sender was killed
            open my $out, '>>', $file or die "$file: $!";
            syswrite $out, $note->($body, $path); # at once, so that nobody reads half of it
            close $out;
            print $client "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            close $client;
        }
        POSIX::_exit(0);
    }
    $running{$pid} = { name => 'webhook', pid => $pid };
    return { pid => $pid, file => $file, url => "http://127.0.0.1:$port" };
}

# A real Prometheus that scrapes the sidecars given, every second.
sub start_prometheus {
    my (@sidecars) = @_;
    my $port = free_port();
    my $folder = PostgreSQL::Test::Utils::tempdir;
    my $targets = join ', ', map { "'127.0.0.1:$_->{port}'" } @sidecars;
    my $file = write_file("$folder/prometheus.yml", <<END);
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ['$ENV{OPSMON_RUN}/sidecar/rules/*.yml']
scrape_configs: [{job_name: opsmon, static_configs: [{targets: [$targets]}]}]
END
    my $program = start_program('prometheus', "--config.file=$file", "--storage.tsdb.path=$folder/data",
        "--web.listen-address=127.0.0.1:$port", '--log.level=warn');
    @$program{qw(port url)} = ($port, "http://127.0.0.1:$port");
    wait_for('Prometheus is ready', sub { get("$program->{url}/-/ready")->{success} }, $program);
    return $program;
}

# A real Alertmanager with this file, alone unless the arguments say otherwise. Debian's insists on its templates under
# /usr/share, where it is not installed: a copy in the test's folder looks for them elsewhere, by a name of the same length.
sub start_alertmanager {
    my ($file, @cluster) = @_;
    my $port = free_port();
    my $folder = PostgreSQL::Test::Utils::tempdir;
    my $installed = '/usr/share/prometheus/alertmanager';
    if (!$templates) {
        my $link = sprintf '/tmp/opsmon-am-%s', substr("$$" . '0' x 30, 0, length($installed) - length('/tmp/opsmon-am-'));
        symlink "$ENV{OPSMON_RUN}/alertmanager", $link or die "$link: $!";
        $templates = $link;
    }
    my $binary = slurp_file("$bin/prometheus-alertmanager");
    $binary =~ s/\Q$installed\E/$templates/g;
    write_file("$bin/alertmanager-$$", $binary) if !-e "$bin/alertmanager-$$";
    chmod 0755, "$bin/alertmanager-$$";
    my $program = start_program("alertmanager-$$", "--config.file=$file", "--storage.path=$folder",
        "--web.listen-address=127.0.0.1:$port", @cluster ? @cluster : '--cluster.listen-address=');
    @$program{qw(port url)} = ($port, "http://127.0.0.1:$port");
    wait_for('Alertmanager is ready', sub { get("$program->{url}/-/ready")->{success} }, $program);
    return $program;
}

sub get {
    my ($url) = @_;
    return HTTP::Tiny->new(timeout => 10)->get($url);
}

sub metrics {
    my ($sidecar) = @_;
    return get("$sidecar->{url}/metrics")->{content};
}

# The value of one series, named as on the page; undef when it is not there.
sub metric {
    my ($sidecar, $series) = @_;
    return metrics($sidecar) =~ /^\Q$series\E (\S+)$/m ? $1 : undef;
}

# Waits until the condition holds; dies with the program's log when it does not in time.
sub wait_for {
    my ($what, $condition, $program, $seconds) = @_;
    my $deadline = time + ($seconds // $PostgreSQL::Test::Utils::timeout_default);
    while (time < $deadline) {
        my $result = $condition->();
        return $result if $result;
        sleep 0.05;
    }
    diag(slurp_file($program->{log})) if $program;
    die "timed out waiting until $what";
}

# What the stand-in for Slack has received, oldest first.
sub messages {
    my ($slack) = @_;
    return map { decode_json($_) } split /\n/, -e $slack->{file} ? slurp_file($slack->{file}) : '';
}

1;

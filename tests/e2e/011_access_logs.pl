# Access logs of a real nginx under load from a real wrk: combined and JSON at once, rotated by renaming and
# by emptying, the sidecar killed and started again in between; every request is counted exactly once.
use strict;
use warnings;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $bin = "$ENV{OPSMON_RUN}/bin";
$ENV{LD_LIBRARY_PATH} = join ':', $bin, $ENV{LD_LIBRARY_PATH} // ();
my $folder = PostgreSQL::Test::Utils::tempdir;
my $port = free_port();
mkdir "$folder/$_" or die "$folder/$_: $!" for qw(logs store temp);
write_file("$folder/nginx.conf", <<END);
daemon off;
worker_processes 2;
pid $folder/nginx.pid;
error_log $folder/error.log;
events { worker_connections 256; }
http {
    client_body_temp_path $folder/temp/body; proxy_temp_path $folder/temp/proxy;
    fastcgi_temp_path $folder/temp/fastcgi; uwsgi_temp_path $folder/temp/uwsgi;
    scgi_temp_path $folder/temp/scgi;
    log_format json escape=json '{"status":\$status,"request_time":\$request_time,'
        '"body_bytes_sent":\$body_bytes_sent,"request":"\$request","remote_addr":"\$remote_addr",'
        '"upstream":"\$upstream_response_time","agent":"\$http_user_agent"}';
    keepalive_requests 1000000;
    server {
        listen 127.0.0.1:$port;
        access_log $folder/logs/access.log combined;
        access_log $folder/logs/json.log json;
        location /ok { return 200 "served\\n"; }
        location /broken { return 503; }
        location /orders/ { return 404; }
        location = /status { access_log off; stub_status; }
        location = /page { access_log off; return 200 "another page\n"; }
    }
}
END
my $nginx = start_program('nginx', '-p', $folder, '-e', "$folder/error.log", '-c', "$folder/nginx.conf");
wait_for('nginx answers', sub { get("http://127.0.0.1:$port/status")->{success} }, $nginx);

my $conf = <<END;
collect: {interval: 1s, timeout: 900ms}
storage: {path: $folder/store}
access_logs:
  - {service: plain, path: $folder/logs/access.log}
  - {service: json, path: $folder/logs/json.log, format: json}
  - {service: missing, path: $folder/logs/none.log}
stub_status:
  - {service: plain, url: 'http://127.0.0.1:$port/status'}
  - {service: absent, url: 'http://127.0.0.1:$port/page'} # a line a second would never let it be done
END
my $sidecar = start_sidecar($conf);
wait_for('both logs are followed', sub {
    (metric($sidecar, 'service_log_followed{service="json"}') // 0) == 1
}, $sidecar);
is(metric($sidecar, 'service_log_followed{service="missing"}'), 0, 'a log that is not there is said to be so');
wait_for('nginx is asked', sub { metric($sidecar, 'service_nginx_up{service="plain"}') }, $sidecar);
is(metric($sidecar, 'service_nginx_up{service="absent"}'), 0, 'another page is not stub_status');

my %log = (plain => 'access.log', json => 'json.log');

sub lines { return scalar(() = slurp_file($_[0]) =~ /\n/g) }

# All lines that nginx has written, and in which files they lie.
sub written {
    my ($service) = @_;
    my $sum = 0;
    $sum += lines($_) for glob "$folder/logs/$log{$service} $folder/logs/$log{$service}.?";
    return $sum;
}

sub counted {
    my ($service, $code) = @_;
    my $sum = 0;
    my $page = metrics($sidecar);
    $sum += $1 while $page =~ /^service_requests_total\{service="$service",code="(?:${\($code \/\/ '\d+')})"\} (\S+)$/mg;
    return $sum;
}

sub wrk {
    my ($seconds, $path) = @_;
    return start_program('wrk', '-t', 1, '-c', 8, '-d', "${seconds}s", "http://127.0.0.1:$port$path");
}

sub stop_load { my ($load) = @_; kill 'INT', $load->{pid}; waitpid $load->{pid}, 0; stop_program($load); return slurp_file($load->{log}) }

sub workers {
    open my $list, '-|', 'ps', '-o', 'pid=', '--ppid', $nginx->{pid} or die;
    return map { s/\s//gr } <$list>;
}

# Under load: renamed, then emptied.
my $load = wrk(300, '/ok');
wait_for('requests are counted', sub { counted('plain') > 1000 }, $sidecar);
for my $name (values %log) {
    rename "$folder/logs/$name", "$folder/logs/$name.2" or die $!;
}
kill 'USR1', $nginx->{pid};
my $before = counted('plain');
wait_for('the new log is counted', sub {
    -s "$folder/logs/access.log" && counted('plain') > $before + lines("$folder/logs/access.log.2") / 100
}, $sidecar);

# What is written between the copy and the emptying is lost to everybody: nobody writes meanwhile.
my @workers = workers();
kill 'STOP', @workers;
for my $pid (@workers) {
    wait_for('the worker stands still', sub { slurp_file("/proc/$pid/stat") =~ /\) T / });
}
for my $name (values %log) {
    write_file("$folder/logs/$name.1", slurp_file("$folder/logs/$name"));
    truncate "$folder/logs/$name", 0 or die $!;
}
kill 'CONT', @workers;
for my $service (keys %log) {
    my $copied = lines("$folder/logs/$log{$service}.1") + lines("$folder/logs/$log{$service}.2");
    wait_for('the emptied log is counted', sub { counted($service) > $copied }, $sidecar);
}

# Killed and started again, still under load.
my %seen = map { $_ => counted($_) } keys %log;
kill 'KILL', $sidecar->{pid};
waitpid $sidecar->{pid}, 0;
stop_program($sidecar);
my $size = -s "$folder/logs/access.log";
wait_for('the log grows while nobody looks', sub { -s "$folder/logs/access.log" > $size + 10_000 });
$sidecar = start_sidecar($conf);
wait_for('it goes on', sub { counted('json') > 0 && counted('plain') > 0 }, $sidecar);

# How far it had come, it says itself when it goes on.
my %resumed;
for my $service (keys %log) {
    my $starts = join "\n", grep { /goes on with an access log/ } split /\n/, slurp_file($sidecar->{log});
    for my $file (glob "$folder/logs/$log{$service} $folder/logs/$log{$service}.?") {
        # A rotated file that is not named was finished before.
        my ($offset) = $starts =~ /\Q$file\E["\s][^\n]*?offset\W+(\d+)/;
        $offset //= -s $file;
        $resumed{$service} += () = substr(slurp_file($file), 0, $offset) =~ /\n/g;
    }
}
my $report = stop_load($load);
my ($done) = $report =~ /(\d+) requests in/;
ok($done > 1000, "wrk has made $done requests");

# Errors, ids and garbage, in small numbers that are known.
get("http://127.0.0.1:$port/broken") for 1 .. 7;
get("http://127.0.0.1:$port/orders/$_?x=1") for 1 .. 20;
my $socket = IO::Socket::INET->new("127.0.0.1:$port") or die;
print $socket "\x16\x03\x01\x02\"{\x00\xff\r\n\r\n";
my $reply = <$socket>;
close $socket;

for my $service (sort keys %log) {
    wait_for("$service: all is read", sub {
        my $all = written($service);
        counted($service) == $all - $resumed{$service}
    }, $sidecar, 30);
    is(counted($service) + $resumed{$service}, written($service), "$service: every line once");
    ok($seen{$service} <= $resumed{$service}, "$service: nothing was shown that is counted again");
    is(counted($service, '503'), 7, "$service: errors by code");
    is(counted($service, '404'), 20, "$service: and what is not there");
    is(counted($service, '400'), 1, "$service: and what is no request");
    is(metric($sidecar, "service_log_lines_total{service=\"$service\",result=\"unparsed\"}"), 0,
        "$service: no line is strange");
}
is(written('plain'), written('json'), 'nginx wrote the same in both');
my $page = metrics($sidecar);
my ($timed) = $page =~ /^service_request_duration_seconds_count\{service="json"\} (\S+)/m;
is($timed, counted('json'), 'every JSON line has a duration');
like($page, qr/^service_nginx_requests_total\{service="plain"\} \d+/m, 'nginx counts, too');
my $document = get("$sidecar->{url}/api/v1/requests");
is($document->{status}, 200, 'the document is there');
like($document->{content}, qr/"service":"json"/, 'with its services');
is(stop_program($sidecar), 0, 'the sidecar ends in order');
done_testing();

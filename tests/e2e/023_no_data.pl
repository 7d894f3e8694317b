# No data is not resolved, also where one of several falls silent: of two pages of a real nginx and of two
# access logs one goes, and its alert is held while the other's ends.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use OpsmonSidecar;

my $folder = PostgreSQL::Test::Utils::tempdir;
my ($port, $other_port) = (free_port(), free_port());
mkdir "$folder/$_" or die "$folder/$_: $!" for qw(logs temp);

sub write_nginx_conf {
    my (@ports) = @_;
    my $servers = join '', map { <<END } @ports;
    server { listen 127.0.0.1:$_; location = /status { stub_status; } location / { return 503; } }
END
    write_file("$folder/nginx.conf", <<END);
daemon off;
worker_processes 1;
pid $folder/nginx.pid;
error_log $folder/error.log;
events { worker_connections 64; }
http {
    client_body_temp_path $folder/temp/body; proxy_temp_path $folder/temp/proxy;
    fastcgi_temp_path $folder/temp/fastcgi; uwsgi_temp_path $folder/temp/uwsgi;
    scgi_temp_path $folder/temp/scgi;
    access_log off;
$servers}
END
    return;
}

write_nginx_conf($port, $other_port);
my $nginx = start_program('nginx', '-p', $folder, '-e', "$folder/error.log", '-c', "$folder/nginx.conf");
wait_for('nginx answers', sub { get("http://127.0.0.1:$other_port/status")->{success} }, $nginx);

sub append_lines {
    my ($name, $status) = @_;
    open my $log, '>>', "$folder/logs/$name" or die $!;
    print $log qq({"status":$status,"request":"GET /a HTTP/1.1","remote_addr":"10.0.0.1"}\n) for 1 .. 50;
    close $log or die $!;
    return;
}

append_lines($_, 200) for qw(shop blog);
write_file("$folder/rules.yml", <<'END');
groups:
  - name: mine
    interval: 1s
    rules:
      - {alert: Asked, expr: service_nginx_connections_accepted_total > 0}
      - {alert: AskedAtAll, expr: count(service_nginx_connections_accepted_total) > 1}
      - {alert: Answered, expr: 'sum by (service) (service_requests_total{code="500"}) >= 50'}
END
my $sidecar = start_sidecar(<<END);
collect: {interval: 1s, timeout: 900ms}
alerting: {rule_files: [$folder/rules.yml]}
stub_status:
  - {service: shop, url: 'http://127.0.0.1:$port/status'}
  - {service: blog, url: 'http://127.0.0.1:$other_port/status'}
access_logs:
  - {service: shop, path: $folder/logs/shop*, format: json}
  - {service: blog, path: $folder/logs/blog*, format: json}
END

# Name, service and how it stands, of all that fires.
sub firing {
    my $answer = decode_json(get("$sidecar->{url}/api/v1/alerts")->{content});
    return join ', ', sort map {
        join ' ', $_->{labels}{alertname}, $_->{labels}{service} // (), $_->{noData} ? 'no data' : ()
    } grep { $_->{state} eq 'firing' } @{ $answer->{data}{alerts} };
}

sub fires {
    my ($what, $name) = @_;
    ok(eval { wait_for($name, sub { firing() eq $what }, $sidecar) }, $name) or BAIL_OUT(firing());
    return;
}

wait_for('both logs are followed', sub {
    (metric($sidecar, 'service_log_followed{service="shop"}') // 0) == 1
      && (metric($sidecar, 'service_log_followed{service="blog"}') // 0) == 1
}, $sidecar);
append_lines($_, 500) for qw(shop blog);
fires('Answered blog, Answered shop, Asked blog, Asked shop, AskedAtAll', 'all of both fire');

write_nginx_conf($port);
kill 'HUP', $nginx->{pid};
fires('Answered blog, Answered shop, Asked blog no data, Asked shop, AskedAtAll no data',
    'a page that does not answer holds its own alert, and what is counted over all');
is(metric($sidecar, 'opsmon_collector_success{collector="stub_status"}'), 1, 'though the collector works');

unlink "$folder/logs/blog" or die $!;
mkdir "$folder/logs/blog" or die $!;
fires('Answered blog no data, Answered shop, Asked blog no data, Asked shop, AskedAtAll no data',
    'a log that cannot be read any more holds its alert');

rmdir "$folder/logs/blog" or die $!;
append_lines('blog', 200);
write_nginx_conf($port, $other_port);
kill 'HUP', $nginx->{pid};
fires('Answered blog, Answered shop, Asked blog, Asked shop, AskedAtAll', 'and both go on when they are back');
is(stop_program($sidecar), 0, 'the sidecar ends in order');
done_testing();

#!/bin/bash
# Starts all parts of the demo in this folder, which up.sh has filled, and waits until they are
# healthy. If that fails, says why and stops what was started.
#
#   start.sh BINDIR        BINDIR: where PostgreSQL's programs are
# shellcheck source=demo/inside/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

bindir=$1
limit_s=60
step="preparing the folder" # what is going on, for the message when it fails
traffic_s=86400

give_up() {
    local what=$1 log=$2
    trap - EXIT
    {
        echo "The demo did not start: $what."
        if [ -s "log/$log.log" ]; then
            echo "The last lines of build/demo/log/$log.log:"
            tail -n 8 "log/$log.log" | sed 's/^/    /'
        fi
    } >&2
    bash inside/stop.sh >/dev/null || true
    exit 1
}

# What ends the script and was not foreseen has left its words in setup.log, or on the terminal.
trap 'give_up "$step failed" setup' EXIT
trap 'give_up "it was interrupted" setup' INT TERM HUP

# must WHAT COMMAND...: what is to succeed, and in time.
must() {
    step=$1
    shift
    timeout "$((limit_s - SECONDS > 1 ? limit_s - SECONDS : 1))" "$@" >>log/setup.log 2>&1 ||
        give_up "$step failed" setup
}

# wait_for WHAT PART COMMAND...: until the command succeeds; PART's log tells why it does not.
wait_for() {
    local what=$1 part=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        pid_of "$part" >/dev/null || give_up "$part ended before $what" "$part"
        [ $SECONDS -lt $limit_s ] || give_up "after $limit_s s still not: $what" "$part"
        sleep 0.2
    done
}

answers_sql() {
    [ "$(sql "$@")" = t ]
}

answers_http() {
    perl inside/http_get.pl "$@"
}

write_server_settings() {
    cat preload.conf
    cat <<END
port = $primary_port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$run/sock'
unix_socket_permissions = 0700
cluster_name = 'demo'
max_connections = 40
shared_buffers = 32MB
min_wal_size = 80MB
max_wal_size = 256MB
wal_level = replica
# A forgotten demo must not fill the disk after its incident.
max_slot_wal_keep_size = 4GB
log_line_prefix = '%m [%p] %a '
opsmon.sample_interval = 1s
END
}

# Over the socket, in a folder that only this user may enter, everybody is trusted; over TCP only
# the standby comes in, with its password.
write_access_rules() {
    cat <<END
local all all trust
host replication standby 127.0.0.1/32 scram-sha-256
END
}

start_primary() {
    local password
    must "initdb" "$bindir/initdb" -D data/primary -U postgres -E UTF8 --locale=C --no-sync \
        --auth-local=trust --auth-host=scram-sha-256
    write_server_settings >>data/primary/postgresql.conf
    write_access_rules >data/primary/pg_hba.conf
    start primary "$bindir/postgres" -D "$run/data/primary"
    wait_for "the primary takes connections" primary answers_sql "$primary_port" -c 'SELECT true'
    password=$(od -An -N 18 -t x1 /dev/urandom | tr -d ' \n')
    echo "127.0.0.1:$primary_port:replication:standby:$password" >standby.pgpass
    step="creating the extension and the roles"
    sql "$primary_port" >>log/setup.log 2>&1 <<END
CREATE EXTENSION opsmon;
INSERT INTO opsmon.consumers (name, owner, expected) VALUES ('standby_1', 'the demo', true);
CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor;
CREATE ROLE standby LOGIN REPLICATION PASSWORD '$password';
CREATE ROLE shop LOGIN;
CREATE DATABASE shop OWNER shop;
END
}

start_standby() {
    must "pg_basebackup" "$bindir/pg_basebackup" -D data/standby --no-sync -R -X stream -c fast \
        -C -S standby_1 -d "host=127.0.0.1 port=$primary_port user=standby \
        passfile=$run/standby.pgpass application_name=standby_1"
    echo "port = $standby_port" >>data/standby/postgresql.conf
    start standby "$bindir/postgres" -D "$run/data/standby"
}

start_traffic() {
    local target=(-h "$run/sock" -p "$primary_port" -U shop)
    must "filling the shop's tables" "$bindir/pgbench" "${target[@]}" -i -q shop
    start pgbench "$bindir/pgbench" "${target[@]}" -n -R 20 -c 2 -T "$traffic_s" shop
}

write_sidecar_settings() {
    cat >alertmanager.yml <<END
global:
  slack_api_url: http://127.0.0.1:$slack_port/services/demo
route:
  receiver: slack
  group_by: ['...'] # a message for each alert
receivers:
  - name: slack
    slack_configs:
      - channel: '#demo'
        send_resolved: true
END
    cat >opsmon.yml <<END
web:
  listen_address: 127.0.0.1:$sidecar_port
postgres:
  conninfo: host=$run/sock port=$primary_port user=opsmon_sidecar dbname=postgres
storage:
  path: sidecar
access_logs:
  - service: demo
    path: access.log
services:
  - name: demo
    url: http://127.0.0.1:$service_port/health
alerting:
  rule_files: [rules/opsmon.rules.yml]
  notification_file: alertmanager.yml
END
}

start_sidecar() {
    start slack bin/slack_standin --port "$slack_port" --file slack.jsonl
    start service bin/demo_service --port "$service_port" --access-log access.log
    wait_for "the stand-in for Slack answers" slack \
        answers_http "http://127.0.0.1:$slack_port/messages" '^\['
    wait_for "the service answers" service \
        answers_http "http://127.0.0.1:$service_port/health" '^ok'
    write_sidecar_settings
    start sidecar bin/opsmon-sidecar --config.file opsmon.yml
}

wait_until_healthy() {
    wait_for "the primary sees its standby streaming" standby answers_sql "$primary_port" -c \
        "SELECT state = 'streaming' FROM opsmon.replication WHERE consumer = 'standby_1'"
    wait_for "opsmon answers on the standby" standby \
        answers_sql "$standby_port" -c "SELECT in_recovery FROM opsmon.status"
    wait_for "the sidecar is ready" sidecar answers_http "$sidecar_url/-/ready" .
    wait_for "the sidecar sees PostgreSQL" sidecar \
        answers_http "$sidecar_url/metrics" '^postgresql_up 1$'
    wait_for "the sidecar sees the service" sidecar \
        answers_http "$sidecar_url/metrics" '^service_health_status\{service="demo"\} 1$'
    wait_for "the sidecar counts the service's requests" sidecar \
        answers_http "$sidecar_url/metrics" \
        '^service_requests_total\{service="demo",code="200"\} [1-9]'
    wait_for "the sidecar sees the standby" sidecar \
        answers_http "$sidecar_url/metrics" '^postgresql_slot_active\{[^}]*"standby_1"[^}]*\} 1$'
    pid_of pgbench >/dev/null || give_up "the traffic has ended" pgbench
}

mkdir -p data log pid sock
echo "$bindir" >bindir
touch slack.jsonl access.log
start_primary
start_standby
start_traffic
start_sidecar
wait_until_healthy
trap - EXIT
echo "The demo is up: all parts healthy after $SECONDS s."
bash inside/summary.sh

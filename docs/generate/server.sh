#!/bin/bash
# Writes what only a running server can tell into the documents: starts one with the staged
# extension, which is gone afterwards, and has it print the pages of settings and of SQL objects,
# and the diagram of the ladder.
#
#   PG_CONFIG=… OPSMON_STAGE=… docs/generate/server.sh DOCS     the folder docs/, or a copy of it
set -euo pipefail

docs=$(readlink -f "${1:?which folder?}")
here=$(dirname "$(readlink -f "$0")")
support=$here/../../tests/support
run=$("$support/run_dir.sh" docs)
bin=$("$PG_CONFIG" --bindir)

as_server() {
    "$support/unprivileged.sh" env PGCLIENTENCODING=UTF8 PGHOST="$run" PGUSER=postgres "$@"
}

stop() {
    as_server "$bin/pg_ctl" -D "$run/data" -m immediate stop >/dev/null 2>&1 || true
    cd / && "$support/run_dir.sh" --remove docs
}

ask() {
    as_server "$bin/psql" -X -q -d postgres -v ON_ERROR_STOP=1 -At "$@"
}

rm -rf "${run:?}"/*
trap stop EXIT
cp -r "$OPSMON_STAGE" "$run/stage"
if [ "$(id -u)" = 0 ]; then chown -R postgres: "$run"; fi
cd "$run"
as_server "$bin/initdb" -D "$run/data" -A trust -N -U postgres --no-locale -E UTF8 \
    >"$run/initdb.log"
{
    PG_CONFIG=$PG_CONFIG "$support/preload_conf.sh" "$run/stage"
    echo "listen_addresses = ''"
    echo "unix_socket_directories = '$run'"
} >>"$run/data/postgresql.conf"
as_server "$bin/pg_ctl" -D "$run/data" -l "$run/log" -w start >/dev/null || {
    cat "$run/log" >&2
    exit 1
}
ask -c 'CREATE EXTENSION opsmon'
ask -f - <"$here/settings.sql" >"$docs/reference/settings.md"
ask -f - <"$here/objects.sql" >"$docs/reference/sql.md"
ladder=$(ask -f - <"$here/ladder.sql")
export ladder
perl -0pi -e 's/(<!-- ladder: [^\n]*\n).*?(<!-- end of ladder -->)/$1$ENV{ladder}\n$2/s' \
    "$docs/guard.md"

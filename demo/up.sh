#!/bin/bash
# Starts the demo: a primary, a standby, light traffic, a service to probe, a stand-in for Slack and
# the sidecar, all on loopback and under build/demo/. Returns when everything is healthy. Is called
# by `make demo`, after building.
#
#   OPSMON_STAGE=… OPSMON_BIN=… PG_CONFIG=… demo/up.sh
set -euo pipefail
# shellcheck source=demo/outside.sh
. "$(dirname "$(readlink -f "$0")")/outside.sh"

ports=(54320 54321 9788 9789 9790)
programs=(opsmon-sidecar slack_standin demo_service)

check_environment() {
    local program
    for name in OPSMON_STAGE OPSMON_BIN PG_CONFIG; do
        [ -n "${!name:-}" ] || say_and_fail "demo/up.sh: $name is not set; start it with: make demo"
    done
    for program in "${programs[@]}"; do
        [ -x "$OPSMON_BIN/$program" ] || say_and_fail "$OPSMON_BIN/$program is missing: make demo"
    done
    [ -d "$OPSMON_STAGE$("$PG_CONFIG" --sharedir)" ] ||
        say_and_fail "$OPSMON_STAGE holds no extension for $PG_CONFIG: make demo"
    for program in postgres initdb psql pg_basebackup pgbench; do
        [ -x "$("$PG_CONFIG" --bindir)/$program" ] ||
            say_and_fail "$PG_CONFIG names a PostgreSQL without $program: packages/install.sh demo"
    done
}

end_if_running() {
    local parts code=0
    has_demo || return 0
    parts=$(enter status.sh) || code=$?
    case $code in
    0)
        echo "The demo is already up."
        enter summary.sh
        exit 0
        ;;
    3) return 0 ;;
    *)
        printf '%s\n' "$parts" >&2
        say_and_fail "Parts of the demo are running. To begin anew: make demo-stop && make demo"
        ;;
    esac
}

# Only what the server's user unpacks itself can be written into the server's folder.
copy_into() {
    local folder=$1
    shift
    as_server_user mkdir -p "$run/$folder"
    tar -c "$@" | as_server_user tar -x -C "$run/$folder"
}

prepare() {
    run=$("$root/tests/support/run_dir.sh" demo)
    as_server_user find "$run" -mindepth 1 -delete
    copy_into stage -C "$OPSMON_STAGE" .
    copy_into bin -C "$OPSMON_BIN" "${programs[@]}"
    copy_into inside -C "$demo/inside" .
    copy_into rules -C "$root/sidecar/rules" .
    "$root/tests/support/preload_conf.sh" "$run/stage" |
        as_server_user tee "$run/preload.conf" >/dev/null
}

check_environment
end_if_running
taken=$("$demo/ports.pl" "${ports[@]}") ||
    say_and_fail "The demo needs these ports, and nothing has been changed:
$taken"
prepare
enter start.sh "$("$PG_CONFIG" --bindir)"

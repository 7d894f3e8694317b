# shellcheck shell=bash
# shellcheck disable=SC2034
# What the demo's scripts share: where things are, and the processes of the demo, each known by its
# process id and the moment it started, so that no other process is ever taken for it.

set -euo pipefail
umask 077
export LC_ALL=C
# A user's own PGHOST, PGOPTIONS or proxies have no business with the demo's servers.
unset "${!PG@}" http_proxy HTTP_PROXY all_proxy ALL_PROXY
# The packages' perl modules, and nothing of the user's.
unset PERL5LIB PERL5OPT

run=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
primary_port=54320
standby_port=54321
sidecar_port=9788
slack_port=9789
service_port=9790
sidecar_url=http://127.0.0.1:$sidecar_port
# In the order in which they are started.
parts=(primary standby pgbench slack service sidecar)
cd "$run"

# When a process started, in clock ticks since boot: with the boot's id, a name never used again.
identity() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    # The command's name, in parentheses, may hold blanks; state is the first field after it.
    # shellcheck disable=SC2086
    set -- "$1" ${stat##*) }
    [ "$2" != Z ] || return 1
    printf '%s %s %s\n' "$1" "${21}" "$(</proc/sys/kernel/random/boot_id)"
}

# start PART COMMAND...: outlives this shell and its terminal.
start() {
    local part=$1
    shift
    setsid "$@" </dev/null >>"log/$part.log" 2>&1 &
    # One that has ended at once has no identity: whoever waits for it will find that out.
    identity $! >"pid/$part" || true
}

# Prints the process id of a part that runs.
pid_of() {
    local noted
    { read -r noted <"pid/$1"; } 2>/dev/null || return 1
    [ -n "$noted" ] && [ "$(identity "${noted%% *}")" = "$noted" ] && echo "${noted%% *}"
}

# A process and all that descend from it, the eldest first.
family_of() {
    echo "$1"
    sed -n "s/^\([0-9]*\) (.*) [A-Za-z] $1 .*/\1/p" /proc/[0-9]*/stat 2>/dev/null |
        while read -r child; do family_of "$child"; done || true
}

# sql PORT ARGUMENT_OF_PSQL...
sql() {
    local port=$1
    shift
    timeout 10 "$(<bindir)/psql" -X -q -w -A -t -v ON_ERROR_STOP=1 \
        -h "$run/sock" -p "$port" -U postgres -d postgres "$@"
}

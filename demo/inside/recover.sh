#!/bin/bash
# Starts the standby that an incident has killed, and waits until the primary sees it again.
# shellcheck source=demo/inside/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

limit_s=60

pid_of primary >/dev/null || {
    echo "The demo is not up. Begin: make demo" >&2
    exit 1
}
if pid_of standby >/dev/null; then
    echo "The standby is there."
    exit 0
fi
# Killed, it has left its lock behind, and perhaps children that have not noticed yet.
rm -f data/standby/postmaster.pid
start standby "$(<bindir)/postgres" -D "$run/data/standby"
until [ "$(sql "$primary_port" -c \
    "SELECT state = 'streaming' FROM opsmon.replication WHERE consumer = 'standby_1'" \
    2>/dev/null)" = t ]; do
    if ! pid_of standby >/dev/null || [ $SECONDS -ge $limit_s ]; then
        echo "The standby does not come back. See build/demo/log/standby.log" >&2
        exit 1
    fi
    sleep 0.2
done
echo "The standby is back, and takes WAL again; the alert resolves."

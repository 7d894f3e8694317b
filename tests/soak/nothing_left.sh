#!/bin/bash
# Is anything left of a soak? Fails, with what it is, while a process still lives in one of its
# namespaces or a volume of it is still mounted.
#
#   tests/soak/nothing_left.sh FILE     the namespaces, one a line, as /proc/PID/ns shows them
set -euo pipefail

left=0
while IFS= read -r space; do
    for link in /proc/[0-9]*/ns/{pid,mnt,net}; do
        if [ "$(readlink "$link" 2>/dev/null)" = "$space" ]; then
            pid=${link#/proc/}
            pid=${pid%%/*}
            echo "BROKEN  nothing is left: process $pid lives in $space:" \
                "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
            left=1
        fi
    done
done <"$1"
if grep -H opsmon-volumes /proc/self/mountinfo; then
    echo "BROKEN  nothing is left: these volumes are still mounted"
    left=1
fi
exit $left

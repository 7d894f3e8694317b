#!/bin/bash
# Prints which parts of the demo run. Ends with 0 when all do, 3 when none does, else 1.
# shellcheck source=demo/inside/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

running=0
for part in "${parts[@]}"; do
    if pid=$(pid_of "$part"); then
        running=$((running + 1))
        echo "  $part: running, process $pid"
    else
        echo "  $part: not running"
    fi
done
[ $running -lt ${#parts[@]} ] || exit 0
[ $running -gt 0 ] || exit 3
exit 1

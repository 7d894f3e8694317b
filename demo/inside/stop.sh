#!/bin/bash
# Ends the parts of the demo that still run, the last started first.
# shellcheck source=demo/inside/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

patience_s=10

# signal_and_wait PART SIGNAL: false when it still runs after a while.
signal_and_wait() {
    local part=$1 signal=$2 pid deadline=$((SECONDS + patience_s))
    pid=$(pid_of "$part") || return 0
    kill "-$signal" "$pid" 2>/dev/null || true
    kill -CONT "$pid" 2>/dev/null || true
    while pid_of "$part" >/dev/null; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.05
    done
}

# A server is asked for a fast shutdown, then for an immediate one; only then killed.
signals_for() {
    case $1 in
    primary | standby) echo INT QUIT KILL ;;
    *) echo TERM KILL ;;
    esac
}

stopped=()
failed=()
for ((i = ${#parts[@]} - 1; i >= 0; i--)); do
    part=${parts[i]}
    if ! pid_of "$part" >/dev/null; then continue; fi
    for signal in $(signals_for "$part"); do
        if signal_and_wait "$part" "$signal"; then break; fi
    done
    if pid_of "$part" >/dev/null; then failed+=("$part"); else stopped+=("$part"); fi
done
rm -f pid/*
if [ ${#failed[@]} -gt 0 ]; then
    echo "Could not end: ${failed[*]}" >&2
    exit 1
fi
if [ ${#stopped[@]} -gt 0 ]; then
    echo "Ended: ${stopped[*]}. The logs stay in build/demo/log/."
else
    echo "The demo is not running."
fi

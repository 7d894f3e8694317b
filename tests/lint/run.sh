#!/bin/bash
# Runs every check of checks/ on the project, prints `ok NAME` or `not ok NAME` with what is wrong,
# and ends with non-zero if anything is. A check is a program that is started in the project's top
# folder, prints faults as `file:line: what`, and ends with non-zero when there are any; selftest.sh
# proves that each one can.
#
#   tests/lint/run.sh [MODULE [SIDECAR]]     the built opsmon.so and opsmon-sidecar, for the checks
#                                            that look at them; without them, those are left out
#   tests/lint/run.sh --only NAME [FILE]     one check
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
cd "$here/../.." || exit 2
failed=0

check() {
    local name=$1 faults
    shift
    if faults=$("$@" 2>&1); then
        echo "ok $name"
    else
        echo "not ok $name"
        printf '%s\n' "$faults" | head -n 40 | sed 's/^/    /'
        failed=1
    fi
}

if [ "${1:-}" = --only ]; then
    shift
    name=${1:?which check?}
    shift
    check "$name" "$here/checks/$name" "$@"
    exit $failed
fi
module=${1:-}
sidecar=${2:-}
for path in "$here"/checks/*; do
    name=$(basename "$path")
    case $name in
    symbols) argument=$module ;;
    metrics_doc | reference) argument=$sidecar ;;
    *)
        check "$name" "$path"
        continue
        ;;
    esac
    if [ -n "$argument" ]; then
        check "$name" "$path" "$argument"
    else
        echo "# $name looks at something built, and none was given"
    fi
done
check selftest "$here/selftest.sh"
exit $failed

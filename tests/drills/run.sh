#!/bin/bash
# Runs the drills, or those given, and prints the verdict of each in a line. Needs root for mounting
# what is filled up; the servers run as an unprivileged user.
#
#   PG_CONFIG=… OPSMON_STAGE=… OPSMON_BIN=… tests/drills/run.sh RUNS [FILE]...
#
# RUNS: how often drill 1 runs each of its races.
set -euo pipefail

root=$(dirname "$(readlink -f "$0")")/../..
runs=$1
shift
[ $# -gt 0 ] || set -- "$root"/tests/drills/[0-9]*.pl
files=()
for file in "$@"; do files+=("tests/drills/$(basename "$file")"); done

"$root/tests/drills/build_tools.sh"
# The verdicts lie on a volume that is gone afterwards: they are printed from inside.
# shellcheck disable=SC2016
exec "$root/tests/drills/volumes.sh" bash -c '
    "$0/tests/support/prove.sh" drills "${@:2}" :: "$OPSMON_VOLUMES" "$1"
    code=$?
    echo
    cat "$OPSMON_VOLUMES/data/verdicts"
    exit $code' "$root" "$runs" "${files[@]}"

#!/bin/bash
# Measures opsmon and prints what was found as markdown: what the guard saves from what, how soon
# it stops the writers, what guard and sidecar cost. Needs root for mounting what is filled up; the
# servers run as an unprivileged user. All numbers are ratios against a peer in the same run, or
# counts.
#
#   PG_CONFIG=… OPSMON_STAGE=… OPSMON_BIN=… [PLOTS=FOLDER] tests/bench/run.sh RUNS [FILE]...
#
# RUNS: how often what varies is measured.
set -euo pipefail

root=$(dirname "$(readlink -f "$0")")/../..
runs=$1
shift
[ $# -gt 0 ] || set -- "$root"/tests/bench/[0-9]*.pl
files=()
for file in "$@"; do files+=("tests/bench/$(basename "$file")"); done

"$root/tests/drills/build_tools.sh"
# What was found lies on a volume that is gone afterwards: it is printed from inside.
# shellcheck disable=SC2016
exec "$root/tests/drills/volumes.sh" bash -c '
    "$0/tests/support/prove.sh" bench "${@:2}" :: "$OPSMON_VOLUMES" "$1"
    code=$?
    cat "$OPSMON_VOLUMES/data/found.md"
    [ -z "${PLOTS:-}" ] || cp "$OPSMON_VOLUMES"/data/plots/*.svg "$PLOTS/"
    exit $code' "$root" "$runs" "${files[@]}"

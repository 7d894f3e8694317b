#!/bin/bash
# Runs inside a root of root.sh, in a copy of the project: installs its packages, builds, runs the
# suites and notes how each ended. Every suite runs, also after one that failed.
#
#   tests/matrix/inside.sh SUITE...
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/../.."
exec </dev/null
results=build/results
rm -rf $results
mkdir -p $results

packages/install.sh build demo test
apt-get clean
pg_config --version | sed 's/^PostgreSQL \([^ ]*\).*/\1/' >$results/version

# The files of a suite that can run here, nothing when all of them can. What cannot is noted.
files_of() {
    [[ $1 = tap || $1 = e2e ]] && ! command -v slonik >/dev/null || return 0
    tests/support/files_without_slony.sh "$1" 2>>$results/note | tr '\n' ' '
}

failed=0
for suite in "$@"; do
    files=$(files_of "$suite")
    make "$suite" ${files:+PROVE_TESTS="$files"} || true
    # The last line of the tally; it does not know a suite that ended before its tests.
    tests/support/tally.sh $results "$suite" >$results/tally || failed=1
    tail -n 1 $results/tally >"$results/$suite.count"
done
exit $failed

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

# Who holds every answer against the Prometheus or the Alertmanager of Debian 12, which ours are
# those of: later ones answer some things differently.
originals='/(012_promql|013_notifications|014_rules|015_amtool|018_query_api|031_http_edges)'

# The files of a suite that can run here; what cannot is noted.
files_of() {
    local files prometheus
    prometheus=$(apt-cache policy prometheus | sed -n 's/^ *Candidate: //p')
    files=$(if command -v slonik >/dev/null; then
        printf '%s\n' "tests/$1"/*.pl
    else
        tests/support/files_without_slony.sh "$1" 2>>$results/note
    fi)
    if [[ $1 = e2e && $prometheus != 2.42.* ]]; then
        grep -E "$originals" <<<"$files" |
            sed 's/^/Prometheus and Alertmanager are others, so this was not run: /' >>$results/note
        files=$(grep -vE "$originals" <<<"$files")
    fi
    tr '\n' ' ' <<<"$files"
}

failed=0
for suite in "$@"; do
    case $suite in
    tap | e2e) make "$suite" PROVE_TESTS="$(files_of "$suite")" || true ;;
    *) make "$suite" || true ;;
    esac
    # The last line of the tally; it does not know a suite that ended before its tests.
    tests/support/tally.sh $results "$suite" >$results/tally || failed=1
    tail -n 1 $results/tally >"$results/$suite.count"
done
exit $failed

#!/bin/bash
# Runs one test suite and notes how it ended in build/results/NAME, for tally.sh: the exit code and
# the whole output. Prints the output as it comes and ends with the suite's own exit code.
#
#   tests/support/run_suite.sh NAME COMMAND [ARGUMENT]...
set -uo pipefail

name=$1
shift
results=$(dirname "$(readlink -f "$0")")/../../build/results
mkdir -p "$results"
echo "--- $name"
"$@" 2>&1 | tee "$results/$name.log"
code=${PIPESTATUS[0]}
echo "$code" >"$results/$name.exit"
exit "$code"

#!/bin/bash
# Prints the test files of a suite that need no Slony-I, for a server that has none. Those that need
# it are named on stderr, so that nobody takes them for passed.
#
#   tests/support/files_without_slony.sh tap|e2e
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/../.."
needs_it="OpsmonSlony|'slonik'"
grep -lE "$needs_it" "tests/$1"/*.pl | sed 's/^/no Slony-I here, so this is not run: /' >&2
grep -LE "$needs_it" "tests/$1"/*.pl

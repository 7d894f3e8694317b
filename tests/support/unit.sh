#!/bin/bash
# Runs the unit test programs of a folder, all of them even when one fails.
#
#   tests/support/unit.sh FOLDER [TEST-SPEC]
set -uo pipefail

folder=$1
spec=${2:-}
failed=0
for program in unit_core unit_sidecar; do
    if [ -n "$spec" ]; then
        # A name that one of the two programs does not have is not an error there.
        "$folder/$program" --list-test-names-only "$spec" | grep -q . || continue
        "$folder/$program" "$spec" || failed=1
    else
        "$folder/$program" || failed=1
    fi
done
exit $failed

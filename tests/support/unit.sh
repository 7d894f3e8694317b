#!/bin/bash
# Runs the unit test programs of a folder, all of them even when one fails.
#
#   tests/support/unit.sh FOLDER [TEST-SPEC]
set -uo pipefail
# Tests set what they need of libpq's environment themselves.
unset PGHOST PGHOSTADDR PGPORT PGSERVICE

folder=$1
spec=${2:-}
failed=0
ran=0
for program in unit_core unit_sidecar; do
    if [ -n "$spec" ]; then
        # A name that one of the two programs does not have is not an error there. Names are
        # indented in a listing; its exit code is how many there are, or not, by version of Catch2.
        names=$("$folder/$program" --list-tests "$spec" | grep '^  ')
        [ -n "$names" ] || continue
        ran=1
        "$folder/$program" "$spec" || failed=1
    else
        "$folder/$program" || failed=1
    fi
done
# The page's pure parts, in TypeScript, have a runner of their own.
page=$(dirname "$(readlink -f "$0")")/../../sidecar/page
if [ -z "$spec" ]; then
    "$page/test.sh" "$folder/../page-tests" || failed=1
elif grep -rqF "test(\"$spec\"" "$page/tests"; then
    ran=1
    "$page/test.sh" "$folder/../page-tests" "^$spec\$" || failed=1
fi
if [ -n "$spec" ] && [ $ran = 0 ]; then
    echo "no unit test is called \"$spec\"" >&2
    failed=1
fi
exit $failed

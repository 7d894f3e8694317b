#!/bin/bash
# Adds up what run_suite.sh noted and prints, after what the failed tests said, one line,
# `N passed, N failed`. A suite that did not run, or that ended badly without naming a failed test,
# counts as one failure.
#
#   tests/support/tally.sh RESULTS SUITE...
set -euo pipefail

results=$1
shift
passed=0
failed=0
failures=()
for suite in "$@"; do
    log=$results/$suite.log
    code=$(cat "$results/$suite.exit" 2>/dev/null || echo missing)
    read -r suite_passed suite_failed < <(perl -ne '
        # Catch2, per program
        if (/^All tests passed \(.* in (\d+) test cases?\)/)       { $p += $1 }
        if (/^test cases:\s+(\d+) \|/) {
            $p += $1;
            if (/(\d+) failed/) { $f += $1; $p -= $1 }
        }
        # pg_regress
        if (/^test .* \.\.\. ok\b/)                                { $p++ }
        if (/^test .* \.\.\. FAILED/)                              { $f++ }
        # prove: the subtests it ran, less those that failed
        if (/^Files=\d+, Tests=(\d+)/)                             { $p += $1 }
        if (m{(\d+)/\d+ subtests failed})                          { $f += $1; $p -= $1 }
        # lint
        if (/^ok /)                                                { $p++ }
        if (/^not ok /)                                            { $f++ }
        END { print $p + 0, " ", $f + 0, "\n" }' "$log" 2>/dev/null || echo "0 0")
    if [ "$code" != 0 ] && [ "$suite_failed" = 0 ]; then
        suite_failed=1
    fi
    if [ "$code" = 0 ] && [ "$suite_passed" = 0 ]; then
        suite_failed=1 # a suite that ran nothing has proven nothing
    fi
    if [ "$suite_failed" -gt 0 ]; then
        failures+=("$suite")
    fi
    printf '%-8s %5d passed, %d failed\n' "$suite" "$suite_passed" "$suite_failed"
    passed=$((passed + suite_passed))
    failed=$((failed + suite_failed))
done
# Again, for who sees only the end of a long log.
for suite in ${failures[@]+"${failures[@]}"}; do
    echo
    echo "--- $suite: the last of what its failed tests said"
    grep -E '^(#|not ok |test .* FAILED|.*: FAILED:)' "$results/$suite.log" |
        cut -c 1-500 | tail -n 40 || true
done
echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

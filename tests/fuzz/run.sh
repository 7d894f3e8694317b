#!/bin/bash
# Runs every fuzz target for a while, from its corpus in tests/fuzz/corpus/NAME, and prints
# `ok NAME` or `not ok NAME` with what broke it. What it finds stays in build/fuzz-found/.
#
#   tests/fuzz/run.sh FOLDER SECONDS      the folder with the programs; seconds for each
set -uo pipefail

programs=${1:?which folder?}
seconds=${2:?how many seconds each?}
root=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
found=$root/build/fuzz-found
failed=0
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

for source in "$root"/tests/fuzz/fuzz_*.cpp; do
    name=$(basename "$source" .cpp)
    name=${name#fuzz_}
    corpus=$root/tests/fuzz/corpus/$name
    if ! [ -d "$corpus" ] || [ -z "$(ls -A "$corpus")" ]; then
        echo "not ok $name: tests/fuzz/corpus/$name holds nothing to begin with"
        failed=1
        continue
    fi
    mkdir -p "$found/$name"
    work=$(mktemp -d)
    if "$programs/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$found/$name/" \
        "$work" "$corpus" >"$found/$name.log" 2>&1; then
        inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found/$name.log")
        echo "ok $name ($inputs inputs)"
    else
        echo "not ok $name: see build/fuzz-found/$name.log"
        tail -n 30 "$found/$name.log" | sed 's/^/    /'
        failed=1
    fi
    rm -rf "$work"
done
exit $failed

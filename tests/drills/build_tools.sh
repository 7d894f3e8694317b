#!/bin/bash
# Builds the programs and libraries of tests/drills/tools into build/drill-tools.
#
#   PG_CONFIG=… tests/drills/build_tools.sh
set -euo pipefail

root=$(dirname "$(readlink -f "$0")")/../..
out=$root/build/drill-tools
options=(-std=c++20 -O1 -Wall -Wextra "-I$("$PG_CONFIG" --includedir)")
newer_than() { [ ! -e "$2" ] || [ "$1" -nt "$2" ]; }

mkdir -p "$out"
if newer_than "$root/tests/drills/tools/probe.cpp" "$out/probe"; then
    g++ "${options[@]}" -o "$out/probe" "$root/tests/drills/tools/probe.cpp" -lpq
fi
if newer_than "$root/tests/drills/tools/wrong_clock.cpp" "$out/wrong_clock.so"; then
    g++ "${options[@]}" -shared -fPIC -o "$out/wrong_clock.so" \
        "$root/tests/drills/tools/wrong_clock.cpp" -ldl
fi
# The server's headers are C: warnings about them are nobody's here.
if newer_than "$root/tests/drills/tools/empty_hooks.cpp" "$out/empty_hooks.so"; then
    g++ -std=c++20 -O2 -shared -fPIC "-isystem$("$PG_CONFIG" --includedir-server)" \
        -o "$out/empty_hooks.so" "$root/tests/drills/tools/empty_hooks.cpp"
fi

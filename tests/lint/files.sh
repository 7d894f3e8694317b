#!/bin/bash
# Prints the project's own files, those not yet committed included, one a line, whose names match
# one of the patterns. Outside of a usable git repository (a release's archive, the lint's own
# tests) that is all there is but build/.
#
#   tests/lint/files.sh PATTERN...      '*.cpp' 'sql/*' — as git understands them: * also matches /
set -euo pipefail

if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
    git ls-files -co --exclude-standard -- "$@" | while IFS= read -r file; do
        # One that is deleted and not yet committed is still listed.
        if [ -f "$file" ]; then printf '%s\n' "$file"; fi
    done
    exit 0
fi
find . \( -path ./build -o -path ./.git -o -name node_modules \) -prune -o -type f -printf '%P\n' |
    LC_ALL=C sort |
    while IFS= read -r file; do
        for pattern in "$@"; do
            # shellcheck disable=SC2053
            if [[ $file == $pattern ]]; then
                printf '%s\n' "$file"
                break
            fi
        done
    done

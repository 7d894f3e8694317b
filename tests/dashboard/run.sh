#!/bin/bash
# Checks the dashboards against Grafana's types. Those and the compiler come from npm, as
# package-lock.json has them, into build/dashboard/, once.
#
#   tests/dashboard/run.sh
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
root=$(dirname "$(dirname "$here")")
modules=$root/build/dashboard/node_modules

if ! cmp -s "$here/package-lock.json" "$root/build/dashboard/installed.json"; then
    rm -rf "$root/build/dashboard"
    mkdir -p "$root/build/dashboard"
    cp "$here/package.json" "$here/package-lock.json" "$root/build/dashboard/"
    npm ci --prefix "$root/build/dashboard" --ignore-scripts --no-audit --no-fund --loglevel=error
    cp "$here/package-lock.json" "$root/build/dashboard/installed.json"
fi
cd "$root"
node "$here/rules_selftest.mjs"
exec node "$here/check.mjs" "$modules" sidecar/dashboards/*.json

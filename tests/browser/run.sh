#!/bin/bash
# Opens the page in headless Chromium on the demo, which it starts and ends unless it runs already,
# and lets 50 readers poll. Is called by `make browser`.
#
#   OPSMON_STAGE=… OPSMON_BIN=… PG_CONFIG=… tests/browser/run.sh [FOLDER]
#
# FOLDER is for pictures.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
root=$(dirname "$(dirname "$here")")
pictures=$(readlink -m "${1:-$root/build/browser}")
mkdir -p "$pictures"
"$root/sidecar/page/install.sh" "$here"

begun=no
end() {
    if [ $begun = yes ]; then "$root/demo/down.sh"; fi
}
trap end EXIT
if ! "$root/demo/running.sh"; then
    begun=yes
    "$root/demo/up.sh" >/dev/null
fi
cd "$here"
for suite in page load; do
    OPSMON_ROOT=$root OPSMON_PICTURES=$pictures \
        node --test --test-reporter=tap "$suite.test.mjs"
done

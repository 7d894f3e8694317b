#!/bin/bash
# Ends exactly what up.sh has started, as long as it still runs. The logs stay in build/demo/log.
# Is called by `make demo-stop`.
set -euo pipefail
# shellcheck source=demo/outside.sh
. "$(dirname "$(readlink -f "$0")")/outside.sh"

if has_demo; then
    enter stop.sh
else
    echo "The demo is not running."
fi

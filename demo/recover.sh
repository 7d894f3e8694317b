#!/bin/bash
# Lets the demo's standby return after an incident. Is called by `make demo-recover`.
set -euo pipefail
# shellcheck source=demo/outside.sh
. "$(dirname "$(readlink -f "$0")")/outside.sh"

has_demo || say_and_fail "The demo is not running: make demo"
enter recover.sh

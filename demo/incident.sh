#!/bin/bash
# Lets the demo's standby vanish as a lost machine does, and waits for the message in the stand-in
# for Slack. Is called by `make demo-incident`.
set -euo pipefail
# shellcheck source=demo/outside.sh
. "$(dirname "$(readlink -f "$0")")/outside.sh"

has_demo || say_and_fail "The demo is not running: make demo"
enter incident.sh

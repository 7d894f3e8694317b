#!/bin/bash
# Succeeds if the demo of this folder runs, all parts of it. Says nothing.
set -euo pipefail
# shellcheck source=demo/outside.sh
. "$(dirname "$(readlink -f "$0")")/outside.sh"

has_demo && enter status.sh >/dev/null 2>&1

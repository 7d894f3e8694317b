#!/bin/bash
# Prints the TAP files that can run in the server of server.sh; the others are named on stderr, with
# why: that server has neither Slony-I nor pg_cron, and PostgreSQL's own checkpointer asserts that
# the clock is not set back by years (its time-out leaves the range of an int).
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
set_back=tests/tap/025_history_clock.pl
echo "its checkpointer asserts that no clock is set back, so this is not run: $set_back" >&2
needs_cron=tests/tap/045_fence_background_workers.pl
echo "no pg_cron here, so this is not run: $needs_cron" >&2
"$here/../support/files_without_slony.sh" tap | grep -vx -e "$set_back" -e "$needs_cron"

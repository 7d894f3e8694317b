#!/bin/bash
# Ends with non-zero, and shows the place, when a server of a test has found a fault in itself: an
# assertion that failed, or what a sanitizer reports (make sanitize-server). Such a server starts
# again by itself, and a test that expects restarts would not notice.
#
#   tests/support/server_faults.sh FOLDER     of logs
set -uo pipefail

faults='TRAP: |AddressSanitizer|LeakSanitizer|: runtime error: |detected write past chunk end'
if grep -rE -A 25 -m 3 "$faults" "$1"; then
    echo "server_faults.sh: a server has found a fault in itself" >&2
    exit 1
fi
exit 0

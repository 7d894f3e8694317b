#!/bin/bash
# Prints what there is to see in the running demo, and to try.
# shellcheck source=demo/inside/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# Debian's wrapper is what people type; other systems may have no psql on their PATH.
psql=$(command -v psql >/dev/null && echo psql || echo "$(<bindir)/psql")

# try WHAT PORT STATEMENT
try() {
    printf '           %s\n' "$1"
    printf '             %s -h %s -p %s -U postgres -d postgres -c "%s"\n' \
        "$psql" "$run/sock" "$2" "$3"
}

cat <<END

  See      $sidecar_url/           the page: overview; /alerts, /consumers, /targets
           $sidecar_url/metrics    what Prometheus would scrape
           $sidecar_url/api/v1/top_talkers   who is connected; /api/v1/probes, /api/v1/requests
           http://127.0.0.1:$slack_port/messages   what Slack would show (build/demo/slack.jsonl)
           http://127.0.0.1:$service_port/health     the service that is probed
           build/demo/log/                  the logs

  Ask
END
try "who takes WAL from the primary, and how far is each behind?" "$primary_port" \
    "SELECT consumer, state, lag_bytes, reply_age FROM opsmon.replication"
try "what does each slot hold back, and since when is nobody there?" "$primary_port" \
    "SELECT slot_name, active, retained_bytes, inactive_since FROM opsmon.slots"
try "the volumes, asked on the standby, where nothing can be written:" "$standby_port" \
    "SELECT volume, free_bytes, size_bytes, age FROM opsmon.volumes"
cat <<END

  Break    make demo-incident     the standby vanishes; within 10 s Slack knows
  Mend     make demo-recover      the standby returns
  Stop     make demo-stop
END

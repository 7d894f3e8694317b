#!/bin/bash
# Kills the standby, all its processes at once, and waits for the message that says so.
# shellcheck source=demo/inside/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

limit_ms=15000

now_ms() {
    date +%s%3N
}

seconds() {
    printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100))
}

# The first critical message about the standby after the first $1 lines.
message_after() {
    tail -n "+$(($1 + 1))" slack.jsonl | grep -m 1 -i 'critical.*standby_1\|standby_1.*critical'
}

for part in primary sidecar slack; do
    pid_of "$part" >/dev/null || {
        echo "The demo is not up ($part does not run). Begin anew: make demo-stop && make demo" >&2
        exit 1
    }
done
standby=$(pid_of standby) || {
    echo "The standby has vanished already. Begin anew: make demo-stop && make demo" >&2
    exit 1
}

seen=$(wc -l <slack.jsonl)
began_ms=$(now_ms)
# Word by word on purpose: all in one system call after another, the eldest first, so that none is
# left to say goodbye for the others.
# shellcheck disable=SC2046
kill -KILL $(family_of "$standby") || true # a child may have ended meanwhile
cat <<END
The standby is gone: all its processes were killed, without a goodbye. Its slot standby_1 now
keeps every WAL file on the primary. Within 10 s a critical message is to arrive in
build/demo/slack.jsonl.
END
until message=$(message_after "$seen"); do
    if [ $(($(now_ms) - began_ms)) -gt $limit_ms ]; then
        echo "No message came within $((limit_ms / 1000)) s. See build/demo/log/sidecar.log" >&2
        exit 1
    fi
    sleep 0.1
done
elapsed_ms=$(($(now_ms) - began_ms))
printf '\nAfter %s s Slack shows:\n' "$(seconds $elapsed_ms)"
perl inside/show_message.pl <<<"$message"
printf '\nWhat the server itself says:\n  psql -h %s -p %s -U postgres -d postgres -c "%s"\n' \
    "$run/sock" "$primary_port" "TABLE opsmon.slots"

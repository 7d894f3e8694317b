#!/bin/bash
# Fetches programs that opsmon is only tried against, never installs them: Debian's package is
# unpacked into build/peers/, where its files lie as they would under /. Does nothing when the
# program is already there.
#
#   packages/peers.sh NAME...      for instance: packages/peers.sh prometheus
set -euo pipefail
export LC_ALL=C

root=$(dirname "$(dirname "$(readlink -f "$0")")")
peers=$root/build/peers

fail() {
    printf 'packages/peers.sh: %s\n' "$*" >&2
    exit 1
}

# apt-get download, as root, wants a folder that the user _apt can write.
download() {
    local name=$1 into=$2
    (cd "$into" && apt-get download -q -o APT::Sandbox::User=root "$name")
}

[ $# -gt 0 ] || fail "which peers? For instance: packages/peers.sh prometheus"
for name in "$@"; do
    case $name in
    prometheus | prometheus-alertmanager | nginx | wrk | libluajit-5.1-2) ;;
    prometheus-node-exporter | prometheus-postgres-exporter | prometheus-blackbox-exporter) ;;
    postgresql-[0-9][0-9]-powa | postgresql-[0-9][0-9]-pg-wait-sampling) ;;
    *)
        fail "no peer \"$name\"; there are: prometheus prometheus-alertmanager nginx wrk" \
            "libluajit-5.1-2 prometheus-node-exporter prometheus-postgres-exporter" \
            "prometheus-blackbox-exporter postgresql-NN-powa postgresql-NN-pg-wait-sampling"
        ;;
    esac
done
names=()
for name in "$@"; do
    names+=("$name")
    # In newer Debians its tool is a package of its own.
    if [ "$name" = prometheus ] && apt-cache show promtool >/dev/null 2>&1; then
        names+=(promtool)
    fi
done
mkdir -p "$peers"
work=$(mktemp -d "$peers/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
for name in "${names[@]}"; do
    [ ! -e "$peers/.$name" ] || continue
    if ! download "$name" "$work" >"$work/log" 2>&1; then
        if [ "$(id -u)" = 0 ]; then apt-get update -q >>"$work/log" 2>&1 || true; fi
        download "$name" "$work" >>"$work/log" 2>&1 ||
            fail "cannot download $name: $(tail -n 1 "$work/log"). Perhaps: apt-get update"
    fi
    dpkg -x "$work/$name"_*.deb "$peers"
    touch "$peers/.$name"
    printf 'build/peers: %s\n' "$(cd "$work" && echo "$name"_*.deb)"
done

#!/bin/bash
# Installs the packages that packages/build.sh has built in a Debian of its own, which is made for
# this and thrown away: systemd is booted in it, and lifecycle.pl does there what an administrator
# does, from the installation to the purge. Needs root.
#
#   tests/packages/run.sh
#
# OPSMON_MATRIX_MIRROR: whose Debian it is.
set -euo pipefail
export LC_ALL=C.UTF-8

here=$(dirname "$(readlink -f "$0")")
tree=$(readlink -f "$here/../..")
built=$tree/build/packages
# shellcheck disable=SC1091
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
export OPSMON_MATRIX_DIR=/var/tmp/opsmon-packages
enter=("$tree/tests/matrix/root.sh" "$release")
folder=$OPSMON_MATRIX_DIR/$release

refuse() {
    printf 'tests/packages/run.sh: %s\n' "$*" >&2
    exit 2
}

"$tree/tests/matrix/root.sh" --possible
compgen -G "$built/*.deb" >/dev/null || refuse "there are no packages: make packages"
"$tree/tests/matrix/root.sh" --remove "$release" || refuse "this Debian is none of the matrix"
trap '"$tree/tests/matrix/root.sh" --remove "$release"' EXIT

log=$tree/build/packages/root.log
printf 'a Debian %s is made; what happens is told in build/packages/root.log\n' "$release"
"${enter[@]}" true >"$log" 2>&1 || refuse "no root could be made; see $log"
mkdir -p "$folder/opsmon"
cp "$built"/*.deb "$here/lifecycle.pl" "$folder/opsmon/"
rm -f "$folder"/opsmon/*-dbgsym_*
# The packages were built beside the newest server, the one with security's corrections.
if [ "$release" != sid ]; then
    mirror=${OPSMON_MATRIX_MIRROR:-http://deb.debian.org/debian}
    echo "deb $mirror-security $release-security main" \
        >"$folder/etc/apt/sources.list.d/security.list"
fi
# Inside there is no network: what the packages need is fetched, and not yet installed.
"${enter[@]}" sh -c 'apt-get update -q &&
    apt-get install -y -q --no-install-recommends systemd dbus libnss-systemd postgresql perl &&
    apt-get install -y -q --no-install-recommends --download-only /opsmon/*.deb' \
    >>"$log" 2>&1 || { tail -n 20 "$log" && refuse "Debian's packages could not be had"; }
"$here/boot.sh" "$folder" perl /opsmon/lifecycle.pl

#!/bin/bash
# Runs the soak for so many minutes, in namespaces and on volumes of its own, and looks afterwards
# whether anything of it is left. Needs root for both; the programs run as an unprivileged user.
#
#   PG_CONFIG=… OPSMON_STAGE=… OPSMON_BIN=… tests/soak/run.sh MINUTES
#
# SOAK_SEED=N begins the same things at the same moments again; SOAK_PLANT=1 plants a fault for
# every promise and is well when each of them is seen.
set -euo pipefail

root=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
minutes=$1
refuse() {
    echo "make soak: $1" >&2
    exit 2
}

[[ $minutes =~ ^[1-9][0-9]{0,4}$ ]] || refuse "MINUTES is a number from 1 to 99999, not $minutes"
[ "$(id -u)" = 0 ] || refuse "this needs network namespaces and volumes of its own, and only root
can make them. Run it as root: the programs themselves run as an ordinary user."
unshare --net true 2>/dev/null || refuse "no network namespace can be made here, not even as root
(a container without the capability SYS_ADMIN?). On an ordinary machine it works."
unshare --net nft list ruleset >/dev/null 2>&1 || refuse "nft cannot be used here: the package
nftables is missing (packages/install.sh), or the kernel has no nf_tables"

perl "$root/tests/soak/selftest.pl"
"$root/tests/drills/build_tools.sh"
run=$("$root/tests/support/run_dir.sh" soak)
OPSMON_RUN=$run "$root/tests/support/fill_run_dir.sh"
export OPSMON_RUN=$run PATH
PATH=$("$PG_CONFIG" --bindir):$PATH
spaces=$run/namespaces
: >"$spaces"
code=0
# Whatever ends this script ends the soak as well.
# shellcheck disable=SC2016
setpriv --pdeathsig TERM "$root/tests/drills/volumes.sh" unshare --net bash -c '
    readlink /proc/self/ns/{pid,mnt,net} >"$0"
    exec perl "$OPSMON_RUN/tests/soak/soak.pl" "$1" "$OPSMON_VOLUMES"' \
    "$spaces" "$minutes" || code=$?
if "$root/tests/soak/nothing_left.sh" "$spaces"; then
    echo "held    nothing is left: no process, mount or namespace of the soak"
else
    code=1
fi
if [ $code -eq 0 ]; then
    "$root/tests/support/run_dir.sh" --remove soak
else
    echo "The logs are in build/soak/log."
fi
exit $code

#!/bin/bash
# Runs a command with throw-away volumes under $OPSMON_VOLUMES, in namespaces of its own: when the
# command ends, however it ends, its mounts, its processes and its shared memory are gone with it.
#
#   wal, standby    512 MB tmpfs            data    6 GB tmpfs for what is not to run out
#   small           512 MB tmpfs            tools   programs of tests/drills/tools, if built
#   ext4            512 MB ext4, on an image   read_only   a tmpfs that nobody can write
#
#   tests/drills/volumes.sh COMMAND [ARGUMENT]...
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
support=$here/../support
volume_mb=512

refuse() {
    echo "$1" >&2
    exit 2
}

mount_all() {
    local name
    mount -t tmpfs -o mode=755 opsmon-volumes "$OPSMON_VOLUMES"
    # The image lies beside the volumes and not on them: a volume on an image on a volume would hold
    # itself for ever.
    mount -t tmpfs -o mode=1777 opsmon-memory /dev/shm
    cd "$OPSMON_VOLUMES"
    mkdir wal standby small data ext4 read_only tools
    for name in wal standby small; do
        mount -t tmpfs -o "size=${volume_mb}m" opsmon-volume "$name"
    done
    mount -t tmpfs -o size=6g opsmon-volume data
    truncate -s "${volume_mb}M" /dev/shm/image
    mkfs.ext4 -q -m 0 /dev/shm/image
    mount -o loop /dev/shm/image ext4
    mount -t tmpfs -o ro opsmon-volume read_only
    rm /dev/shm/image
    for name in wal standby small data ext4; do
        chown "$("$support/unprivileged.sh" id -u):$("$support/unprivileged.sh" id -g)" "$name"
    done
    cp "$here"/../../build/drill-tools/* tools/ 2>/dev/null || true
    chmod 755 tools tools/* 2>/dev/null || true
    cd "$here/../.."
}

if [ "${1:-}" = --inside ]; then
    shift
    mount_all || refuse "volumes.sh: volumes cannot be mounted here"
    "$@"
    exit
fi
[ $# -gt 0 ] || refuse "volumes.sh: which command?"
[ "$(id -u)" = 0 ] || refuse "volumes.sh: this needs volumes of its own that can be filled up, and
only root can mount them. Run it as root: the servers themselves run as an ordinary user."
own_namespaces=(unshare --mount --pid --ipc --fork --kill-child --mount-proc)
"${own_namespaces[@]}" true 2>/dev/null ||
    refuse "volumes.sh: nothing can be mounted here, not even as root (a container without the
capability SYS_ADMIN?). On an ordinary machine, physical or virtual, it works."

OPSMON_VOLUMES=$(mktemp -d /var/tmp/opsmon-volumes.XXXXXX)
export OPSMON_VOLUMES
# Whatever ends this process ends everything inside as well.
setpriv --pdeathsig KILL "${own_namespaces[@]}" "$0" --inside "$@" &
inside=$!
clean_up() {
    kill -KILL $inside 2>/dev/null || true
    wait $inside 2>/dev/null || true
    rmdir "$OPSMON_VOLUMES"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
wait $inside

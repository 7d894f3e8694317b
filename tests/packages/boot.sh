#!/bin/bash
# Boots systemd in a root of another Debian (tests/matrix/root.sh makes one), with namespaces and
# control groups of its own and without a network, runs a command in it, and ends all of it with the
# command, however that ends. Needs root.
#
#   tests/packages/boot.sh ROOT COMMAND [ARGUMENT]...
set -euo pipefail

here=$(readlink -f "$0")

refuse() {
    printf 'tests/packages/boot.sh: %s\n' "$*" >&2
    exit 2
}

# Process 1 of the new namespaces: everything mounted as systemd wants it, then systemd itself.
inside() {
    local root=$1
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    else # version 1 and 2 side by side
        mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
        mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
        mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
        mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
    fi
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    # Nodes of its own, not the machine's: systemd takes what it thinks is its console for itself.
    mknod -m 666 "$root/dev/null" c 1 3
    mknod -m 600 "$root/dev/console" c 1 3
    mknod -m 666 "$root/dev/zero" c 1 5
    mknod -m 666 "$root/dev/full" c 1 7
    mknod -m 666 "$root/dev/random" c 1 8
    mknod -m 666 "$root/dev/urandom" c 1 9
    mknod -m 666 "$root/dev/tty" c 5 0
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    cd "$root"
    mkdir -p mnt
    pivot_root . mnt
    umount --lazy /mnt
    # As systemd has it where it made the mounts itself: so services get those made for them.
    mount --make-rshared /
    exec env -i container=opsmon PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
        /lib/systemd/systemd --system --log-target=journal --show-status=0
}

if [ "${1:-}" = --inside ]; then
    inside "$2"
fi
[ "$(id -u)" = 0 ] || refuse "only root can boot a Debian in a folder"
root=$(readlink -f "${1:?which root?}")
shift
[ -x "$root/lib/systemd/systemd" ] || refuse "$root has no systemd"

# systemd must find a control group that is its own root, in each hierarchy. (That of cpuset takes
# nobody in before it has processors, and systemd does not use it in version 1.)
groups=()
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
    if [ -e "$hierarchy/cgroup.procs" ] && [ ! -e "$hierarchy/cpuset.cpus" ]; then
        groups+=("$hierarchy/opsmon-packages-$$")
        mkdir "$hierarchy/opsmon-packages-$$" || refuse "no control group can be made in $hierarchy"
    fi
    [ "$hierarchy" != /sys/fs/cgroup ] || [ ${#groups[@]} = 0 ] || break
done
(
    for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs"; done
    exec setpriv --pdeathsig KILL unshare --mount --pid --ipc --uts --cgroup --net \
        --fork --kill-child --mount-proc "$here" --inside "$root"
) </dev/null &
outer=$!

# shellcheck disable=SC2317 # called by the trap
end_all() {
    local group
    kill -KILL "$outer" 2>/dev/null || true
    wait "$outer" 2>/dev/null || true
    for group in "${groups[@]}"; do
        # The last processes of the namespace may still be on their way out.
        for _ in $(seq 100); do
            find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
            [ -d "$group" ] || break
            sleep 0.05
        done
    done
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Its process 1 is a child of unshare; it can be asked when its bus is there.
booted=
for _ in $(seq 600); do
    kill -0 "$outer" 2>/dev/null || refuse "systemd ended in $root; look into its var/log/journal"
    init=$(tr -d ' ' <"/proc/$outer/task/$outer/children" || true)
    if [ -n "$init" ] && [ "$(cat "/proc/$init/comm" 2>/dev/null)" = systemd ]; then
        state=$(nsenter --target "$init" --all systemctl is-system-running 2>/dev/null || true)
        case $state in
        running | degraded)
            booted=$init
            break
            ;;
        esac
    fi
    sleep 0.1
done
[ -n "$booted" ] || refuse "systemd did not come up in $root within a minute"
code=0
nsenter --target "$booted" --all env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "$@" </dev/null &
wait $! || code=$? # in the background, so that a signal is heard meanwhile
exit $code

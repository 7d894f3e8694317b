#!/bin/bash
# Runs a command in a root of another release of Debian, which is made by debootstrap when it is
# not there. The command has namespaces of its own: when it ends, however it ends, its mounts and
# its processes are gone with it, and the root is an ordinary folder again.
#
#   tests/matrix/root.sh RELEASE COMMAND [ARGUMENT]...     for instance: … trixie bash
#   tests/matrix/root.sh --remove RELEASE
#   tests/matrix/root.sh --possible        whether it can be done here, or why not
#
# OPSMON_MATRIX_DIR: where the roots lie. OPSMON_MATRIX_MIRROR: whose Debian it is.
set -euo pipefail
export LC_ALL=C

folder=${OPSMON_MATRIX_DIR:-/var/tmp/opsmon-matrix}
mirror=${OPSMON_MATRIX_MIRROR:-http://deb.debian.org/debian}

refuse() {
    echo "tests/matrix/root.sh: $1" >&2
    exit 2
}

# Only what is whole is called by the release's name.
make_root() {
    local release=$1
    rm -rf --one-file-system "$folder/$release.new"
    debootstrap --variant=minbase "$release" "$folder/$release.new" "$mirror" || {
        echo "tests/matrix/root.sh: debootstrap could not make a root of $release from $mirror;" \
            "OPSMON_MATRIX_MIRROR names another" >&2
        exit 1
    }
    mv "$folder/$release.new" "$folder/$release"
}

# How this machine reaches package archives, and whom it trusts, holds inside as well.
hand_over_network() {
    local root=$1
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    apt-config dump 2>/dev/null | grep -E '^Acquire::(https?::Proxy|Check-)' \
        >"$root/etc/apt/apt.conf.d/01opsmon-as-outside" || true
    if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
        cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/opsmon-certificates.crt"
    fi
}

mount_all() {
    local root=$1
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --bind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 opsmon-memory "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 opsmon-tmp "$root/tmp"
}

if [ "${1:-}" = --inside ]; then
    release=$2
    shift 2
    [ -d "$folder/$release" ] || make_root "$release"
    hand_over_network "$folder/$release"
    mount_all "$folder/$release" || refuse "nothing can be mounted under $folder/$release"
    certificates=/etc/opsmon-certificates.crt
    [ -e "$folder/$release$certificates" ] || certificates=
    exec chroot "$folder/$release" /usr/bin/env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive ${JOBS:+"JOBS=$JOBS"} \
        ${certificates:+"NODE_EXTRA_CA_CERTS=$certificates"} \
        ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
        ${no_proxy:+"no_proxy=$no_proxy"} "$@"
fi

must_be_possible() {
    [ "$(id -u)" = 0 ] || refuse "only root can make and enter a root of another Debian. Run it as
root: what is tested inside runs as the user postgres."
    command -v debootstrap >/dev/null || refuse "debootstrap is missing: packages/install.sh matrix"
    "${own_namespaces[@]}" true 2>/dev/null ||
        refuse "nothing can be mounted here, not even as root (a container without the capability
SYS_ADMIN?). On an ordinary machine, physical or virtual, it works."
}

own_namespaces=(unshare --mount --pid --ipc --fork --kill-child --mount-proc)
if [ "${1:-}" = --possible ]; then
    must_be_possible
    exit 0
fi
remove=no
if [ "${1:-}" = --remove ]; then
    remove=yes
    shift
fi
release=${1:-}
case $release in
bookworm | trixie | sid) shift ;;
*) refuse "no release \"$release\"; there are: bookworm trixie sid" ;;
esac
must_be_possible
mkdir -p "$folder"
exec 9>"$folder/$release.lock"
flock -n 9 || refuse "$folder/$release is in use by another run; end it, or wait for it"
if [ $remove = yes ]; then
    rm -rf --one-file-system "${folder:?}/$release" "$folder/$release.new"
    rm -f "$folder/$release.lock"
    rmdir --ignore-fail-on-non-empty "$folder"
    exit 0
fi
# Whatever ends this process ends everything inside as well.
setpriv --pdeathsig KILL "${own_namespaces[@]}" "$(readlink -f "$0")" --inside "$release" "$@" \
    <&0 9>&- &
inside=$!
trap 'kill -KILL $inside 2>/dev/null || true; wait $inside 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
code=0
wait $inside || code=$?
exit $code

#!/bin/bash
# Prints a folder, made if need be, in which the user that runs PostgreSQL (see unprivileged.sh) can
# work, and nobody else but root. It is build/NAME, or build/NAME is a symbolic link to it: a
# checkout may lie where only root can go, or too deep for the path of a unix socket.
#
#   tests/support/run_dir.sh NAME
#   tests/support/run_dir.sh --remove NAME     the folder and all that is in it
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
build=$(dirname "$(dirname "$here")")/build
# A socket's path has 107 bytes; "/sock/.s.PGSQL.54320" and the folders of a TAP test need the rest.
path_bytes_max=60

remove=no
if [ "${1:-}" = --remove ]; then
    remove=yes
    shift
fi
case ${1:-} in
'' | .* | */* | *[!A-Za-z0-9_.-]*)
    echo "run_dir.sh: a NAME is made of letters, digits and _ . -" >&2
    exit 2
    ;;
esac
link=$build/$1
elsewhere_prefix=/var/tmp/opsmon-$1.

usable() {
    "$here/unprivileged.sh" test -d "$1" -a -O "$1" -a -w "$1" -a -x "$1"
}

# What we made elsewhere earlier, and nothing else that a link might point to.
ours_elsewhere() {
    [ -L "$link" ] && [[ $(readlink "$link") =~ ^"$elsewhere_prefix"[A-Za-z0-9]{6}$ ]]
}

remove_run_dir() {
    if ours_elsewhere; then rm -rf "$(readlink "$link")"; fi
    rm -rf "$link"
}

give_to_server_user() {
    if [ "$(id -u)" = 0 ]; then chown "$server_owner" "$1"; fi
}

make_here() {
    [ ${#link} -le $path_bytes_max ] || return 1
    mkdir -p "$link"
    chmod 700 "$link"
    give_to_server_user "$link"
    usable "$link"
}

make_elsewhere() {
    local folder
    # Whatever is there already is empty, or has been left by an earlier run as another user.
    if [ -e "$link" ] && ! rmdir "$link" 2>/dev/null; then
        echo "run_dir.sh: the server's user cannot work in $link: remove it and try again" >&2
        exit 1
    fi
    rm -f "$link"
    folder=$(mktemp -d "${elsewhere_prefix}XXXXXX") || exit 1
    give_to_server_user "$folder" || exit 1
    ln -s "$folder" "$link"
}

if [ $remove = yes ]; then
    remove_run_dir
    exit 0
fi
server_owner=$("$here/unprivileged.sh" id -u):$("$here/unprivileged.sh" id -g)
mkdir -p "$build"
if ! { ours_elsewhere && usable "$(readlink "$link")"; }; then
    if [ -L "$link" ]; then rm -f "$link"; fi
    make_here || make_elsewhere
fi
readlink -f "$link"

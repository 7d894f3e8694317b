#!/bin/bash
# Builds a PostgreSQL that finds faults, from Debian's source of the server this machine has: with
# its own assertions (--enable-cassert, which also fills freed memory and looks for what was written
# past an end), AddressSanitizer and UndefinedBehaviorSanitizer. An extension that is built with the
# pg_config of that server is built in the same way. Prints the path of pg_config. Nothing is
# installed into the system; a second call finds what the first has built.
#
#   tests/sanitize/server.sh FOLDER [JOBS]
set -euo pipefail

folder=$(mkdir -p "$1" && readlink -f "$1")
jobs=${2:-$(nproc)}
# Leaves out what opsmon has no use for: documentation, languages, NLS, LLVM.
options=(--enable-cassert --enable-debug --enable-tap-tests --with-openssl --without-readline)
# Not of C++'s run-time types, which the extension does not have (docs/decisions/0002); no fault is
# passed over.
sanitizers='-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all'
flags="-O1 -g -fno-omit-frame-pointer $sanitizers"
# initdb and the like leave what they allocated to exit(); a stack that moves looks too deep.
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0

fail() {
    printf 'tests/sanitize/server.sh: %s\n' "$*" >&2
    exit 1
}

# apt with lists of its own: the system's need not have any of sources.
apt_sources() {
    local file
    mkdir -p "$folder/apt/sources" "$folder/apt/lists/partial" "$folder/source"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        [ -e "$file" ] || continue
        case $file in
        *.sources)
            sed 's/^Types:.*/Types: deb-src/' "$file" >"$folder/apt/sources/${file##*/}"
            ;;
        *.list)
            sed -n 's/^deb\( .*\)/deb-src\1/p' "$file" >"$folder/apt/sources/${file##*/}"
            ;;
        esac
    done
    apt=(-q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/apt/sources"
        -o Dir::State::Lists="$folder/apt/lists" -o Dir::Cache::pkgcache=
        -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
    apt-get "${apt[@]}" update
}

# The newest of them that the archive really has, with Debian's patches: one lets tests load an
# extension from a folder of theirs.
download() {
    local package=$1 version
    apt_sources
    cd "$folder/source"
    for version in $(apt-cache "${apt[@]}" showsrc "$package" |
        sed -n 's/^Version: //p' | sort -rV); do
        if apt-get "${apt[@]}" source --download-only "$package=$version"; then
            dpkg-source -x "$package"_*.dsc tree
            return
        fi
        rm -f "$folder"/source/*
    done
    fail "the package archive has no source of $package"
}

# With the modules that tests use. Out of the tree, as Debian does: only then can extensions be
# built in that way as well. PostgreSQL makes its generated headers first only where no other make
# called this one.
build() {
    unset MAKELEVEL MAKEFLAGS MFLAGS
    mkdir "$folder/source/build" && cd "$folder/source/build"
    ../tree/configure -q --prefix="$folder/server" "${options[@]}" CFLAGS="$flags" \
        CXXFLAGS="$flags" LDFLAGS="$sanitizers"
    # Embedded SQL in C: minutes of compiling that nobody here needs.
    sed -i 's/^SUBDIRS = libpq ecpg/SUBDIRS = libpq/' ../tree/src/interfaces/Makefile
    make -s -j"$jobs" all
    make -s install
    local modules=(pg_stat_statements test_decoding pgrowlocks pg_buffercache pgstattuple) module
    for module in "${modules[@]}"; do make -s -C "contrib/$module" install; done
}

"$(dirname "$0")/../support/unprivileged.sh" test -x "$folder" ||
    fail "the user who runs servers in tests cannot reach $folder: check out where it can"
if [ ! -e "$folder/built" ]; then
    rm -rf "$folder"/{apt,source,server}
    # On its own: as part of a condition it would go on after what failed.
    set +e
    (
        set -e
        download "postgresql-$(pg_config --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')"
        build
    ) >"$folder/log" 2>&1
    code=$?
    set -e
    [ $code = 0 ] || {
        tail -n 30 "$folder/log" >&2
        fail "could not build the server; all of it: $folder/log"
    }
    rm -rf "$folder"/{apt,source}
    touch "$folder/built"
fi
echo "$folder/server/bin/pg_config"

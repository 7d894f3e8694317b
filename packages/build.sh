#!/bin/bash
# Builds Debian's packages of opsmon for the release and the server of this machine, from the
# project's files as they are now, into build/packages/. The page is bundled first: what builds the
# packages then needs no network, and as root has none.
#
#   packages/build.sh            what dpkg-buildpackage is told: DEB_BUILD_OPTIONS
set -euo pipefail
export LC_ALL=C.UTF-8

root=$(dirname "$(dirname "$(readlink -f "$0")")")
version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$root/extension/opsmon.control")
into=$root/build/packages
tree=$into/opsmon-$version

fail() {
    printf 'packages/build.sh: %s\n' "$*" >&2
    exit 1
}

# The project's own files; what was built of them stays, and is built further.
copy_tree() {
    mkdir -p "$tree"
    find "$tree" -mindepth 1 -path "$tree/build" -prune -o -type f -print0 |
        xargs -0 --no-run-if-empty rm --
    (cd "$root" && tests/lint/files.sh '*' | tar --create --files-from=-) |
        tar --extract --directory "$tree" --no-same-owner
}

bundle_page() {
    "$root/sidecar/page/install.sh" "$root/sidecar/page"
    node "$root/sidecar/page/build.mjs" "$tree/sidecar/page/page_assets.cpp" \
        "$root/sidecar/dashboards/opsmon.json"
}

without_network=()
if [ "$(id -u)" = 0 ] && unshare --net true 2>/dev/null; then without_network=(unshare --net); fi

copy_tree
bundle_page
find "$into" -maxdepth 1 -type f -name '*opsmon*' -delete
cd "$tree"
# Another release of Debian has another server.
pg_buildext updatecontrol >/dev/null
"${without_network[@]}" dpkg-buildpackage --build=binary --unsigned-source --unsigned-changes \
    --no-pre-clean || fail "the packages could not be built"
lintian --fail-on error "$into"/opsmon_*.changes ||
    fail "lintian has found an error"
(cd "$into" && ls ./*.deb)

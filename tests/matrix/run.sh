#!/bin/bash
# Builds opsmon and runs its suites on other releases of Debian, which bring other versions of
# PostgreSQL, compilers and libraries: each in a throw-away root of its own (root.sh), with nothing
# but Debian's packages. Ends with a table. Needs root.
#
#   tests/matrix/run.sh [RELEASE]...             no release means all: bookworm trixie sid
#   tests/matrix/run.sh --remove [RELEASE]...    removes the roots, which are kept for the next run
#
# MATRIX_SUITES: what is run in each, default "unit regress tap"; e2e is possible as well.
# OPSMON_MATRIX_DIR: where the roots lie, default /var/tmp/opsmon-matrix.
set -euo pipefail
export LC_ALL=C.UTF-8

here=$(dirname "$(readlink -f "$0")")
tree=$(readlink -f "$here/../..")
results=$tree/build/matrix
read -r -a suites <<<"${MATRIX_SUITES:-unit regress tap}"
export OPSMON_MATRIX_DIR=${OPSMON_MATRIX_DIR:-/var/tmp/opsmon-matrix}

refuse() {
    printf 'tests/matrix/run.sh: %s\n' "$*" >&2
    exit 2
}

# The project's files, as they are now; what was built there stays, and is built further.
copy_tree() {
    local target=$1
    mkdir -p "$target"
    find "$target" -mindepth 1 \( -path "$target/build" -o -name node_modules \) -prune \
        -o -type f -print0 | xargs -0 --no-run-if-empty rm --
    (cd "$tree" && tests/lint/files.sh '*' | tar --create --files-from=-) |
        tar --extract --directory "$target" --no-same-owner
}

# One row: the release, then what inside.sh noted.
row() {
    local release=$1 suite noted=$results/$1
    printf '%-10s %-12s' "$release" "$(cat "$noted/version" 2>/dev/null || echo '?')"
    for suite in "${suites[@]}"; do
        printf ' %-24s' "$(cat "$noted/$suite.count" 2>/dev/null || echo 'did not run')"
    done
    printf '\n'
}

table() {
    local release suite
    printf '%-10s %-12s' Debian PostgreSQL
    for suite in "${suites[@]}"; do printf ' %-24s' "$suite"; done
    printf '\n'
    for release in "$@"; do row "$release"; done
    for release in "$@"; do
        [ ! -e "$results/$release/note" ] || sed "s/^/$release: /" "$results/$release/note"
    done
}

try() {
    local release=$1 root=$OPSMON_MATRIX_DIR/$1 code=0
    rm -rf "${results:?}/$release"
    mkdir -p "$results/$release"
    printf '%s: what it does is told in build/matrix/%s/log\n' "$release" "$release"
    "$here/root.sh" "$release" true >"$results/$release/log" 2>&1 || code=$?
    if [ $code = 0 ]; then
        copy_tree "$root/opsmon"
        "$here/root.sh" "$release" /opsmon/tests/matrix/inside.sh "${suites[@]}" \
            >>"$results/$release/log" 2>&1 || code=$?
        cp "$root"/opsmon/build/results/* "$results/$release/" 2>/dev/null || true
    fi
    [ $code = 0 ] || tail -n 20 "$results/$release/log"
    return $code
}

remove=no
if [ "${1:-}" = --remove ]; then
    remove=yes
    shift
fi
[ $# -gt 0 ] || set -- bookworm trixie sid
for release in "$@"; do
    case $release in
    bookworm | trixie | sid) ;;
    *) refuse "no release \"$release\"; there are: bookworm trixie sid" ;;
    esac
done
for suite in "${suites[@]}"; do
    case $suite in
    unit | regress | tap | e2e) ;;
    *) refuse "no suite \"$suite\" in MATRIX_SUITES; there are: unit regress tap e2e" ;;
    esac
done
if [ $remove = yes ]; then
    for release in "$@"; do "$here/root.sh" --remove "$release"; done
    exit 0
fi

"$here/root.sh" --possible
failed=0
for release in "$@"; do try "$release" || failed=1; done
echo
table "$@"
exit $failed

#!/bin/bash
# Installs the packages of debian.txt that are missing, and nothing else. Needs root or sudo only
# when something is missing; otherwise it changes nothing. It never creates or starts a PostgreSQL
# server, although Debian's packages would.
#
#   packages/install.sh [build|demo|test|browser|matrix|bench|packages]...
#                                                no group means the first three
#   packages/install.sh --missing [group]...     only prints what is missing
#
# The major version of PostgreSQL is that of PG_CONFIG, or else the newest one installed, or else
# Debian's own.
set -euo pipefail
export LC_ALL=C

list=$(dirname "$(readlink -f "$0")")/debian.txt
marker='# written by opsmon packages/install.sh for the time of one installation'
no_cluster=/etc/postgresql-common/createcluster.d/zz-opsmon-no-main-cluster.conf
no_start=/usr/sbin/policy-rc.d

fail() {
    printf 'packages/install.sh: %s\n' "$*" >&2
    exit 1
}

# "none" when PG_CONFIG is a build of the user's own: its packages are then not Debian's business.
pg_major() {
    local config=${PG_CONFIG:-} newest
    if [ -n "$config" ] && config=$(command -v "$config"); then
        case $("$config" --bindir) in
        /usr/lib/postgresql/*/bin) "$config" --version | sed -E 's/^PostgreSQL ([0-9]+).*/\1/' ;;
        *) echo none ;;
        esac
        return
    fi
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -V | tail -n 1)
    if [ -x "$newest" ]; then
        basename "${newest%/bin/pg_config}"
        return
    fi
    # Knows nothing before the first apt-get update, and calls that a failure.
    { apt-cache depends postgresql 2>/dev/null || true; } |
        sed -nE '/^ *Depends: postgresql-[0-9]+$/ { s/.*-//p; q }'
}

# Also what another package brings along: the nodejs of its makers has npm in it.
installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        brought_along "$1"
}

brought_along() {
    [ "$1" = npm ] || return 1
    [[ ", $(dpkg-query -W -f='${Provides}' nodejs 2>/dev/null)," == *", $1,"* ]]
}

# names_of GROUP...: the list's packages of these groups, @ still in them.
names_of() {
    awk -v wanted=" $* " '
        /^#/ || NF == 0 { next }
        { n = split($2, groups, ","); keep = 0
          for (i = 1; i <= n; i++) if (index(wanted, " " groups[i] " ")) keep = 1
          if (keep) print $1 }' "$list"
}

# Fills `missing`. What not every Debian has is missing only where apt knows of it.
find_missing() {
    local name optional major=
    missing=()
    for name in $(names_of "${groups[@]}"); do
        optional=${name##*[!?]}
        name=${name%"$optional"}
        case $name in
        *@*)
            [ -n "$major" ] || major=$(pg_major)
            [ "$major" != none ] || continue
            # Before the first apt-get update nothing tells which version Debian has.
            name=${name//@/${major:-@}}
            ;;
        esac
        if installed "$name"; then continue; fi
        if [ -n "$optional" ] && lists_known && [ -n "$(not_offered "$name")" ]; then
            printf 'packages/install.sh: this Debian has no %s; tests that need it say so\n' \
                "$name" >&2
            continue
        fi
        missing+=("$name")
    done
}

# Before the first apt-get update nothing is offered.
lists_known() {
    compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null
}

# Prints those that the package archive, as far as apt knows it, does not offer.
not_offered() {
    local name
    for name in "$@"; do
        case $(apt-cache policy "$name" 2>/dev/null) in
        *'Candidate: '[0-9]*) ;;
        *) printf '%s ' "$name" ;;
        esac
    done
}

written_by_us() {
    [ -f "$1" ] && grep -qF "$marker" "$1"
}

# A new postgresql-N creates and starts a cluster "main", and starts every other cluster that is
# stopped. Both can be refused for a while, with files that Debian's scripts ask.
hold_servers_still() {
    trap release_servers EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    mkdir -p "${no_cluster%/*}"
    printf '%s\n%s\n' "$marker" 'create_main_cluster = false' >"$no_cluster"
    if [ ! -e "$no_start" ] || written_by_us "$no_start"; then
        printf '%s\n' '#!/bin/sh' "$marker" "[ \"\$1\" != postgresql ] || exit 101" >"$no_start"
        chmod 755 "$no_start"
    fi
}

release_servers() {
    if written_by_us "$no_cluster"; then rm -f "$no_cluster"; fi
    if written_by_us "$no_start"; then rm -f "$no_start"; fi
    rmdir --ignore-fail-on-non-empty "${no_cluster%/*}" 2>/dev/null || true
}

apt_install() {
    apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold \
        -o DPkg::Lock::Timeout=300 "$@" </dev/null 9<&-
}

install_as_root() {
    export DEBIAN_FRONTEND=noninteractive
    local updated=no unknown
    if [ -n "$(not_offered "${missing[@]}")" ]; then
        apt-get update -q -o DPkg::Lock::Timeout=300
        updated=yes
        find_missing
    fi
    unknown=$(not_offered "${missing[@]}")
    [ -z "$unknown" ] ||
        fail "the package archive does not offer: ${unknown% }. opsmon is built on Debian 12" \
            "(bookworm); see /etc/apt/sources.list*"
    hold_servers_still
    if ! apt_install "${missing[@]}"; then
        [ $updated = no ] || fail "apt-get could not install: ${missing[*]}"
        # Lists of last month name files that the archive no longer has.
        apt-get update -q -o DPkg::Lock::Timeout=300
        apt_install "${missing[@]}" || fail "apt-get could not install: ${missing[*]}"
    fi
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "this is not Debian; install what $list names in your system's own way"
fi
only_print=no
if [ "${1:-}" = --missing ]; then
    only_print=yes
    shift
fi
groups=("$@")
[ $# -gt 0 ] || groups=(build demo test)
for group in "${groups[@]}"; do
    case $group in
    build | demo | test | browser | matrix | bench | packages) ;;
    *) fail "no group \"$group\"; there are: build demo test browser matrix bench packages" ;;
    esac
done

if [ $only_print = yes ]; then
    find_missing
    [ ${#missing[@]} -eq 0 ] || printf '%s\n' "${missing[@]}"
    exit 0
fi
if [ "$(id -u)" = 0 ]; then
    # One installation at a time. What then still holds servers was left by one that was killed.
    exec 9<"$list"
    flock 9
    release_servers
fi
find_missing
[ ${#missing[@]} -gt 0 ] || exit 0
printf 'opsmon needs these packages: %s\n' "${missing[*]}"
if [ "$(id -u)" = 0 ]; then
    install_as_root
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    exec sudo env ${PG_CONFIG:+"PG_CONFIG=$PG_CONFIG"} "$0" "${groups[@]}"
else
    fail "only root can install them. Run: su -c '$(readlink -f "$0") ${groups[*]}'"
fi

# shellcheck shell=bash
# What up.sh, down.sh and incident.sh share: where the demo runs, and how to enter it. The demo
# itself is in inside/: it is copied to its folder and run there by a user that PostgreSQL agrees to
# run as, so that nothing of it is ever done as root.

demo=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(dirname "$demo")
link=$root/build/demo

say_and_fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

as_server_user() {
    "$root/tests/support/unprivileged.sh" "$@"
}

# Is there a demo, running or ended, that this user may look into?
has_demo() {
    [ -f "$link/inside/lib.sh" ] && return
    if [ -e "$link" ] && [ ! -x "$link" ]; then
        say_and_fail "build/demo belongs to $(stat -L -c %U "$link"): do this as root or that user"
    fi
    return 1
}

# enter SCRIPT [ARGUMENT]...: one of inside/, as it was when this demo was started.
enter() {
    local script=$1
    shift
    as_server_user bash "$(readlink -f "$link")/inside/$script" "$@"
}

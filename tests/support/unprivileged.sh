#!/bin/bash
# Runs a command as a user that PostgreSQL agrees to run as. As root: as user postgres, which
# Debian's packages create, with an environment as after a login, without further groups and without
# the capabilities of root. As anybody else: as you are. The command takes this process's place,
# so that its signals and its exit code are its own.
#
#   tests/support/unprivileged.sh COMMAND [ARGUMENT]...
#   tests/support/unprivileged.sh env NAME=VALUE... COMMAND [ARGUMENT]...
set -euo pipefail

server_user=postgres

[ $# -gt 0 ] || {
    echo "unprivileged.sh: which command?" >&2
    exit 2
}
[ "$(id -u)" = 0 ] || exec "$@"

id -u "$server_user" >/dev/null 2>&1 || {
    echo "unprivileged.sh: PostgreSQL does not run as root and there is no user $server_user:" \
        "run packages/install.sh" >&2
    exit 2
}
drop=(setpriv "--reuid=$server_user" "--regid=$(id -g "$server_user")" --clear-groups
    --inh-caps=-all --no-new-privs --reset-env --)
# Many programs end with an error where they may not read the folder they stand in.
"${drop[@]}" test -r . -a -x . || cd /
exec "${drop[@]}" "$@"

#!/bin/bash
# Installs the npm packages of package-lock.json in a folder, exactly these versions, unless they
# are there. It runs none of their scripts: none needs it.
#
#   sidecar/page/install.sh FOLDER
set -euo pipefail

cd "${1:?which folder?}"
cmp -s package-lock.json node_modules/.installed-lock && exit 0
fail() {
    printf 'sidecar/page/install.sh: %s\n' "$*" >&2
    exit 1
}
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    fail "node and npm are missing, and the page is built with them: packages/install.sh build"
fi
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 18 ] ||
    fail "node $(node --version) is too old; 18 or newer is needed: packages/install.sh build"
# Two builds at a time must not take each other's files away.
exec 9>.install.lock
flock 9
cmp -s package-lock.json node_modules/.installed-lock && exit 0
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 ||
    fail "npm could not install what $PWD/package-lock.json lists; is its registry reached?"
cp package-lock.json node_modules/.installed-lock

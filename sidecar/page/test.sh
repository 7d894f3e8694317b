#!/bin/bash
# Checks the page's types and runs the tests of its pure parts.
#
#   sidecar/page/test.sh FOLDER [NAME-PATTERN]     FOLDER: for what is compiled
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
out=$(readlink -m "${1:?which folder?}")
"$here/install.sh" "$here"
cd "$here"
node node_modules/typescript/bin/tsc -p .
rm -rf "$out"
node - "$out" <<'END'
const { buildSync } = require("./node_modules/esbuild");
const { readdirSync } = require("node:fs");
buildSync({
    entryPoints: readdirSync("tests").filter((each) => each.endsWith(".test.ts"))
        .map((each) => `tests/${each}`),
    bundle: true, platform: "node", format: "esm", outExtension: { ".js": ".mjs" },
    outdir: process.argv[2], logLevel: "warning",
});
END
# All of it only when something fails.
code=0
node --test --test-reporter=tap ${2:+--test-name-pattern="$2"} "$out"/*.mjs >"$out/log" || code=$?
if [ $code = 0 ]; then grep '^ok ' "$out/log" | grep -v '# SKIP'; else cat "$out/log"; fi
exit $code

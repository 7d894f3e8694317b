#!/bin/bash
# Runs the pg_regress tests of sql/ and expected/ in a server of its own, which is gone afterwards.
#
#   PG_CONFIG=… OPSMON_STAGE=… tests/support/regress.sh [TEST]...
set -euo pipefail

support=$(dirname "$(readlink -f "$0")")
root=$support/../..
run=$("$support/run_dir.sh" regress)
port=$((20000 + RANDOM % 20000))

rm -rf "${run:?}"/*
mkdir "$run/out"
cp -r "$root/sql" "$root/expected" "$run/"
cp -r "$OPSMON_STAGE" "$run/stage"
"$support/preload_conf.sh" "$run/stage" >"$run/opsmon.conf"
cat >>"$run/opsmon.conf" <<END
opsmon.database = 'contrib_regression'
opsmon.sample_interval = 200ms
opsmon.guard_interval = 100ms
END
if [ "$(id -u)" = 0 ]; then chown -R postgres: "$run"; fi
if [ $# -eq 0 ]; then
    for file in "$root"/sql/*.sql; do set -- "$@" "$(basename "$file" .sql)"; done
fi

cd "$run"
code=0
"$support/unprivileged.sh" env \
    ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${UBSAN_OPTIONS:+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} \
    "$("$PG_CONFIG" --pkglibdir)/pgxs/src/test/regress/pg_regress" \
    --bindir="$("$PG_CONFIG" --bindir)" --inputdir="$run" --outputdir="$run/out" \
    --temp-instance="$run/instance" --temp-config="$run/opsmon.conf" --port="$port" \
    --dbname=contrib_regression --load-extension=opsmon --no-locale --encoding=UTF8 "$@" || code=$?
if [ -d "$run/out/log" ]; then "$support/server_faults.sh" "$run/out/log" || code=1; fi
if [ $code -ne 0 ]; then
    cat "$run/out/regression.diffs" 2>/dev/null || tail -n 30 "$run/out/log/postmaster.log"
fi
cd /
if [ $code -eq 0 ]; then "$support/run_dir.sh" --remove regress; fi
exit $code

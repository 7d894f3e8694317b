#!/bin/bash
# Runs TAP tests with PostgreSQL's own modules, as a user that may run servers, in a folder where
# that user can work. When a test fails, its data and logs stay under build/NAME/tmp_check.
#
#   PG_CONFIG=… OPSMON_STAGE=… OPSMON_BIN=… tests/support/prove.sh NAME FILE...
set -euo pipefail

name=$1
shift
support=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$support/../..")
run=$("$support/run_dir.sh" "$name")
pgxs_test=$("$PG_CONFIG" --pkglibdir)/pgxs/src/test

rm -rf "${run:?}"/*
mkdir -p "$run/bin" "$run/sidecar"
cp -r "$OPSMON_STAGE" "$run/stage"
cp -r "$root/tests" "$root/demo" "$root/docs" "$root/README.md" "$run/"
cp -r "$root/sidecar/rules" "$root/sidecar/dashboards" "$root/sidecar/slony" "$run/sidecar/"
for program in opsmon-sidecar slack_standin demo_service; do
    if [ -x "$OPSMON_BIN/$program" ]; then cp "$OPSMON_BIN/$program" "$run/bin/"; fi
done
for program in "$OPSMON_BIN"/bench_*; do
    if [ -x "$program" ]; then cp "$program" "$run/bin/"; fi
done
for peer in "$root"/build/peers/usr/bin/* "$root"/build/peers/usr/sbin/* \
    "$root"/build/peers/usr/lib/*/libluajit*.so.*; do
    if [ -f "$peer" ]; then cp "$peer" "$run/bin/"; fi
done
# Extensions of others, as a server finds them below an extension_destdir.
for folder in lib share; do
    if [ -d "$root/build/peers/usr/$folder/postgresql" ]; then
        mkdir -p "$run/peers/usr/$folder"
        cp -r "$root/build/peers/usr/$folder/postgresql" "$run/peers/usr/$folder/"
    fi
done
if [ -d "$root/build/peers/usr/share/prometheus/alertmanager" ]; then
    mkdir "$run/alertmanager"
    cp "$root"/build/peers/usr/share/prometheus/alertmanager/*.tmpl "$run/alertmanager/"
fi
PG_CONFIG=$PG_CONFIG "$support/preload_conf.sh" "$run/stage" >"$run/opsmon.conf"
if [ "$(id -u)" = 0 ]; then chown -R postgres: "$run"; fi

cd "$run"
code=0
"$support/unprivileged.sh" env \
    PATH="$("$PG_CONFIG" --bindir):$PATH" LANG=C.UTF-8 \
    PG_REGRESS="$pgxs_test/regress/pg_regress" \
    TESTDIR="$run" TESTDATADIR="$run/tmp_check" TESTLOGDIR="$run/tmp_check/log" \
    top_builddir="$run" \
    OPSMON_RUN="$run" OPSMON_STAGE="$run/stage" OPSMON_CONF="$run/opsmon.conf" \
    ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
    ${UBSAN_OPTIONS:+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} \
    ${OPSMON_HISTORY_MINUTES:+"OPSMON_HISTORY_MINUTES=$OPSMON_HISTORY_MINUTES"} \
    ${OPSMON_POWA_MINUTES:+"OPSMON_POWA_MINUTES=$OPSMON_POWA_MINUTES"} \
    ${OPSMON_FLEET:+"OPSMON_FLEET=$OPSMON_FLEET"} \
    PG_CONFIG="$PG_CONFIG" PG_TEST_TIMEOUT_DEFAULT="${PG_TEST_TIMEOUT_DEFAULT:-60}" \
    prove --timer -I "$pgxs_test/perl" -I "$run/tests/support/perl" "$@" || code=$?
cd /
if [ -d "$run/tmp_check/log" ]; then
    "$support/server_faults.sh" "$run/tmp_check/log" || code=1
fi
if [ $code -eq 0 ]; then "$support/run_dir.sh" --remove "$name"; fi
exit $code

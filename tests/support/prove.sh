#!/bin/bash
# Runs TAP tests with PostgreSQL's own modules, as a user that may run servers, in a folder where
# that user can work. When a test fails, its data and logs stay under build/NAME/tmp_check.
#
#   PG_CONFIG=… OPSMON_STAGE=… OPSMON_BIN=… tests/support/prove.sh NAME FILE...
set -euo pipefail

name=$1
shift
support=$(dirname "$(readlink -f "$0")")
run=$("$support/run_dir.sh" "$name")
pgxs_test=$("$PG_CONFIG" --pkglibdir)/pgxs/src/test

OPSMON_RUN=$run "$support/fill_run_dir.sh"

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
    ${PG_TEST_TIMEOUT_DEFAULT:+"PG_TEST_TIMEOUT_DEFAULT=$PG_TEST_TIMEOUT_DEFAULT"} \
    PG_CONFIG="$PG_CONFIG" \
    prove --timer -I "$pgxs_test/perl" -I "$run/tests/support/perl" "$@" || code=$?
cd /
if [ -d "$run/tmp_check/log" ]; then
    "$support/server_faults.sh" "$run/tmp_check/log" || code=1
fi
if [ $code -eq 0 ]; then "$support/run_dir.sh" --remove "$name"; fi
exit $code

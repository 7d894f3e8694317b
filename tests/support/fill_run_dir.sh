#!/bin/bash
# Empties a folder of run_dir.sh and puts in what programs of a suite need there, readable for the
# user that runs them: staged installation, tests, programs, and the peers that were fetched.
#
#   PG_CONFIG=… OPSMON_STAGE=… OPSMON_BIN=… OPSMON_RUN=… tests/support/fill_run_dir.sh
set -euo pipefail

support=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$support/../..")
run=$OPSMON_RUN

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
"$support/preload_conf.sh" "$run/stage" >"$run/opsmon.conf"
if [ "$(id -u)" = 0 ]; then chown -R postgres: "$run"; fi

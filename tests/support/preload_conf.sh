#!/bin/bash
# Prints the settings that make a server load opsmon from a staged installation, without anything
# being installed into the system: Debian's extension_destdir, or extension_control_path from 18 on.
#
#   PG_CONFIG=… tests/support/preload_conf.sh STAGE
set -euo pipefail

stage=$1
major=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
echo "shared_preload_libraries = 'opsmon'"
echo "dynamic_library_path = '$stage$("$PG_CONFIG" --pkglibdir):\$libdir'"
if [ "$major" -ge 18 ]; then
    echo "extension_control_path = '$stage$("$PG_CONFIG" --sharedir):\$system'"
else
    echo "extension_destdir = '$stage'"
fi

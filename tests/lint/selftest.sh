#!/bin/bash
# Proves that each check passes a small good project and finds each kind of fault when it is put
# into it. Writes only into a temporary folder.
#
#   tests/lint/selftest.sh
set -uo pipefail

lint=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
# shellcheck source=tests/lint/selftest_documents.sh
. "$lint/selftest_documents.sh"
trap 'rm -rf "$work"' EXIT
failures=0
tried=" "

# A new small project in which every check has something to look at and nothing to find.
new_project() {
    rm -rf "$work/project" && mkdir "$work/project" && cd "$work/project" || exit 2
    cp "$lint/../../.clang-format" .
    put extension/opsmon.control "default_version = '1.2.0'"
    put CHANGELOG.md '# Changelog' '## [1.2.0] - 2000-01-01' '## [1.1.0] - 1999-01-01'
    put debian/changelog 'opsmon (1.2.0) unstable; urgency=medium'
    put META.json '{"name": "opsmon", "abstract": "a", "version": "1.2.0", "maintainer": "m",' \
        '"license": "postgresql", "meta-spec": {"version": "1.0.0"}, "provides": {"opsmon":' \
        '{"file": "extension/opsmon.control", "version": "1.2.0"}}}'
    put sidecar/systemd/a.service.in '[Service]' 'ExecStart=@BINDIR@/a' 'DynamicUser=yes' \
        'CapabilityBoundingSet=' 'PrivateNetwork=yes' 'PrivateDevices=yes' 'PrivateUsers=yes' \
        'ProtectHome=yes' 'ProtectProc=invisible' 'ProcSubset=pid' 'ProtectKernelTunables=yes' \
        'ProtectKernelModules=yes' 'ProtectKernelLogs=yes' 'ProtectControlGroups=yes' \
        'ProtectClock=yes' 'ProtectHostname=yes' 'RestrictNamespaces=yes' 'LockPersonality=yes' \
        'RestrictRealtime=yes' 'MemoryDenyWriteExecute=yes' 'SystemCallArchitectures=native' \
        'SystemCallFilter=@system-service' 'SystemCallFilter=~@privileged @resources' \
        'RestrictAddressFamilies=AF_UNIX' 'UMask=0077' 'IPAddressDeny=any'
    put extension/sql/10_a.sql \
        "CREATE SCHEMA opsmon;" "COMMENT ON SCHEMA opsmon IS 'a; b';" \
        "CREATE FUNCTION opsmon.f() RETURNS int LANGUAGE c AS 'x', 'f';" \
        "COMMENT ON FUNCTION opsmon.f() IS 'text';" \
        "CREATE FUNCTION opsmon.g() RETURNS int LANGUAGE sql SET search_path = pg_catalog" \
        "    AS \$\$ SELECT 1; -- CREATE TABLE no.table (a int);" "    \$\$;" \
        "COMMENT ON FUNCTION opsmon.g() IS 'text';" \
        "CREATE VIEW opsmon.v AS SELECT 1;" "COMMENT ON VIEW opsmon.v IS 'text';"
    put extension/releases/opsmon--1.1.0.sql 'CREATE SCHEMA opsmon;'
    put extension/releases/SHA256SUMS \
        "$(cd extension/releases && sha256sum opsmon--1.1.0.sql)"
    put extension/upgrades/opsmon--1.1.0--1.2.0.sql 'SELECT 1;'
    put tests/fixtures/releases/1.1.0.sql 'SELECT 1;'
    put extension/src/core/a.cpp '#include <cstdint>' '#include "core/b.hpp"'
    put extension/src/postgres/a.cpp '#include "core/b.hpp"' '#include "postgres.h"'
    put sidecar/src/rules/a.cpp '#include "promql/eval.hpp"' '#include <string>' \
        '// wall_now() is said here, and nothing is wrong with it' \
        'const char *text = "time(nullptr)";'
    sed -i 's/char \*text/char* text/' sidecar/src/rules/a.cpp
    put sidecar/src/notify/slack_client.cpp '#include <httplib.h>'
    put docs/metrics.md '# Metrics' '| opsmon_a_seconds |'
    put sidecar/rules/a.yml '# opsmon_b is said here, and nothing is wrong with it' \
        'expr: opsmon_a_seconds > opsmon_a_seconds_count'
    put fake_sidecar '#!/bin/sh' "printf '# Metrics\\n| opsmon_a_seconds |\\n'"
    chmod +x fake_sidecar
    put tests/unit/core/test_a.cpp 'TEST_CASE("does_it", "[a]") {}'
    put tests/tap/001_a.pl 'ok(1);' 'done_testing();'
    put sql/a.sql '-- what it is' 'SELECT 1;'
    put expected/a.out 'SELECT 1;   '
    put docs/guide.md 'CREATE ROLE opsmon_sidecar LOGIN IN ROLE pg_monitor;' \
        'GRANT EXECUTE ON FUNCTION opsmon.f() TO opsmon_sidecar;  -- where it is needed'
    put docs/security.md "- **It is so**: \`test_a.cpp::does_it\`, \`a.sql::what it is\`" \
        "  \`001_b.pl::is_so\`" '- No claim.' '## What is not defended' '- **Nothing.**'
    put tests/e2e/001_b.pl "is(1, 1, 'is_so');" 'done_testing();'
    put docs/dependencies.md '| what | package | for | version | licence |' \
        '|---|---|---|---|---|' "| A, B | \`liba-dev\`, \`postgresql-@\` | this | 1, 2 | MIT |" \
        "| C | \`c\` | that | 1.2.3 | MIT |" "| P | \`peer\` | trying | 1 | MIT |"
    put packages/debian.txt '# package groups reason' 'liba-dev build this' \
        'postgresql-@? test that'
    put packages/peers.sh '#!/bin/bash' "case \$1 in" '    peer) ;;' 'esac'
    put page/package-lock.json '{"packages": {"": {"name": "page"}, "node_modules/c":' \
        '{"version": "1.2.3", "integrity": "sha512-x"}}}'
    put_documents
}

# put FILE LINE...
put() {
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "${@:2}" >"$1"
}

# add FILE LINE...
add() {
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "${@:2}" >>"$1"
}

failed() {
    echo "$1"
    [ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/    /'
    failures=$((failures + 1))
}

# passes CHECK [ARGUMENT]: on what stands there now.
passes() {
    local output
    output=$("$lint/checks/$1" "${@:2}" 2>&1) || failed "$1 finds a fault where none is:" "$output"
}

# finds TEXT CHECK [ARGUMENT]: fails, and its words contain TEXT. Then everything is new again.
finds() {
    local output
    tried="$tried$2 "
    if output=$("$lint/checks/$2" "${@:3}" 2>&1); then
        failed "$2 does not find: $1"
    elif [[ $output != *"$1"* ]]; then
        failed "$2 finds something, but not: $1" "$output"
    fi
    new_project
}

build_module() {
    printf '%s\n' "${@:2}" 'extern "C" const void* Pg_magic_func() { return nullptr; }' >"$1.cpp"
    g++ -shared -fPIC -fno-asynchronous-unwind-tables -o "$1" "$1.cpp" || failed "cannot build $1"
}

new_project
for check in formatting shell words boundaries sql version releases tests_reachable \
    rule_metrics sidecar_role security_claims dependencies pgxn_meta unit_file; do
    passes $check
done
passes metrics_doc ./fake_sidecar

add sidecar/src/rules/a.cpp 'int   x;'
finds 'sidecar/src/rules/a.cpp' formatting

put demo/a.sh '#!/bin/bash' "rm \$1"
finds 'demo/a.sh:2' shell
put tool '#!/bin/bash' "rm \$1"
finds 'tool:2' shell

later=$(printf 'TO%s: more' DO)
add docs/a.md "$later"
finds 'docs/a.md:1: something is left for later' words
add sidecar/src/rules/a.cpp "$(printf '// not %s yet' implemented)"
finds 'a.cpp:5: something is left for later' words
add sql/a.sql 'SELECT 2; '
finds 'sql/a.sql:3: blanks at the end' words
printf '\tx = 1\n' >>docs/metrics.md
finds 'docs/metrics.md:3: a tab' words
put demo/a.sh "# $(printf '%0100d' 0)"
finds 'demo/a.sh:1: 102 columns' words

for header in '<vector>' '<string>' '<chrono>' '<ctime>' '<fstream>' '<iostream>' '<map>' \
    '<memory>' '"postgres.h"' '"postgres/shmem.hpp"' '"utils/guc.h"' '<stdlib.h>'; do
    add extension/src/core/a.cpp "#include $header"
    finds "a.cpp:3: core is pure and may not include ${header//[<>\"]/}" boundaries
done
add sidecar/src/base/a.hpp '#include "postgres.h"'
finds 'only extension/src/postgres may include postgres.h' boundaries
add extension/src/a.cpp '#include "postgres.h"'
finds 'only extension/src/postgres may include postgres.h' boundaries
while read -r layer wanted; do
    add "sidecar/src/$layer/b.cpp" "#include \"$wanted/x.hpp\""
    finds "sidecar/src/$layer/b.cpp:1: $layer may not include $wanted" boundaries
done <<END
base metrics
metrics config
config postgres
postgres collect
collect rules
collect history
history collect
promql rules
rules notify
notify web
END
add sidecar/src/extra/a.cpp '#include "base/log.hpp"'
finds 'the layer extra is not known' boundaries
for use in 'import { h } from "../view/dom";' 'document.title = "x";' 'const now = Date.now();'; do
    add sidecar/page/src/model/a.ts "$use"
    finds "sidecar/page/src/model/a.ts:1: the page's model is pure" boundaries
    add sidecar/page/src/view/a.ts "$use"
    passes boundaries
    new_project
done
for use in 'wall_now()' 'steady_now()' 'std::chrono::system_clock::now()' 'time(nullptr)' \
    'httplib::Client("x")'; do
    add sidecar/src/rules/a.cpp "auto x = $use;"
    finds "a.cpp:5: what decides reads no clock and no socket" boundaries
    add sidecar/src/promql/a.cpp "auto x = $use;"
    finds "a.cpp:1: what decides reads no clock and no socket" boundaries
    add sidecar/src/notify/dedup.cpp "auto x = $use;"
    finds "dedup.cpp:1: what decides reads no clock and no socket" boundaries
    add sidecar/src/notify/slack_client.cpp "auto x = $use;"
    passes boundaries
    new_project
done

script=extension/sql/10_a.sql
for object in 'SCHEMA opsmon_2' 'VIEW opsmon.w AS SELECT 1' 'TABLE opsmon.t (a int)' \
    'UNLOGGED TABLE IF NOT EXISTS opsmon.t (a int)' "TYPE opsmon.e AS ENUM ('a')" \
    "FUNCTION opsmon.f(int) RETURNS int LANGUAGE c AS 'x', 'h'"; do
    add $script "CREATE $object;"
    finds 'has no comment' sql
done
add $script "CREATE OR REPLACE FUNCTION opsmon.h() RETURNS int LANGUAGE sql AS \$\$SELECT 1\$\$;" \
    "COMMENT ON FUNCTION opsmon.h() IS 'SET search_path = x';"
finds 'function opsmon.h has no search_path of its own' sql

put CHANGELOG.md '# Changelog' '## [Unreleased]' '## [1.1.0]' '## [1.2.0]'
finds 'the newest version is "1.1.0"' version
put debian/changelog 'opsmon (1.1.0) unstable; urgency=medium'
finds 'debian/changelog:1: the newest version is "1.1.0"' version

# meta FROM TO: META.json with one thing changed.
meta() {
    sed -i "s|$1|$2|" META.json
}
meta '"1.2.0", "maintainer"' '"1.1.0", "maintainer"'
finds 'version is not 1.2.0, that of extension/opsmon.control' pgxn_meta
meta '"version": "1.2.0"}}}' '"version": "1.1.0"}}}'
finds 'opsmon: version is not 1.2.0' pgxn_meta
meta '"abstract": "a",' ''
finds 'abstract is missing' pgxn_meta
meta '"maintainer": "m"' '"maintainer": []'
finds 'maintainer is missing' pgxn_meta
meta postgresql mine
finds 'license: "mine" is none that the spec knows' pgxn_meta
meta opsmon.control opsmon.c
finds 'file "extension/opsmon.c" is not there' pgxn_meta
meta '"1.0.0"' '"2.0.0"'
finds 'meta-spec: version is not 1.0.0' pgxn_meta
meta '"name": "opsmon"' '"name": "o p"'
finds 'name is no term' pgxn_meta
meta '"abstract"' '"extra": 1, "abstract"'
finds 'extra is no key of the spec' pgxn_meta
meta '"abstract"' '"tags": "a", "abstract"'
finds 'tags is no list' pgxn_meta
meta '"abstract"' '"release_status": "new", "abstract"'
finds 'release_status is none of' pgxn_meta
meta '"abstract"' '"prereqs": {"later": {"requires": {"PostgreSQL": "15.0.0"}}}, "abstract"'
finds 'no phase is called later' pgxn_meta
meta '"abstract"' '"prereqs": {"runtime": {"requires": {"PostgreSQL": "fifteen"}}}, "abstract"'
finds 'PostgreSQL wants "fifteen"' pgxn_meta
put META.json '['
finds 'is no JSON object' pgxn_meta
rm META.json
finds 'is missing' pgxn_meta

add sidecar/systemd/a.service.in 'ProtectEverything=yes'
finds "a.service.in:1: systemd says: a.service:27: Unknown key" unit_file
add sidecar/systemd/a.service.in 'PrivateNetwork=no' 'RestrictAddressFamilies=' 'ProtectHome=no' \
    'PrivateUsers=no' 'SystemCallFilter='
finds 'a.service.in:1: its exposure is' unit_file
put sidecar/systemd/a.service.in '[Service]' 'ExecStart=/bin/true'
put docs/guide.md 'Edit it:' '' '    [Service]' '    MemoryMax=6G  # more'
finds 'docs/guide.md:1: systemd says of a drop-in: a.service.d/drop-in-1.conf:2: Invalid' unit_file
rm docs/guide.md sidecar/systemd/a.service.in
finds 'there is no unit' unit_file

add extension/releases/opsmon--1.1.0.sql '-- later'
finds 'opsmon--1.1.0.sql: was changed after it was released' releases
put extension/releases/opsmon--1.0.0.sql 'SELECT 1;'
finds 'opsmon--1.0.0.sql: is not in extension/releases/SHA256SUMS' releases
rm extension/releases/opsmon--1.1.0.sql
finds 'opsmon--1.1.0.sql: is missing, and was released' releases
rm extension/upgrades/*
finds 'no script that starts from 1.1.0' releases
rm tests/fixtures/releases/*
finds 'tests/fixtures/releases/1.1.0.sql is missing' releases

put extension/src/core/b.hpp '#pragma once'
passes clang
put extension/src/core/b.hpp '#pragma once' 'inline int f() { int unused; return 1; }'
finds 'unused' clang

add docs/metrics.md 'two'
finds 'docs/metrics.md: is not what the sidecar prints' metrics_doc ./fake_sidecar
put fake_sidecar '#!/bin/sh' 'exit 1'
: >docs/metrics.md
finds 'docs/metrics.md: is not what the sidecar prints' metrics_doc ./fake_sidecar
rm docs/metrics.md
finds 'docs/metrics.md: is not what the sidecar prints' metrics_doc ./fake_sidecar

add sidecar/rules/a.yml 'expr: opsmon_a_second == 1'
finds 'a.yml:3: docs/metrics.md has no metric opsmon_a_second' rule_metrics
put sidecar/dashboards/a.json '{"expr": "opsmon_a_seconds", "other": "opsmon_c"}'
finds 'a.json:1: docs/metrics.md has no metric opsmon_c' rule_metrics

find_document_faults

put tests/unit/core/other.cpp 'TEST_CASE("x") {}'
finds 'tests/unit/core/other.cpp: is not found' tests_reachable
put tests/unit/core/deep/test_a.cpp 'TEST_CASE("x") {}'
finds 'tests/unit/core/deep/test_a.cpp: is not found' tests_reachable
put tests/unit/sidecar/support/peer.cpp 'int x;'
passes tests_reachable
put tests/unit/sidecar/support/peer.cpp 'TEST_CASE("x") {}'
finds 'tests/unit/sidecar/support/peer.cpp: is not found' tests_reachable
put tests/unit/sidecar/test_b.cpp 'int x;'
finds 'test_b.cpp: holds no test' tests_reachable
put tests/unit/sidecar/test_b.cpp 'TEST_CASE("x", "[a][!mayfail]") {}'
finds 'hides a test or lets it fail: [!mayfail]' tests_reachable
put tests/unit/sidecar/test_b.cpp 'TEST_CASE("x", "[.slow]") {}'
finds 'hides a test or lets it fail: [.slow]' tests_reachable
put tests/tap/a.pl 'done_testing();'
finds 'tests/tap/a.pl: is not found' tests_reachable
put tests/e2e/002_b.pl 'ok(1);'
finds 'ends without done_testing' tests_reachable
put tests/tap/002_b.pl "plan skip_all => 'x';" 'done_testing();'
finds 'skips a test: skip_all' tests_reachable
put sql/b.sql 'SELECT 1;'
finds 'expected/b.out is missing' tests_reachable
put expected/b.out 'SELECT 1;'
finds 'sql/b.sql is missing' tests_reachable

add tests/e2e/001_b.pl "'CREATE ROLE opsmon_sidecar LOGIN SUPERUSER'"
finds '001_b.pl:3: "CREATE ROLE opsmon_sidecar LOGIN SUPERUSER" is not what' sidecar_role
add demo/a.sh 'GRANT pg_write_all_data TO opsmon_sidecar;'
finds 'demo/a.sh:1: "GRANT pg_write_all_data TO opsmon_sidecar" is not what' sidecar_role
add docs/guide.md '    adduser --system other'
finds 'docs/guide.md: the user other has not the name of the role' sidecar_role
put docs/guide.md 'Nothing.'
finds 'docs/guide.md: does not say how the role is made' sidecar_role

put docs/security.md '- **It is so**, and nothing shows it.'
finds 'docs/security.md:1: a claim without a test' security_claims
put docs/security.md 'No claim.'
finds 'holds no claim' security_claims
for named in 'test_b.cpp::x' 'test_a.cpp::does' 'a.sql::what it is not' '001_b.pl::so'; do
    put docs/security.md '- **It is so.**' "  \`$named\`"
    finds 'docs/security.md:1: ' security_claims
done
add docs/security.md "In a text: \`001_b.pl::gone\`"
finds 'docs/security.md:6: tests/e2e/001_b.pl has no case "gone"' security_claims
put docs/security.md "- **It is so.** \`tests/lint/checks/nothing\`"
finds 'there is no tests/lint/checks/nothing' security_claims

add packages/debian.txt 'd build more'
finds 'packages/debian.txt:4: docs/dependencies.md does not name d' dependencies
put packages/peers.sh '    peer | other) ;;'
finds 'packages/peers.sh:1: docs/dependencies.md does not name other' dependencies
sed -i 's/1.2.3 | MIT/1.2.4 | MIT/' docs/dependencies.md
finds 'does not name c in version 1.2.3' dependencies
sed -i 's/sha512-x/sha1-x/' page/package-lock.json
finds 'c has no checksum' dependencies
sed -i 's/"version"/"resolved": "https:\/\/elsewhere\/", "version"/' page/package-lock.json
finds "c does not come from npm's registry" dependencies
sed -i 's/ this | 1, 2/ | 1, 2/' docs/dependencies.md
finds 'docs/dependencies.md:3: has an empty cell' dependencies
put docs/dependencies.md '| what | for |'
finds 'docs/dependencies.md:1: the columns are' dependencies

build_module good.so 'extern "C" int f(int a) { return a + 1; }'
passes symbols good.so
build_module bad.so '#include <vector>' 'extern "C" void f(std::vector<int>& v) { v.push_back(1); }'
finds 'operator new' symbols bad.so
build_module bad.so 'extern "C" int g();' 'static int x = g();' 'extern "C" int f() { return x; }'
finds 'GLOBAL__sub_I' symbols bad.so
build_module bad.so 'extern "C" void f() { throw 1; }'
finds '__cxa_throw' symbols bad.so
build_module bad.so 'struct S { S(); };' 'extern "C" void f() { static S s; }'
finds '__cxa_guard' symbols bad.so
build_module bad.so '#include <pthread.h>' 'extern "C" void* h(void*);' \
    'extern "C" void f() { pthread_t t; pthread_create(&t, nullptr, h, nullptr); }'
finds 'pthread_create' symbols bad.so
printf 'int x;\n' >plain.cpp
g++ -shared -fPIC -o plain.so plain.cpp
finds 'is no module of PostgreSQL' symbols plain.so
finds '' symbols nothing.so

for check in "$lint"/checks/*; do
    check=$(basename "$check")
    [[ $tried == *" $check "* ]] || failed "nothing here proves that $check can fail"
done
[ $failures -eq 0 ]

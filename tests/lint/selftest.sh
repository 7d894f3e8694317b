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
    put extension/sql/10_a.sql \
        "CREATE SCHEMA opsmon;" "COMMENT ON SCHEMA opsmon IS 'a; b';" \
        "CREATE FUNCTION opsmon.f() RETURNS int LANGUAGE c AS 'x', 'f';" \
        "COMMENT ON FUNCTION opsmon.f() IS 'text';" \
        "CREATE FUNCTION opsmon.g() RETURNS int LANGUAGE sql SET search_path = pg_catalog" \
        "    AS \$\$ SELECT 1; -- CREATE TABLE no.table (a int);" "    \$\$;" \
        "COMMENT ON FUNCTION opsmon.g() IS 'text';" \
        "CREATE VIEW opsmon.v AS SELECT 1;" "COMMENT ON VIEW opsmon.v IS 'text';"
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
    put sql/a.sql 'SELECT 1;'
    put expected/a.out 'SELECT 1;   '
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
for check in formatting shell words boundaries sql version tests_reachable rule_metrics; do
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
finds 'sql/a.sql:2: blanks at the end' words
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

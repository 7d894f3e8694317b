# opsmon's front door. `make help` lists what can be asked for.
#
# Everything is built under build/ and nothing is installed into the system, except by `make deps`
# (Debian packages) and `make install`.

SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

PG_CONFIG ?= $(shell command -v pg_config)
PG_MAJOR = $(shell $(PG_CONFIG) --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
JOBS ?= $(shell nproc)
# The last word of a test command is read by people: only make's own chatter is silenced.
MAKEFLAGS += --no-print-directory

ROOT := $(CURDIR)
BUILD := $(ROOT)/build
EXTENSION_BUILD = $(BUILD)/extension/$(PG_MAJOR)
STAGE = $(BUILD)/stage/$(PG_MAJOR)
SIDECAR_BUILD := $(BUILD)/sidecar
BIN := $(BUILD)/bin
DEMO_BUILD := $(BUILD)/demo-programs

CMAKE_OPTIONS = -G Ninja -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=$(BIN) -DOPSMON_TESTS=ON $(if $(OPSMON_WERROR),-DOPSMON_WERROR=ON)
RUN_SUITE = tests/support/run_suite.sh

# ---------------------------------------------------------------------------------------------------

.PHONY: help all extension sidecar stage install clean
help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22
	@echo
	@echo '  One test alone:  make unit T="name or [tag]"   make regress REGRESS=views'
	@echo '                   make tap PROVE_TESTS=tests/tap/001_load.pl   make e2e PROVE_TESTS=tests/e2e/005_demo.pl'
	@echo '  Another server:  make … PG_CONFIG=/usr/lib/postgresql/NN/bin/pg_config'

all: extension sidecar ## build the extension and the sidecar

extension: ## build the extension for the server of PG_CONFIG
	@mkdir -p $(EXTENSION_BUILD)
	@$(MAKE) -s -j$(JOBS) -C $(EXTENSION_BUILD) -f $(ROOT)/extension/Makefile PG_CONFIG=$(PG_CONFIG)

sidecar: ## build the sidecar
	@mkdir -p $(BUILD)
	@cmake -S sidecar -B $(SIDECAR_BUILD) $(CMAKE_OPTIONS) > $(BUILD)/cmake.log 2>&1 \
	    || { cat $(BUILD)/cmake.log; exit 1; }
	@cmake --build $(SIDECAR_BUILD) --parallel $(JOBS) --target opsmon-sidecar -- --quiet

# As `make install` would lay it out, but under build/: servers of tests and of the demo load it from
# there.
stage: extension
	@rm -rf $(STAGE) && mkdir -p $(STAGE)
	@$(MAKE) -s -C $(EXTENSION_BUILD) -f $(ROOT)/extension/Makefile PG_CONFIG=$(PG_CONFIG) \
	    install DESTDIR=$(STAGE)

install: all ## install both into the system (DESTDIR and PG_CONFIG are honoured)
	$(MAKE) -C $(EXTENSION_BUILD) -f $(ROOT)/extension/Makefile PG_CONFIG=$(PG_CONFIG) install
	cmake --install $(SIDECAR_BUILD)

clean: ## remove what was built (a running demo is stopped first)
	@demo/down.sh
	@for name in demo regress tap e2e; do tests/support/run_dir.sh --remove $$name; done
	rm -rf $(BUILD) sidecar/page/node_modules tests/browser/node_modules

# ---------------------------------------------------------------------------------------------------

.PHONY: deps demo demo-programs demo-stop demo-incident demo-recover
deps: ## install the Debian packages that are missing
	@packages/install.sh

demo: ## primary, standby, sidecar and stand-ins on loopback, under build/demo/
	@packages/install.sh build demo
	@$(MAKE) demo-up

# A make of its own: only after the packages are installed is there a pg_config to ask.
.PHONY: demo-up
demo-up: stage sidecar demo-programs
	@OPSMON_STAGE=$(STAGE) OPSMON_BIN=$(BIN) PG_CONFIG=$(PG_CONFIG) demo/up.sh

demo-programs:
	@cmake -S demo -B $(DEMO_BUILD) -G Ninja -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=$(BIN) > $(BUILD)/cmake-demo.log 2>&1 \
	    || { cat $(BUILD)/cmake-demo.log; exit 1; }
	@cmake --build $(DEMO_BUILD) --parallel $(JOBS) -- --quiet

demo-incident: ## in the running demo, let the standby vanish
	@demo/incident.sh

demo-recover: ## in the running demo, let the standby return
	@demo/recover.sh

demo-stop: ## end the demo
	@demo/down.sh

# ---------------------------------------------------------------------------------------------------

.PHONY: test test-suites unit regress tap e2e dashboard lint format
test: ## install what is missing, build, and run every test
	@packages/install.sh
	@rm -rf $(BUILD)/results
	@$(MAKE) test-suites OPSMON_WERROR=1; built=$$?; \
	    tests/support/tally.sh $(BUILD)/results unit regress tap e2e dashboard lint && exit $$built

# Each suite notes its result and lets the next one run.
test-suites: stage sidecar unit-programs demo-programs
	@for suite in unit regress tap e2e dashboard lint; do \
	    $(MAKE) $$suite || true; done

.PHONY: unit-programs
unit-programs: sidecar
	@cmake --build $(SIDECAR_BUILD) --parallel $(JOBS) --target unit_core unit_sidecar fuzz_sources -- --quiet

unit: unit-programs ## unit tests of the pure parts (T="name" runs one)
	@$(RUN_SUITE) unit tests/support/unit.sh $(BIN) "$(T)"

regress: stage ## pg_regress: every SQL object (REGRESS=name runs one)
	@$(RUN_SUITE) regress env PG_CONFIG=$(PG_CONFIG) OPSMON_STAGE=$(STAGE) \
	    tests/support/regress.sh $(REGRESS)

tap: stage ## the extension in real servers (PROVE_TESTS=file runs one)
	@$(RUN_SUITE) tap env PG_CONFIG=$(PG_CONFIG) OPSMON_STAGE=$(STAGE) OPSMON_BIN=$(BIN) \
	    tests/support/prove.sh tap $(or $(PROVE_TESTS),$(wildcard tests/tap/*.pl))

e2e: stage sidecar demo-programs ## both programs together, with real peers (PROVE_TESTS=file runs one)
	@packages/peers.sh prometheus prometheus-alertmanager nginx wrk libluajit-5.1-2
	@$(RUN_SUITE) e2e env PG_CONFIG=$(PG_CONFIG) OPSMON_STAGE=$(STAGE) OPSMON_BIN=$(BIN) \
	    tests/support/prove.sh e2e $(or $(PROVE_TESTS),$(wildcard tests/e2e/*.pl))

dashboard: ## the dashboard file against Grafana's own types
	@$(RUN_SUITE) dashboard tests/dashboard/run.sh

.PHONY: docs
docs: stage sidecar ## write what docs/ has from the code: reference, metrics, the guard's diagram
	@$(BIN)/opsmon-sidecar metrics-doc > docs/metrics.md
	@$(BIN)/opsmon-sidecar flags-doc > docs/reference/command-line.md
	@docs/generate/configuration.pl $(BIN)/opsmon-sidecar > docs/reference/configuration.md
	@PG_CONFIG=$(PG_CONFIG) OPSMON_STAGE=$(STAGE) docs/generate/server.sh docs

.PHONY: browser
browser: stage sidecar demo-programs ## the page in a real browser, on the demo; 50 readers at once (PICTURES=docs/pictures)
	@packages/install.sh build demo browser
	@$(RUN_SUITE) browser env OPSMON_STAGE=$(STAGE) OPSMON_BIN=$(BIN) PG_CONFIG=$(PG_CONFIG) \
	    tests/browser/run.sh $(PICTURES)

lint: stage sidecar ## formatting, boundaries, symbols, documentation
	@$(RUN_SUITE) lint tests/lint/run.sh $(STAGE)$$($(PG_CONFIG) --pkglibdir)/opsmon.so \
	    $(BIN)/opsmon-sidecar

# Programs of their own, built with ASan and UBSan: the unit tests by g++, the fuzz targets by clang.
SANITIZE_BUILD := $(BUILD)/sanitize
.PHONY: sanitize sanitize-server
sanitize: ## unit tests, fuzz targets and the extension in a server under ASan and UBSan (SECONDS=600: each target)
	@packages/install.sh build test
	@cmake -S sidecar -B $(SANITIZE_BUILD)/unit -G Ninja -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=$(SANITIZE_BUILD)/bin \
	    -DOPSMON_TESTS=ON -DOPSMON_SANITIZE=ON -DCMAKE_BUILD_TYPE=Debug > /dev/null
	@cmake --build $(SANITIZE_BUILD)/unit --parallel $(JOBS) --target unit_core unit_sidecar -- --quiet
	@cmake -S sidecar -B $(SANITIZE_BUILD)/fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++ \
	    -DOPSMON_FUZZ=ON -DOPSMON_SANITIZE=ON > /dev/null
	@cmake --build $(SANITIZE_BUILD)/fuzz --parallel $(JOBS) --target fuzz_targets -- --quiet
	@tests/support/unit.sh $(SANITIZE_BUILD)/bin
	@tests/fuzz/run.sh $(SANITIZE_BUILD)/fuzz/fuzz $(or $(SECONDS),20)
	@$(MAKE) sanitize-server

# Such a server is several times as slow: what waits for it is given four times as long. initdb and its
# like never free what they have; a stack that moves looks too deep to PostgreSQL.
sanitize-server: export PG_TEST_TIMEOUT_DEFAULT ?= 240
sanitize-server: export ASAN_OPTIONS = detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1:disable_coredump=1
sanitize-server: export UBSAN_OPTIONS = print_stacktrace=1
sanitize-server: ## regress and tap in a PostgreSQL with assertions, ASan and UBSan (REGRESS, PROVE_TESTS)
	@packages/install.sh build test
	@config=$$(tests/sanitize/server.sh $(SANITIZE_BUILD)/postgres $(JOBS)) || exit; failed=0; \
	    files="$(or $(PROVE_TESTS),$$(tests/sanitize/tap_files.sh | tr '\n' ' '))"; \
	    for suite in regress tap; do \
	        $(MAKE) $$suite PG_CONFIG=$$config PROVE_TESTS="$$files" OPSMON_WERROR= EXTENSION_BUILD=$(SANITIZE_BUILD)/extension \
	            STAGE=$(SANITIZE_BUILD)/stage || failed=1; done; exit $$failed

.PHONY: drills bench
drills: stage sidecar demo-programs ## fill up volumes and see the guard hold (as root; RUNS=100, DRILLS=file)
	@packages/install.sh build test
	@PG_CONFIG=$(PG_CONFIG) OPSMON_STAGE=$(STAGE) OPSMON_BIN=$(BIN) \
	    tests/drills/run.sh $(or $(RUNS),1) $(DRILLS)

bench: stage sidecar demo-programs ## what it saves, how soon and at what cost (as root; RUNS=10, BENCH=file, PLOTS=docs/pictures)
	@packages/install.sh build test bench
	@cmake --build $(SIDECAR_BUILD) --parallel $(JOBS) --target bench_tools -- --quiet
	@packages/peers.sh prometheus prometheus-alertmanager prometheus-node-exporter prometheus-postgres-exporter prometheus-blackbox-exporter \
	    postgresql-$(PG_MAJOR)-powa postgresql-$(PG_MAJOR)-pg-wait-sampling
	@PG_CONFIG=$(PG_CONFIG) OPSMON_STAGE=$(STAGE) OPSMON_BIN=$(BIN) \
	    PLOTS=$(PLOTS) tests/bench/run.sh $(or $(RUNS),10) $(BENCH)

.PHONY: soak
soak: stage sidecar demo-programs ## kills, cuts, full disks, jumping clocks and reloads at random (as root; MINUTES=5, SOAK_SEED=n)
	@packages/install.sh build test
	@packages/peers.sh nginx
	@PG_CONFIG=$(PG_CONFIG) OPSMON_STAGE=$(STAGE) OPSMON_BIN=$(BIN) tests/soak/run.sh $(or $(MINUTES),5)

.PHONY: matrix matrix-clean
matrix: ## the suites on other Debians: PostgreSQL 15, 17, 18 (as root; MATRIX="trixie sid", MATRIX_SUITES=tap)
	@[ "$$(id -u)" != 0 ] || packages/install.sh matrix
	@tests/matrix/run.sh $(MATRIX)

matrix-clean: ## remove the roots that make matrix keeps for its next run (as root)
	@tests/matrix/run.sh --remove $(MATRIX)

.PHONY: packages packages-test dist
packages: ## Debian packages of this release, into build/packages/
	@packages/install.sh build packages
	@packages/build.sh

packages-test: ## install, run, remove and purge them in a Debian of their own (as root, after make packages)
	@[ "$$(id -u)" != 0 ] || packages/install.sh matrix packages
	@$(RUN_SUITE) packages tests/packages/run.sh

OPSMON_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" extension/opsmon.control)
dist: ## what is committed, as an archive for PGXN, into build/dist/
	@mkdir -p $(BUILD)/dist
	@git archive --format=zip --prefix=opsmon-$(OPSMON_VERSION)/ -o $(BUILD)/dist/opsmon-$(OPSMON_VERSION).zip HEAD
	@echo build/dist/opsmon-$(OPSMON_VERSION).zip

format: ## format all C++ sources
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs clang-format -i

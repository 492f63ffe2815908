# Bare `make` lists what can be done. Nothing here needs more than Python >= 3.11, make and bash: where the console is built and
# there is no Node, it comes as a Python package.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
STAMP := $(VENV)/.headway-setup
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$name; break; fi; done)

CONSOLE_SOURCES = $(wildcard package-lock.json) $(shell find console/src console/public console/scripts console/index.html \
	console/vite.config.ts console/package.json packages/client/src -type f ! -name '*.test.ts' 2>/dev/null)

.PHONY: help
help: ## List what can be done
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-11s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(STAMP) ## Create .venv and install Headway and all it needs, exactly as pinned

$(STAMP): requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Headway needs Python 3.11 or newer; none was found. Name one: make setup PYTHON=/path/to/python" >&2; exit 1; }
	@echo "make setup: creating $(VENV) with $$($(PYTHON) --version) and installing what requirements/dev.txt pins"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/uv.txt
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install -q --require-hashes --no-deps -r requirements/dev.txt
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: console
console: console/dist/index.html ## Build the console (Node comes along; two minutes the first time, nothing when it is up to date)

console/dist/index.html: $(CONSOLE_SOURCES) | $(STAMP)
	@tools/console.sh

.PHONY: console-dev
console-dev: $(STAMP) ## Work on the console: it reloads as its sources change, before a server on ./.demo
	@$(BIN)/python tools/console_dev.py

.PHONY: demo
demo: $(STAMP) $(if $(filter no,$(CONSOLE)),,console) ## Grade a class's answer sheets live, in the browser and here (CONSOLE=no: only here)
	@echo "make demo: serving Headway from ./.demo and grading a class's answer sheets (about a minute); Ctrl-C ends both"
	@HEADWAY_HOME="$${HEADWAY_HOME:-$(CURDIR)/.demo}" $(BIN)/python -m headway.cli.main demo $(DEMO)

.PHONY: lint
lint: console ## Format, lint, types, order of rooms, sizes, generated files: what needs no test to run (three minutes)
	@echo "make lint: format, lint, types, order of rooms, sizes, generated files"
	@$(BIN)/ruff format --check -q . || { echo "Some files are not formatted: run make format" >&2; exit 1; }
	@$(BIN)/ruff check -q .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pyright
	@tools/typescript.sh check

.PHONY: check
check: lint ## As `make lint`, then house rules, unit and contract tests (about nine minutes)
	@echo "make check: house rules, unit and contract tests"
	@$(PYTEST) -q -n 2 tests/house tests/unit tests/contract

.PHONY: test
test: console ## Run the whole suite (half an hour to an hour), and ask for 85 % coverage by the unit tests of Python and by those of components
	@echo "make test: unit tests with coverage, then everything else: contracts, protocol, machines, acceptance, house, examples, the console"
	@rm -f .coverage .coverage.*
	@$(PYTEST) -q -n 2 --cov --cov-report= tests/unit tests/machine
	@$(BIN)/coverage report --fail-under=85 --format=total | sed 's/^/unit coverage in percent: /'
	@$(PYTEST) -q -n 2 --ignore=tests/unit --ignore=tests/machine
	@tools/typescript.sh test

.PHONY: conformance
conformance: $(STAMP) ## Other people's suites in full: the 517 cases of Autobahn against our WebSocket (a minute)
	@HEADWAY_CONFORMANCE=1 $(PYTEST) -q tests/protocol/test_autobahn.py

.PHONY: chaos-live
chaos-live: $(STAMP) ## 300 viewers under faults, each must be told the journal (SEEDS=n, or SEED=n again); see chaos/README.md
	@$(BIN)/python -m chaos $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),10)) $(CHAOS)

.PHONY: chaos
chaos: $(STAMP) ## A cluster of its own under faults that must lose nothing: processes, PostgreSQL, Valkey, Celery (CHAOS="--seeds n --from m", or SEED=n again)
	@$(BIN)/python -m chaos.faults $(if $(SEED),--seed $(SEED)) $(CHAOS)
	@$(if $(CHAOS),,$(BIN)/python -m chaos.faults --celery $(if $(SEED),--seed $(SEED)))

.PHONY: security
security: $(STAMP) $(if $(filter no,$(CONSOLE)),,console) ## Attack a real server with schemathesis (100,000 requests), sqlmap and wapiti (SECURITY="--only wapiti"); see security/README.md
	@$(BIN)/python -m security $(SECURITY)

.PHONY: bench
bench: $(STAMP) ## Measure Headway and its peers in the same run (BENCH=--small for a look); see bench/README.md
	@echo "make bench: the questions and figures are in bench/README.md"
	@$(BIN)/python -m bench $(BENCH)

.PHONY: bench-live
bench-live: $(STAMP) ## The gateway beside uWebSockets.js, nchan, ws, websockets, Socket.IO and FastAPI (seven minutes; those of Node are 263 MB)
	@$(BIN)/python -m bench.live.fanout --all-peers
	@$(BIN)/python -m bench.live.fanout --all-peers --rate 1000
	@$(BIN)/python -m bench.live.ages

.PHONY: cluster
cluster: $(STAMP) $(if $(filter no,$(CONSOLE)),,console) ## Two nodes on a PostgreSQL and a Valkey of their own, with a balancer, grading a school (CONSOLE=no: without its console)
	@$(BIN)/python -m cluster $(CLUSTER)

.PHONY: cluster-check
cluster-check: $(STAMP) ## The same without a person: kills a worker and a server in the middle, and fails if anything was lost (two minutes)
	@$(BIN)/python -m cluster --check $(CLUSTER)

.PHONY: format
format: console ## Format the code and sort its imports
	@$(BIN)/ruff check -q --select I --fix .
	@$(BIN)/ruff format -q .
	@PATH="$$(tools/node.sh):$$PATH" npm run --silent format -w console

.PHONY: docs
docs: console ## Write anew what is generated: pages of docs/reference, the client's types and calls of REST
	@$(BIN)/python -m tools.write_reference
	@PATH="$$(tools/node.sh):$$PATH" npm run --silent generate -w packages/client

.PHONY: lock
lock: ## Pin exact versions with hashes from the ranges in pyproject.toml (UPGRADE=--upgrade for newer ones)
	@test -x $(BIN)/uv || { echo "make setup first, or put uv into $(VENV)" >&2; exit 1; }
	@$(LOCK) $(UPGRADE) --all-extras --group dev --group bench --group examples -o requirements/dev.txt
	@$(LOCK) $(UPGRADE) --all-extras -c requirements/dev.txt -o requirements/server.txt
	@echo uv | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -c requirements/dev.txt -o requirements/uv.txt
	@sed -n 's/^NODE = "\(.*\)"/\1/p' tools/hatch_console.py | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements/node.txt
	@$(BIN)/uv pip compile requirements/peers.in --override requirements/peers-override.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q $(UPGRADE) -o requirements/peers.txt
	@$(BIN)/uv pip compile requirements/attacks.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q $(UPGRADE) -o requirements/attacks.txt

.PHONY: clean
clean: ## Remove what make has made: .venv, .venv-peers, .venv-attacks, caches, figures, the demo's installation
	rm -rf $(VENV) .venv-peers .venv-attacks node_modules console/dist bench/results .demo .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Parcours: `make help` lists what can be made.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV ?= uv
LOCK := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST_OPTIONS ?= --numprocesses auto --dist loadfile
OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast check fix measures letters bench chaos lock sbom clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## build the environment in .venv; nothing to do when it is up to date

run: setup ## everything on this machine, with the demonstration portfolio
	@exec $(BIN)/parcours up --demo

test: $(VENV)/.tested tests/provider/node_modules ## run the tests
	@command -v npm >/dev/null || echo "==> npm is not installed: the tests against a certified provider are skipped"
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  echo "==> Chromium is not installed: the browser tests are skipped"
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

test-fast: $(VENV)/.tested ## run the tests of the rules and of whole lives, in memory, with few random examples
	$(BIN)/python -m pytest $(PYTEST_OPTIONS) --hypothesis-profile fast tests/domain tests/lives

check: $(VENV)/.tested ## formatting, lint, types, direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.tested ## format, and mend what the linter can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

measures: setup ## sizes, names and reach of the code, as a mirror and not as a target
	@$(BIN)/python tools/measures.py $(OPTIONS)

letters: setup ## every letter, typical and worst case, in letters.html
	@$(BIN)/python -m notifications.gallery letters.html

bench: $(VENV)/.benched ## measure speed, cost and safety beside peers; sizes by OPTIONS="--journeys 500"
	$(BIN)/python -m benchmarks $(OPTIONS)

chaos: $(VENV)/.tested ## kill everything at random while messages leave, then prove that none is lost or doubled
	$(BIN)/python -m tests.chaos $(OPTIONS)

lock: ## write the locked requirements again (needs uv)
	$(LOCK) -o requirements-server.txt
	$(LOCK) --extra embedded -o requirements.txt
	$(LOCK) --extra embedded --extra test -o requirements-test.txt
	$(LOCK) --extra embedded --extra bench -o requirements-bench.txt
	$(subst pyproject.toml,requirements-sbom.in,$(LOCK)) -o requirements-sbom.txt

sbom: $(VENV)/sbom/.installed ## write sbom.json: what is in the image's environment (CycloneDX)
	$(VENV)/sbom/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o sbom.json \
	  requirements-server.txt

clean: ## remove the environment and caches; the data in .parcours stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -not -path './.parcours/*' -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Parcours needs Python 3.11 or newer, $(PYTHON) is older: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@echo "==> creating $(VENV)"
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); \
	    echo "python -m venv failed: install the venv package of your system (Debian: python3-venv)" >&2; exit 1; }

$(VENV)/.installed: requirements.txt pyproject.toml | $(BIN)/python
	@echo "==> installing the locked requirements (about a minute the first time)"
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.tested: requirements-test.txt $(VENV)/.installed
	@echo "==> installing the locked requirements of the tests"
	@$(PIP) install --require-hashes -r requirements-test.txt
	@touch $@

tests/provider/node_modules: tests/provider/package-lock.json
	@command -v npm >/dev/null || exit 0; \
	  npm ci --prefix tests/provider --ignore-scripts --no-audit --no-fund --silent && touch $@ || \
	  echo "==> the certified provider could not be installed: the tests against it are skipped"

$(VENV)/.benched: requirements-bench.txt $(VENV)/.installed
	@echo "==> installing the locked requirements of the benchmarks"
	@$(PIP) install --require-hashes -r requirements-bench.txt
	@touch $@

# In an environment of its own: its libraries are none of ours.
$(VENV)/sbom/.installed: requirements-sbom.txt | $(BIN)/python
	@$(PYTHON) -m venv $(VENV)/sbom
	@$(VENV)/sbom/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-sbom.txt
	@touch $@

# Two commands do all the set-up: `make demo` and `make test`. See README.md.
PORT ?= 8000
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
export GEOSERVICE_HOME ?= $(CURDIR)/.geoservice

.PHONY: setup setup-dev demo test test-fast check bench peers lock clean system

setup: .venv/.run
setup-dev: .venv/.dev

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "geoservice needs Python 3.11 or newer with venv (Debian: apt-get install python3-venv)." >&2; exit 2; }
	$(PYTHON) -m venv .venv

.venv/.run: requirements/run.lock pyproject.toml | .venv/bin/python
	@sh tools/install.sh requirements/run.lock
	@touch $@

.venv/.dev: requirements/dev.lock pyproject.toml | .venv/bin/python
	@sh tools/install.sh requirements/dev.lock
	@touch $@ .venv/.run

demo: setup
	$(BIN)/geoservice demo --port $(PORT)

system:
	@sh tools/system.sh

test: setup-dev system
	$(BIN)/python -m pytest tests/test_workspace.py  # needs a service that no other test has used
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/test_workspace.py

# The tests without a server, a browser, a database or a built region.
test-fast: setup-dev
	$(BIN)/python -m pytest -n 2 -m "not slow"

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.check_lock
	$(BIN)/python -m tools.check_docs
	$(BIN)/python -m pytest -n 2 -m "not slow"

bench: setup-dev
	$(BIN)/python -m benchmarks

# Other geocoders to measure beside ours, each in an environment of its own.
PEERS := addok==1.3.2 whereabouts==0.3.17 census-lookup==0.2.3

peers: $(PEERS:%=.peers/%)
	@sh tools/peers.sh

.peers/%:
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet $* || { rm -rf $@; exit 1; }

lock: | .venv/bin/python
	command -v uv >/dev/null || $(BIN)/python -m pip install --quiet uv
	PATH="$(CURDIR)/$(BIN):$$PATH" sh tools/lock.sh

clean:
	rm -rf .venv .peers .geoservice

# Two commands do all the set-up: `make demo` and `make test`. See README.md.
PORT ?= 8000
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
export GEOSERVICE_HOME ?= $(CURDIR)/.geoservice

.PHONY: setup setup-dev demo docs test test-fast fuzz fuzz-coverage lint check bench peers lock clean system image-check sbom audit

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

# The site of the documents in build/site, without a network; `geoservice docs` serves it.
docs: setup-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

system:
	@sh tools/system.sh

# Compiled first: where Python may write no bytecode, each of the many processes would compile it.
test: setup-dev system .s3/.done
	$(BIN)/python -m compileall -q geoservice benchmarks
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# An object store for the tests, in an environment of its own: its packages want other versions.
.s3/.done: requirements/s3.lock
	$(PYTHON) -m venv .s3
	.s3/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< || \
		echo "Could not install the object store. The tests that need it are skipped." >&2
	@touch $@

# The tests without a server, a browser, a database or a built region.
test-fast: setup-dev
	$(BIN)/python -m pytest -n 2 -m "not slow"

# Requests and files of an attacker, as many as a night allows.
fuzz: setup-dev
	FUZZ_REQUESTS=$${FUZZ_REQUESTS:-20000} FUZZ_INPUTS=$${FUZZ_INPUTS:-5000} \
		$(BIN)/python -m pytest tests/test_fuzzed_http.py tests/test_fuzzed_readers.py

# Coverage-guided fuzzing of the readers of addresses and tables.
fuzz-coverage: setup-dev
	$(BIN)/python -m pip install --quiet atheris==3.0.0
	$(BIN)/python -m tools.fuzz_coverage -runs=$${FUZZ_RUNS:-1000000} -max_len=4096

# What is read and not run: style, types, imports, the lock and the documents.
lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.check_lock
	$(BIN)/python -m tools.check_docs

check: lint test-fast

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

# The image, built and run here: root and the Debian packages buildah and debootstrap are needed.
image-check: | .venv/bin/python
	sh tools/image.sh

# What the locked packages are and under which licences: build/sbom.json and build/licences.csv.
sbom: setup
	$(BIN)/python -m tools.sbom build

# Known faults of the locked packages; says where the data of pip-audit cannot be reached.
audit: setup
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/python -m tools.sbom --audit

clean:
	rm -rf .venv .s3 .peers .geoservice .image

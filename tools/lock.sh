#!/bin/sh
# Pins all dependencies with hashes, for all platforms; the locks name no package host.
set -eu
pin() {
    uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --upgrade "$@"
}
pin --extra dev -o requirements/dev.lock
pin -c requirements/dev.lock -o requirements/run.lock

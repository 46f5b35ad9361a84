#!/bin/sh
# The servers that other geocoders need, from Debian's packages; without them those peers are skipped.
set -e
packages=""
command -v redis-server >/dev/null || packages="$packages redis-server"
[ -n "$(ls /usr/share/postgresql/*/extension/postgis_tiger_geocoder.control 2>/dev/null)" ] \
	|| packages="$packages postgresql-postgis postgresql-postgis-scripts"
[ -z "$packages" ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages
else
	echo "Not installed:$packages. Install them to measure the peers that need them." >&2
fi

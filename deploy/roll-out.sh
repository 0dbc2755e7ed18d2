#!/bin/sh
# Replaces the running version of Recto by VERSION. Its processes start beside the running ones, which stop when the new
# ones are healthy, and stay when they are not. What VERSION migrated stays: a version runs on the schema of the next one.
set -eu
version=${1:?usage: roll-out.sh VERSION}
cd "$(dirname "$0")"
value() { sed -n "s/^$1=//p" .env | tail -n 1; }
compose() { RECTO_VERSION=$version docker compose -f compose.prod.yaml "$@"; }
previous=$(value RECTO_VERSION)
old=$(compose ps --quiet api worker)
new() { compose ps --all --quiet api worker | grep -vxF "$old"; }
# Twice as many as there are, and one at first.
double() { compose ps --quiet "$1" | awk 'END { print NR ? 2 * NR : 1 }'; }
# With ids of containers; nothing to do without.
each() { command=$1; shift; for id in "$@"; do docker "$command" "$id" > /dev/null || return; done; }

start() {
  compose run --rm --no-deps migrate &&
    compose up --detach --no-build --no-deps --no-recreate --scale "api=$(double api)" --scale "worker=$(double worker)" \
      api worker
}
# Not `up --wait`, which waits for the old ones too.
healthy() {
  ids=$(new) || return
  for _ in $(seq 150); do
    # shellcheck disable=SC2086
    states=$(docker inspect --format '{{.State.Health.Status}}' $ids | sort -u)
    case $states in healthy) return 0 ;; *unhealthy*) return 1 ;; *) sleep 2 ;; esac
  done
  return 1
}
answers() {
  curl --fail --silent --show-error --output /dev/null --retry 5 --retry-all-errors --max-time 10 \
    "https://$(value RECTO_DOMAIN)/readyz"
}

# From the registry of RECTO_IMAGES; without one, from the sources of this checkout.
if [ -n "$(value RECTO_IMAGES)" ]; then compose pull --quiet api worker migrate; else compose build api worker migrate; fi
# shellcheck disable=SC2086
if start && healthy && each stop $old && answers; then
  each rm $old
  sed -i '/^RECTO_VERSION=/d' .env
  echo "RECTO_VERSION=$version" >> .env
  echo "runs $version"
else
  echo "$version is not healthy, back to ${previous:-nothing}" >&2
  each start $old
  # A new container may be one that restarts again and again.
  for id in $(new); do docker rm --force "$id" > /dev/null; done
  exit 1
fi

#!/bin/sh
# Replaces the running version of Recto by VERSION, and returns to it when VERSION does not become healthy. What VERSION
# migrated stays: a version runs on the schema of the next one.
set -eu
version=${1:?usage: roll-out.sh VERSION}
cd "$(dirname "$0")"
value() { sed -n "s/^$1=//p" .env | tail -n 1; }
previous=$(value RECTO_VERSION)
domain=$(value RECTO_DOMAIN)

start() {
  RECTO_VERSION=$1
  export RECTO_VERSION
  docker compose -f compose.prod.yaml pull --quiet api worker migrate &&
    docker compose -f compose.prod.yaml up --detach --no-build --no-deps --wait --wait-timeout 300 api worker &&
    curl --fail --silent --show-error --output /dev/null --retry 5 --retry-all-errors --max-time 10 "https://$domain/readyz"
}
migrate() { RECTO_VERSION=$version docker compose -f compose.prod.yaml run --rm --no-deps migrate; }

if migrate && start "$version"; then
  sed -i '/^RECTO_VERSION=/d' .env
  echo "RECTO_VERSION=$version" >> .env
  echo "runs $version"
else
  echo "$version is not healthy, back to ${previous:-nothing}" >&2
  [ -z "$previous" ] || start "$previous"
  exit 1
fi

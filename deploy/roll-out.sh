#!/bin/sh
# Replaces the running version of Recto by VERSION. Its processes start beside the running ones, which stop when the new
# ones are healthy, and stay when they are not. What VERSION migrated stays: a version runs on the schema of the next one.
# The file .roll-out says what a run has begun: the next one ends or undoes that where the run was killed.
set -eu
wanted=${1:?usage: roll-out.sh VERSION}
cd "$(dirname "$0")"
# What a killed run had under way still has the lock.
exec 9< .
flock --timeout 60 9 || { echo "another roll-out is under way: run this again when it has ended" >&2; exit 1; }

value() { sed -n "s/^$1=//p" .env | tail -n 1; }
compose() { RECTO_VERSION=$version docker compose -f compose.prod.yaml "$@"; }
# Their ids. Not `compose ps --all`, which has those of `compose run` too.
containers() {
  ids=$(for service in api worker; do
    docker ps "$@" --quiet --no-trunc --filter label=com.docker.compose.project=recto \
      --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False || exit
  done) && echo "$ids" | sed '/^$/d' | sort
}
new() { containers --all | grep -vxF "$old"; }
# Twice as many as there are, and one at first.
double() { compose ps --quiet "$1" | awk 'END { print NR ? 2 * NR : 1 }'; }
# With ids of containers; nothing to do without.
each() { command=$1; shift; for id in "$@"; do docker "$command" "$id" > /dev/null || return; done; }

start() {
  compose run --rm --no-deps migrate &&
    compose up --detach --no-build --no-deps --no-recreate --scale "api=$(double api)" --scale "worker=$(double worker)" \
      api worker
}
# With ids of containers. Not `up --wait`, which waits for the old ones too.
healthy() {
  [ $# -gt 0 ] || return
  for _ in $(seq 150); do
    states=$(docker inspect --format '{{.State.Health.Status}}' "$@" | sort -u)
    case $states in healthy) return 0 ;; *unhealthy*) return 1 ;; *) sleep 2 ;; esac
  done
  return 1
}
answers() {
  curl --fail --silent --show-error --output /dev/null --retry 5 --retry-all-errors --max-time 10 \
    "https://$(value RECTO_DOMAIN)/readyz"
}
# In one step: without the line, Compose would take another version.
remember() { sed -i -e "\$a RECTO_VERSION=$1" -e '/^RECTO_VERSION=/d' .env; }

# Without .roll-out, old containers are what the next run removes at its start.
take_over() {
  # shellcheck disable=SC2046,SC2086
  healthy $(new) && each stop $old && answers && remember "$version" && rm .roll-out && { each rm $old || true; }
}
# The new ones serve until the old ones do again.
go_back() {
  # shellcheck disable=SC2086
  each start $old && { healthy $old || true; }
  # A new container may be one that restarts again and again.
  for id in $(new); do docker rm --force "$id" > /dev/null; done
  [ "$(value RECTO_VERSION)" = "$previous" ] || remember "$previous"
  rm .roll-out
}

if [ -e .roll-out ]; then
  { read -r version && read -r previous && old=$(cat); } < .roll-out
  echo "ends or undoes the roll-out of $version, which was killed"
  there=$(containers --all)
  still=$(echo "$there" | grep -xF "$old" || true)
  # When one has stopped, all new ones were healthy. When one was removed, somebody else has mended it.
  if [ "$still" != "$old" ]; then rm .roll-out
  elif [ -n "$old" ] && [ "$(containers | grep -xF "$old")" = "$old" ]; then go_back
  else take_over || go_back
  fi
fi
version=$wanted
previous=$(value RECTO_VERSION)
old=$(containers)
# What has stopped serves nobody, and `up` would start it again.
# shellcheck disable=SC2046
each rm $(new)

# From the registry of RECTO_IMAGES; without one, from the sources of this checkout.
if [ -n "$(value RECTO_IMAGES)" ]; then compose pull --quiet api worker migrate; else compose build api worker migrate; fi
printf '%s\n' "$version" "$previous" "$old" > .roll-out.new
mv .roll-out.new .roll-out
if ! start; then problem="did not migrate or start"
elif ! take_over; then problem="is not healthy"
else
  echo "runs $version"
  exit
fi
echo "$version $problem, back to ${previous:-nothing}" >&2
go_back
exit 1

#!/bin/sh
# Puts a backup into PGDATA, which must be empty. Postgres may not run meanwhile, and recovers when it starts.
set -eu
file=${1:?usage: restore.sh FILE}
target=${PGDATA:?names the folder of the database}
mkdir -p "$target"
if [ -n "$(ls -A "$target")" ]; then
  echo "$target is not empty: move away what is in it, then run this again" >&2
  exit 1
fi
work=$(mktemp -d "$target/.restore-XXXXXX")
tar -C "$work" -xzf "$file"
[ ! -d "$work/postgresql-custom" ] || cp -Rp "$work/postgresql-custom/." /etc/postgresql-custom/
find "$work/data" -mindepth 1 -maxdepth 1 -exec mv {} "$target/" \;
rm -rf "$work"
chmod 700 "$target"
echo "restored $file"

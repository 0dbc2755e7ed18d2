#!/bin/sh
# Makes a database of an empty folder as Supabase's image does: as supabase_admin, by the files in init-scripts.
set -eu
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres: "$PGDATA"
  chmod 700 "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --init-groups -- "$0" "$@"
fi
key=/etc/postgresql-custom/pgsodium_root.key
[ -s "$key" ] || (umask 077 && openssl rand -hex 32 > "$key")
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username=supabase_admin --pwfile=/dev/fd/3 --auth=scram-sha-256 --encoding=UTF8 --no-instructions \
    --locale-provider=builtin --builtin-locale=C.UTF-8 --no-locale 3<<PASSWORD
$POSTGRES_PASSWORD
PASSWORD
  shift
  pg_ctl -D "$PGDATA" -w -o "$* -c listen_addresses=''" start
  run() { psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet -h /var/run/postgresql -U supabase_admin -d postgres "$@"; }
  for file in /docker-entrypoint-initdb.d/init-scripts/*.sql; do run -f "$file"; done
  run -c "alter role postgres password '$POSTGRES_PASSWORD'"
  pg_ctl -D "$PGDATA" -m fast -w stop
  set -- postgres "$@"
fi
exec "$@"

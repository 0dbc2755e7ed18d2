#!/bin/sh
# Backs up the whole cluster into one file, and tries it: Postgres starts on a copy and counts the people. Only then the
# file gets its name, and files older than BACKUP_KEEP_DAYS are removed. Needs a role with `replication` (PGHOST, PGUSER,
# PGPASSWORD) and runs as a user that Postgres accepts, so not as root.
set -eu
umask 077
folder=${BACKUP_FOLDER:?names the folder of the backups}
keep=${BACKUP_KEEP_DAYS:-14}
name=recto-$(date -u +%Y%m%dT%H%M%SZ)
work=$(mktemp -d "$folder/.new-XXXXXX")
stop() {
  pg_ctl -D "$work/copy/data" -m immediate -s stop 2> /dev/null || true
  rm -rf "$work"
}
trap stop EXIT

pg_basebackup --pgdata "$work/copy/data" --checkpoint=fast --wal-method=stream --no-password
pg_verifybackup --quiet "$work/copy/data"
# The key of Supabase Vault is outside of the data.
[ ! -d /etc/postgresql-custom ] || cp -Rp /etc/postgresql-custom "$work/copy/postgresql-custom"
tar -C "$work/copy" -czf "$work/$name.tar.gz" .

mkdir "$work/socket"
# initdb's own settings are enough to read. Archiving and preloaded libraries belong to the running database.
: > "$work/empty.conf"
echo "local all all trust" > "$work/trial_hba.conf"
pg_ctl -D "$work/copy/data" -s -w -t 300 -l "$work/trial.log" start -o "-c config_file=$work/empty.conf \
  -c hba_file=$work/trial_hba.conf -c listen_addresses= -c unix_socket_directories=$work/socket -c port=5432" \
  < /dev/null || { cat "$work/trial.log" >&2; exit 1; }
people=$(psql -h "$work/socket" -p 5432 -d "${PGDATABASE:-postgres}" -U "$PGUSER" -Atc 'select count(*) from auth.users')
mv "$work/$name.tar.gz" "$folder/$name.tar.gz"
find "$folder" -maxdepth 1 -name 'recto-*.tar.gz' -mtime "+$keep" -delete
echo "backup $name.tar.gz, tried: $people people"

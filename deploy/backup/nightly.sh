#!/bin/sh
# Runs backup.sh each night at BACKUP_HOUR (UTC). A backup that fails is tried again after an hour. Until it succeeds
# there is a file /tmp/backup-failed, by which the container is unhealthy.
set -u
here=$(dirname "$0")
failed=${TMPDIR:-/tmp}/backup-failed
while :; do
  hour=${BACKUP_HOUR:-3}
  now=$(date -u +%s)
  next=$((now - now % 86400 + hour * 3600))
  [ "$next" -gt "$now" ] || next=$((next + 86400))
  sleep $((next - now))
  until sh "$here/backup.sh"; do
    : > "$failed"
    echo 'backup failed, again in an hour' >&2
    sleep 3600
  done
  rm -f "$failed"
done

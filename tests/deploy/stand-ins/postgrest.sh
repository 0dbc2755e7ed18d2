#!/bin/sh
# `--ready` as a newer PostgREST has it: it asks at an address, and refuses a host that only stands for addresses.
set -eu
[ "${1:-}" = --ready ] || exec /usr/local/lib/postgrest "$@"
host=${PGRST_ADMIN_SERVER_HOST:-${PGRST_SERVER_HOST:-!4}}
case $host in
  '!4' | '!6' | '*' | '*4' | '*6')
    echo "ERROR: --ready cannot be used with the host \"$host\"" >&2
    exit 1
    ;;
esac
exec wget --quiet --spider "http://$host:$PGRST_ADMIN_SERVER_PORT/ready"

#!/bin/sh
# Ends, as Supabase Auth does, where it cannot reach its tables by the role supabase_auth_admin.
set -eu
psql "$GOTRUE_DB_DATABASE_URL" --quiet -c 'select from auth.users limit 1' > /dev/null
exec node /auth.mjs

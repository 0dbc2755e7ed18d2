-- Supabase's image makes these roles; self-hosted services sign in as them. Run once, when the database is created.
\set password `echo "$POSTGRES_PASSWORD"`
alter user authenticator with password :'password';
alter user supabase_auth_admin with password :'password';

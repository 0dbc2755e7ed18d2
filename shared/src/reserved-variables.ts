/** The environment variables of .env.example, but for keys of providers. */
const settings = new Set([
  ...['SUPABASE_URL', 'SUPABASE_PUBLISHABLE_KEY', 'SUPABASE_JWT_SECRET'],
  ...['API_DATABASE_URL', 'WORKER_DATABASE_URL', 'DATABASE_URL', 'PREPARE'],
  ...['API_LISTEN_DATABASE_URL', 'WORKER_LISTEN_DATABASE_URL'],
  ...[
    'HOST',
    'LOG_LEVEL',
    'LOG_READS',
    'SHUTDOWN_DEADLINE_SECONDS',
    'PORT',
    'METRICS_PORT',
    'CORS_ORIGINS',
    'API_DB_CONNECTIONS',
    'TRUSTED_PROXIES',
  ],
  ...['WORKER_PORT', 'WORKER_SLOTS', 'WORKER_DB_CONNECTIONS', 'WORKER_ONCE', 'WORKER_ONCE_SECONDS'],
  ...['DASHBOARD_DATABASE_URL', 'DASHBOARD_PORT', 'DASHBOARD_PASSWORD'],
  ...[
    'SCW_PROJECT_ID',
    'SCW_DEFAULT_PROJECT_ID',
    'SCW_ACCESS_KEY',
    'SCW_ORGANIZATION_ID',
    'SCW_DEFAULT_ORGANIZATION_ID',
  ],
  ...['SCW_DEFAULT_REGION', 'SCW_DEFAULT_ZONE', 'SCW_API_URL', 'SCW_INSECURE', 'SCW_PROFILE'],
  ...['MODEL_HEDGE_MS', 'MODEL_FIRST_TOKEN_MS', 'MODEL_GAP_MS', 'MODEL_TOTAL_MS'],
])

/** What the system, Node.js and the database driver read. */
const ofSystem =
  /^(?:PATH|HOME|USER|SHELL|LANG|LC_\w+|TZ|TMPDIR|PWD|NODE_\w+|PG[A-Z]+|SSL_CERT_\w+|(?:HTTPS?|NO|ALL)_PROXY)$/

/**
 * Whether an environment variable is a setting. It can hold no key of a provider: the worker would send its value to
 * the provider, and deletes variables of keys when it has read them.
 */
export const isSetting = (name: string): boolean =>
  settings.has(name) || name.startsWith('RECTO_') || ofSystem.test(name)

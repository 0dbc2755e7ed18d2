// Runs pg-boss's own dashboard for operators, read-only and for this machine alone (docs/operations.md). Installs it
// first: nobody else needs it, so `npm start` and images do not have it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv, port, postgresUrl } from '@recto/shared/env'
import { libpqUrl } from '@recto/shared/libpq-url'
import { exitWith, orExit } from '@recto/shared/or-exit'
import { queueSchema } from '@recto/shared/queue'
import pg from 'pg'
import { z } from 'zod'

const folder = join(import.meta.dirname, '..', 'dashboard')

const install = () => {
  const stampFile = join(folder, 'node_modules', '.recto-stamp')
  const stamp = readFileSync(join(folder, 'pnpm-lock.yaml'), 'utf8')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  process.stderr.write('recto: installing the dashboard\n')
  const args = ['install', '--frozen-lockfile', '--ignore-workspace', '--config.confirmModulesPurge=false']
  const { status, stdout, stderr } = spawnSync('pnpm', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the dashboard could not be installed:\n${stdout}${stderr}`)
  writeFileSync(stampFile, stamp)
}

/** @throws Error when the role of the URL could change a job, or become another role that could */
const requireReader = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query({
      text: `select bool_or(has_table_privilege(oid, 'insert, update, delete, truncate')
        or has_any_column_privilege(oid, 'insert, update'))
        or exists (select from pg_roles r where r.rolname <> current_user and pg_has_role(r.oid, 'member'))
        from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p')`,
      values: [queueSchema],
      rowMode: 'array',
    })
    if (rows[0]?.[0] !== false)
      throw new Error(
        'DASHBOARD_DATABASE_URL has a role that can change jobs or become another one: use recto_dashboard.',
      )
  } finally {
    await client.end()
  }
}

const env = orExit(parseEnv)(
  {
    DASHBOARD_DATABASE_URL: postgresUrl,
    DASHBOARD_PORT: port(8790),
    DASHBOARD_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional(),
  },
  process.env,
)
const url = libpqUrl(env.DASHBOARD_DATABASE_URL)
await requireReader(url).catch(exitWith)
orExit(install)()

// It gets no variable of this environment besides: it needs no key and no other role.
const child = spawn(process.execPath, [join(folder, 'serve.mjs')], {
  stdio: 'inherit',
  env: {
    NODE_ENV: 'production',
    DATABASE_URL: url,
    PGBOSS_SCHEMA: queueSchema,
    PGBOSS_DASHBOARD_READ_ONLY: '1',
    PGBOSS_DASHBOARD_QUERY_TIMEOUT: '10000',
    PORT: String(env.DASHBOARD_PORT),
    ...(env.DASHBOARD_PASSWORD && {
      PGBOSS_DASHBOARD_AUTH_USERNAME: 'operator',
      PGBOSS_DASHBOARD_AUTH_PASSWORD: env.DASHBOARD_PASSWORD,
    }),
  },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
child.on('error', exitWith)
child.on('exit', (code) => process.exit(code ?? 0))

// Brings a database up to date: the project's migrations by the Supabase CLI, then pg-boss's schema, queues and grants,
// the names that the processes offer, and the limits of this environment.
import { readFileSync } from 'node:fs'
import { parseEnv, postgresUrl } from '@recto/shared/env'
import { kindContracts } from '@recto/shared/kinds/registry'
import { libpqUrl } from '@recto/shared/libpq-url'
import { offerNames } from '@recto/shared/offer-names'
import { exitWith, orExit } from '@recto/shared/or-exit'
import {
  alertQueue,
  alertQueueOptions,
  deadQueue,
  generationQueue,
  queueOptions,
  queueSchema,
  webhookQueue,
  webhookQueueOptions,
} from '@recto/shared/queue'
import { readCatalog } from '@recto/shared/read-catalog'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { z } from 'zod'
import { applyLimits, readLimits } from './limits.ts'
import { migrationState } from './migration-state.ts'
import { pushMigrations } from './push-migrations.ts'

const installQueue = async (url: string) => {
  const boss = new PgBoss({
    connectionString: libpqUrl(url),
    schema: queueSchema,
    max: 2,
    supervise: false,
    schedule: false,
  })
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`))
  await boss.start()
  const { deadLetter, ...settings } = queueOptions
  await boss.createQueue(deadQueue, { retryLimit: 100, retryDelay: 5, deleteAfterSeconds: settings.deleteAfterSeconds })
  await boss.createQueue(generationQueue, { ...settings, deadLetter })
  await boss.updateQueue(generationQueue, { ...settings, deadLetter })
  await boss.createQueue(alertQueue, alertQueueOptions)
  await boss.updateQueue(alertQueue, alertQueueOptions)
  await boss.createQueue(webhookQueue, webhookQueueOptions)
  await boss.updateQueue(webhookQueue, webhookQueueOptions)
  await boss.stop({ graceful: false })
}

// pg-boss owns its tables and may add some with a new version, so this follows each installation.
const afterInstall = `
  grant usage on schema ${queueSchema} to recto_api, recto_worker, recto_dashboard;
  grant select on ${queueSchema}.version, ${queueSchema}.queue to recto_api;
  grant select, insert, update, delete on ${queueSchema}.job_common to recto_api;
  grant select, insert, update, delete on all tables in schema ${queueSchema} to recto_worker;
  grant select on all tables in schema ${queueSchema} to recto_dashboard;
  grant usage on all sequences in schema ${queueSchema} to recto_worker;

  -- Workers look for silent ones every two seconds, which must not read the whole queue.
  create index if not exists recto_active_jobs on ${queueSchema}.job_common (name, id) where state = 'active';

  -- pg-boss qualifies every name; Supabase's advisor wants that said.
  do $$
  declare
    fn regprocedure;
  begin
    for fn in select oid from pg_proc where pronamespace = '${queueSchema}'::regnamespace and proconfig is null loop
      execute format('alter function %s set search_path = ''''', fn);
    end loop;
  end
  $$;
`

const setPasswords = async (client: pg.Client, passwords: Record<string, string | undefined>) => {
  for (const [role, password] of Object.entries(passwords))
    if (password !== undefined) await client.query(`alter role ${role} with password ${client.escapeLiteral(password)}`)
}

const env = orExit(parseEnv)(
  {
    DATABASE_URL: postgresUrl,
    RECTO_API_PASSWORD: z.string().optional(),
    RECTO_WORKER_PASSWORD: z.string().optional(),
    RECTO_LIMITS: z.string().optional(),
    RECTO_MODELS: z.string().optional(),
  },
  process.env,
)
// The files are read first, so that a mistake in them changes nothing.
const catalog = orExit(readCatalog)(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
const limits = env.RECTO_LIMITS === undefined ? undefined : orExit(readLimits)(env.RECTO_LIMITS)
const { unreleased, pending, others, taken } = await migrationState(env.DATABASE_URL).catch(exitWith)
if (unreleased) exitWith('This database was made by an unreleased version of Recto: use a new database.')
if (taken.length > 0)
  exitWith(
    `This database has tables with names that Recto needs: ${taken.join(', ')}. Rename them, or use another one.`,
  )
// The CLI needs two seconds to find that there is nothing to apply.
if (pending) orExit(pushMigrations)(env.DATABASE_URL, others)
await installQueue(env.DATABASE_URL)
const client = new pg.Client({ connectionString: libpqUrl(env.DATABASE_URL) })
await client.connect()
await client.query(afterInstall)
await setPasswords(client, { recto_api: env.RECTO_API_PASSWORD, recto_worker: env.RECTO_WORKER_PASSWORD })
await offerNames(client, catalog, kindContracts())
if (limits) await applyLimits(client, limits).catch(exitWith)
await client.end()

import { bossOn } from '@recto/shared/boss-on'
import { createPool, rowsOf, type Tx } from '@recto/shared/database'
import { channels, generationQueue, type JobData, queueSchema } from '@recto/shared/queue'
import { enter, inTransaction } from '@recto/shared/transaction'
import { createPostgresBackend, Queue } from 'bullmq'
import { Logger, makeWorkerUtils } from 'graphile-worker'
import type pg from 'pg'
import { z } from 'zod'
import type { System } from '../support/system.ts'
import { addJobs, addPeople, bossOver, personId, text } from './backlog.ts'

/** Milliseconds since 1970 with decimals, as in the request log of the model server. */
const now = (): number => performance.timeOrigin + performance.now()

/** Adds jobs to a queue. */
export type Producer = {
  /** Adds one job. Returns the time when its commit was sent. */
  add(): Promise<number>
  /** Adds the jobs of generations that are pending. */
  addGenerations(ids: readonly string[]): Promise<unknown>
  stop(): Promise<unknown>
}

const jobOf = (id: string): JobData => ({ generation_id: id })

const commitAt = async (pool: pg.Pool, account: string, work: (tx: Tx) => Promise<unknown>): Promise<number> => {
  let sentAt = 0
  await inTransaction(pool, enter({ account }), async (tx) => {
    await work(tx)
    sentAt = now()
  })
  return sentAt
}

/** Adds generations as the API does: row and job in one transaction, then a notification. */
export const recto = async ({ supabase, admin }: System): Promise<Producer> => {
  const pool = createPool({ url: supabase.apiDatabaseUrl, name: 'bench', max: 2, connectMs: 5_000 }, () => undefined)
  const boss = bossOver(pool)
  await addPeople(admin, 50)
  let added = 0
  const insert = (person: string) => async (tx: Tx) => {
    const claims = JSON.stringify({ sub: person, role: 'authenticated' })
    const setCaller = `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true)`
    const row = { text: 'insert into public.ai_generations (source_text) values ($1) returning id', values: [text] }
    const [, inserted] = await Promise.all([
      tx.query({ text: setCaller, values: [claims] }),
      tx.query(row),
      tx.query(`select set_config('role', 'none', true)`),
    ])
    const id = rowsOf(inserted, z.object({ id: z.string() }))[0]?.id ?? ''
    await boss.send(generationQueue, jobOf(id), { id, db: bossOn(tx) })
  }
  return {
    add: async () => {
      const person = personId(1 + (added++ % 50))
      const sentAt = await commitAt(pool, person, insert(person))
      await pool.query('select pg_notify($1, $2)', [channels.jobs, ''])
      return sentAt
    },
    addGenerations: addJobs(admin),
    stop: () => pool.end(),
  }
}

export const bossWork = async ({ admin }: System): Promise<Producer> => {
  const boss = bossOver(admin)
  await admin.query(`update ${queueSchema}.queue set notify = true where name = $1`, [generationQueue])
  return {
    add: () => commitAt(admin, personId(1), (tx) => boss.send(generationQueue, {}, { db: bossOn(tx) })),
    addGenerations: addJobs(admin),
    stop: () => admin.query(`update ${queueSchema}.queue set notify = false`),
  }
}

export const graphileWorker = async ({ admin, supabase }: System): Promise<Producer> => {
  const utils = await makeWorkerUtils({
    connectionString: supabase.adminUrl,
    maxPoolSize: 2,
    logger: new Logger(() => () => undefined),
  })
  await utils.migrate()
  return {
    add: () =>
      commitAt(admin, personId(1), (tx) =>
        tx.query({ name: 'add', text: `select graphile_worker.add_job('deliver')` }),
      ),
    addGenerations: (ids) => utils.addJobs(ids.map((id) => ({ identifier: 'generation', payload: jobOf(id) }))),
    stop: async () => utils.release(),
  }
}

/** BullMQ cannot join a transaction of its caller, so the time is that of the call. */
export const bullmq = async ({ supabase }: System): Promise<Producer> => {
  const connection = { connectionString: supabase.adminUrl, max: 2, migrate: true }
  const queue = new Queue('rival', { connection, defaultJobOptions: { removeOnComplete: true } }, createPostgresBackend)
  await queue.waitUntilReady()
  return {
    add: async () => {
      const sentAt = now()
      await queue.add('deliver', {})
      return sentAt
    },
    addGenerations: (ids) => queue.addBulk(ids.map((id) => ({ name: 'generation', data: jobOf(id) }))),
    stop: () => queue.close(),
  }
}

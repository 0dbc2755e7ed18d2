import { bossOn } from '@recto/shared/boss-on'
import { createPool, rowsOf, type Tx } from '@recto/shared/database'
import { channels, generationQueue, type JobData, priorityOf } from '@recto/shared/queue'
import { enter, inTransaction } from '@recto/shared/transaction'
import { z } from 'zod'
import type { TestPerson } from './person.ts'
import { startBoss } from './process-pool.ts'
import type { System } from './system.ts'
import { newText } from './text.ts'

export type NewRow = {
  source_text?: string
  model?: string
  prompt_version?: string
  options?: Record<string, unknown>
  data_residency?: 'any' | 'eu'
  optimize?: 'cost' | 'quality' | 'latency'
  max_total_tokens?: number
}

const Added = z.object({ id: z.string(), waiting: z.boolean(), band: z.int(), in_flight: z.int() })
type Added = z.infer<typeof Added>

export type Submitter = {
  /** Submits a generation with its job. Returns its id. */
  submit(person: Pick<TestPerson, 'id'>, row?: NewRow): Promise<string>
  /** Submits several generations in one transaction, so that workers see all of them at once. Returns their ids. */
  submitAll(person: Pick<TestPerson, 'id'>, rows: NewRow[]): Promise<string[]>
}

/**
 * Creates a submitter that stores generations with their jobs in one transaction and notifies the workers. It uses the
 * role and the statements of the API, and ends with the system.
 */
export const createSubmitter = async ({ supabase, onStop }: System): Promise<Submitter> => {
  const pool = createPool(
    { url: supabase.apiDatabaseUrl, name: 'submitter', max: 8, connectMs: 30_000 },
    () => undefined,
  )
  onStop(() => pool.end())
  const boss = await startBoss(pool, { onStop })

  const insert = async (tx: Tx, row: NewRow): Promise<Added> => {
    const { source_text = newText(), model = 'balanced', prompt_version = 'flashcards@1', options = {} } = row
    const statement = {
      text: `with added as (
        insert into public.ai_generations (source_text, model, prompt_version, options, data_residency, optimize, max_total_tokens)
          values ($1, $2, $3, $4, $5, $6, $7)
        returning id, waiting
      )
      select added.id, added.waiting, (current_setting('recto.admission')::json ->> 'priority')::integer as band,
        (select count(*)::integer from public.ai_generations
          where user_id = (select auth.uid()) and finished_at is null and not waiting) as in_flight from added`,
      values: [
        source_text,
        model,
        prompt_version,
        options,
        row.data_residency ?? 'any',
        row.optimize,
        row.max_total_tokens,
      ],
    }
    const [added] = rowsOf(await tx.query(statement), Added)
    if (!added) throw new Error('the insert answered no row')
    return added
  }

  const enqueue = async (tx: Tx, { id, waiting, band, in_flight }: Added): Promise<string> => {
    if (waiting) return id
    const data: JobData = { generation_id: id }
    const sent = await boss.send(generationQueue, data, {
      id,
      priority: priorityOf(in_flight, band),
      db: bossOn(tx),
    })
    if (sent === null) throw new Error('the job was not stored')
    return id
  }

  const submitAll = async ({ id: userId }: Pick<TestPerson, 'id'>, rows: NewRow[]): Promise<string[]> => {
    const claims = JSON.stringify({ sub: userId, role: 'authenticated' })
    const ids = await inTransaction(pool, enter({ account: userId }), async (tx) => {
      const text = `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true)`
      await tx.query({ text, values: [claims] })
      const added = await Promise.all(rows.map((row) => insert(tx, row)))
      await tx.query(`select set_config('role', 'none', true)`)
      return Promise.all(added.map((one) => enqueue(tx, one)))
    })
    await pool.query('select pg_notify($1, $2)', [channels.jobs, ''])
    return ids
  }

  return {
    submit: async (person, row = {}) => {
      const [id] = await submitAll(person, [row])
      if (id === undefined) throw new Error('nothing was submitted')
      return id
    },
    submitAll,
  }
}

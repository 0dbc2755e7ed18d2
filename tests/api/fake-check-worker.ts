import pg from 'pg'
import type { System } from '../support/system.ts'
import type { ApiPerson } from './api-system.ts'

/** What the fake worker answers unless a test says otherwise. */
export const answered = {
  text: 'Yes.',
  model: 'gpt-oss-120b',
  provider: 'scaleway',
  usage: { tokens_input: 12, tokens_output: 3, cost_usd: '0.0000012' },
  latency_ms: 321,
}

type Part = { result: object | null; notify: boolean }

/**
 * Imitates a worker with the database rights of one: gets notified of a check and writes the result in the part of its
 * person, or writes nothing when the part has no result. It ends with the system.
 */
export const startFakeWorker = async ({ supabase, workerPool, onStop }: System) => {
  const listener = new pg.Client({ connectionString: supabase.workerDatabaseUrl })
  const pool = workerPool(2)
  onStop(() => listener.end())
  const parts = new Map<string, Part>()
  const answerCheck = async (id: string) => {
    const { rows } = await pool.query('select user_id from recto.connection_checks where id = $1', [id])
    const { result, notify } = parts.get(rows[0]?.user_id) ?? { result: { ok: true, ...answered }, notify: true }
    if (!result) return
    await pool.query(`update recto.connection_checks set status = 'done', result = $2 where id = $1`, [id, result])
    if (notify) await pool.query(`select pg_notify('recto_status', $1)`, [id])
  }
  listener.on('notification', ({ payload }) => void answerCheck(payload ?? ''))
  await listener.connect()
  await listener.query('listen recto_connection_checks')
  return {
    setPart: ({ id }: ApiPerson, part: Part) => parts.set(id, part),
  }
}

export type FakeWorker = Awaited<ReturnType<typeof startFakeWorker>>

import { LiveMessage } from '@recto/shared/live'
import { channels } from '@recto/shared/queue'
import type pg from 'pg'

/** Writes and notifies what a worker would, as superuser. */
export const playWorker = (admin: pg.Pool) => {
  const notify = (channel: string, payload: string) => admin.query('select pg_notify($1, $2)', [channel, payload])
  const change = async (id: string, columns: string, values: unknown[] = []) => {
    await admin.query(`update public.ai_generations set ${columns} where id = $1`, [id, ...values])
    await notify(channels.status, id)
  }
  return {
    notify,
    /** Claims the generation, also once more. */
    start: (id: string) => change(id, `status = 'running', attempts = attempts + 1, started_at = now()`),
    retry: (id: string) => change(id, `status = 'pending'`),
    fail: (id: string) =>
      change(id, `status = 'failed', finished_at = now(), error = $2`, [
        { code: 'refused', message: 'no', retryable: false },
      ]),
    /** Says what a model wrote. */
    live: (id: string, attempt: number, ...events: LiveMessage['events']) =>
      notify(channels.live, JSON.stringify(LiveMessage.parse({ generation_id: id, attempt, events }))),
    /** Stores suggestions with these keys, and ends the generation. */
    succeed: async (id: string, keys: string[]) => {
      const client = await admin.connect()
      try {
        await client.query('begin')
        await client.query(
          `insert into public.ai_suggestions (generation_id, user_id, account_id, written_at, position, front, back,
             source_quote, quote_start, quote_end, fingerprint)
           select id, user_id, account_id, created_at, n, 'Front ' || n, 'Back ' || n, 'This', 0, 4, key
             from public.ai_generations, unnest($2::text[]) with ordinality k(key, n) where id = $1`,
          [id, keys],
        )
        await client.query(
          `update public.ai_generations set status = 'succeeded', suggestions_count = $2, finished_at = now() where id = $1`,
          [id, keys.length],
        )
        await client.query('commit')
      } finally {
        client.release()
      }
      await notify(channels.status, id)
    },
  }
}

/** A provisional suggestion as a worker sends it. */
export const liveItem = (key: string, front = `Front of ${key}`) => ({
  type: 'item' as const,
  key,
  value: { front, back: 'Back', source_quote: 'This', quote_start: 0, quote_end: 4, flags: [] },
})

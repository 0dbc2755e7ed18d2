import { setTimeout as delay } from 'node:timers/promises'
import type { System } from '../support/system.ts'
import { budgetUsd, limits } from './people.ts'

const SAMPLE_MS = 500

/** Looks at the tables twice a second for a limit or a budget that is exceeded at that moment. */
export const startSampling = ({ admin }: System, limited: string, poor: string) => {
  const stopped = new AbortController()
  const exceeded = new Set<string>()
  let samples = 0
  const sample = async () => {
    const { rows } = await admin.query<{ live: number; spent: string; over: boolean }>(
      `select (select count(*)::int from public.ai_generations where account_id = $1 and finished_at is null and not waiting) as live,
         s.spent::text, s.spent > $3::numeric as over
       from (select coalesce(sum(spent_usd + reserved_usd), 0) as spent from recto.spending where account_id = $2) s`,
      [limited, poor, budgetUsd],
    )
    const [row] = rows
    samples += 1
    if (row && row.live > limits.concurrent) exceeded.add(`${row.live} generations of ${limited} at the same time`)
    if (row?.over) exceeded.add(`${poor} had ${row.spent} of ${budgetUsd} USD spent and reserved`)
  }
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      // Postgres is down at times.
      await sample().catch(() => undefined)
      await delay(SAMPLE_MS)
    }
  })()
  return {
    /** Stops, and answers what was exceeded. */
    stop: async () => {
      stopped.abort()
      await loop
      return { exceeded: [...exceeded], samples }
    },
  }
}

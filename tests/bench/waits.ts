import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

const SAMPLE_MS = 20

/** How many back ends worked or waited at a moment, on average, and for what. */
export type Waits = { active: number; by: ReadonlyMap<string, number> }

const statement = {
  name: 'sample_waits',
  text: `select coalesce(wait_event_type || ':' || wait_event, 'CPU') as event, count(*)::integer as count
    from pg_stat_activity where application_name like $1 || '%' and state = 'active' group by 1`,
}

/** Samples the wait events of the active back ends whose application_name begins with `name`, while `work` runs. */
export const sampleWaits = async <T>(
  admin: pg.Pool,
  name: string,
  work: () => Promise<T>,
): Promise<{ result: T; waits: Waits }> => {
  const counts = new Map<string, number>()
  let samples = 0
  let over = false
  const sample = async () => {
    while (!over) {
      const { rows } = await admin.query<{ event: string; count: number }>({ ...statement, values: [name] })
      samples += 1
      for (const { event, count } of rows) counts.set(event, (counts.get(event) ?? 0) + count)
      await delay(SAMPLE_MS)
    }
  }
  const sampling = sample()
  const result = await work().finally(() => {
    over = true
  })
  await sampling
  const by = new Map([...counts].map(([event, count]) => [event, count / samples]))
  return { result, waits: { active: [...by.values()].reduce((sum, one) => sum + one, 0), by } }
}

/** `2.1 active: CPU 60 %, LWLock:WALWrite 30 %`. Events below 2 % of the active back ends are left out. */
export const writeWaits = ({ active, by }: Waits): string => {
  const shares = [...by].map(([event, count]) => ({ event, percent: (count / active) * 100 }))
  const named = shares.filter(({ percent }) => percent >= 2).toSorted((a, b) => b.percent - a.percent)
  const list = named.map(({ event, percent }) => `${event} ${percent.toFixed(0)} %`).join(', ')
  return `${active.toFixed(1)} active${list && `: ${list}`}`
}

/** The mean over several samplings. */
export const meanWaits = (all: readonly Waits[]): Waits => {
  const by = new Map<string, number>()
  for (const waits of all)
    for (const [event, count] of waits.by) by.set(event, (by.get(event) ?? 0) + count / all.length)
  return { active: all.reduce((sum, { active }) => sum + active / all.length, 0), by }
}

import { setTimeout as delay } from 'node:timers/promises'
import { startSystem } from '../support/system.ts'
import { resetBacklog } from './backlog.ts'
import { perSecond } from './numbers.ts'
import { below, type Part } from './row.ts'

const seconds = 10

/** Measures the statements per second of an idle worker, BEGIN and COMMIT included. */
export const idle: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  const statements = async () => {
    const { rows } = await system.admin.query<{ calls: number }>(
      `select coalesce(sum(calls), 0)::integer as calls from extensions.pg_stat_statements
       where userid = 'recto_worker'::regrole and toplevel`,
    )
    return rows[0]?.calls ?? 0
  }
  try {
    await resetBacklog(system.admin)
    const worker = await system.startWorker({ WORKER_SLOTS: '200' })
    await delay(2_000)
    const before = await statements()
    await delay(seconds * 1_000)
    const rate = ((await statements()) - before) / seconds
    await worker.stop()
    say(`idle: ${perSecond(rate)}`)
    return [below('statements of an idle worker of 200 slots', rate, perSecond(rate), 3, '/s')]
  } finally {
    await system.stop()
  }
}

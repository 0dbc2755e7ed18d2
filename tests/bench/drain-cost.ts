import type { System } from '../support/system.ts'
import { answer, databaseNow, enqueue, resetBacklog, waitUntilDrained } from './backlog.ts'
import { ms, perSecond } from './numbers.ts'
import { context, type Row } from './row.ts'
import { measureUsed } from './spent.ts'

const jobs = 800
const longestMs = 60_000

/**
 * Measures what one generation of a backlog costs: CPU time of the worker and of its back ends, commits, waits for the disk
 * and WAL. `frames`: in how many pieces the provider streams an answer. Real providers send a token or two in each.
 */
export const drainCost = async ({ admin, model, startWorker }: System, slots: number, frames: number): Promise<Row> => {
  model.setScript([{ content: answer, chunks: frames }])
  await resetBacklog(admin)
  const worker = await startWorker({ WORKER_SLOTS: String(slots) })
  await enqueue(admin, 200)
  await waitUntilDrained(admin, await databaseNow(admin), longestMs)
  await resetBacklog(admin)
  let rate = 0
  const used = await measureUsed(admin, { pid: worker.pid, name: 'recto_worker' }, async () => {
    const since = await databaseNow(admin)
    await enqueue(admin, jobs)
    const drained = await waitUntilDrained(admin, since, longestMs)
    rate = drained.rate
    return drained.finished
  })
  await worker.stop()
  const written = `${used.commits.toFixed(2)} commits, ${used.fsyncs.toFixed(2)} fsyncs, ${(used.wal / 1000).toFixed(1)} kB of WAL`
  return context({
    what: `drain, CPU of one generation, answer in ${frames} frames`,
    recto: `${ms(used.process + used.backends)} (worker ${ms(used.process)}, Postgres ${ms(used.backends)})`,
    against: `${perSecond(rate)}; ${written}`,
  })
}

import type { Service, System } from '../support/system.ts'
import { databaseNow, waitUntilDrained } from './backlog.ts'
import { startLoad } from './load.ts'
import type { Revision } from './revision.ts'
import { measureUsed, type Used } from './spent.ts'

export const submitting = { connections: 10, ms: 1_500 }
const draining = { jobs: 400, slots: '50', longestMs: 60_000 }

/**
 * Drains a backlog by a new worker with these variables. `share` of the usual number of jobs is measured. `backlog` is
 * that of the system's revision.
 */
export const drainWith =
  (system: System, backlog: Revision['backlog'], chunks: number, env: Record<string, string> = {}) =>
  async (share: number): Promise<Used> => {
    const { admin, model } = system
    model.setScript([{ content: backlog.answer, chunks }])
    await backlog.resetBacklog(admin)
    const worker = await system.startWorker({ WORKER_SLOTS: draining.slots, ...env })
    await backlog.enqueue(admin, 50)
    await waitUntilDrained(admin, await databaseNow(admin), draining.longestMs)
    const jobs = Math.ceil(draining.jobs * share)
    const used = await measureUsed(admin, { pid: worker.pid, name: 'recto_worker' }, async () => {
      await backlog.enqueue(admin, jobs)
      await waitUntilDrained(admin, await databaseNow(admin), draining.longestMs)
      return jobs
    })
    await worker.stop()
    return used
  }

/** Sends requests to an API from a process of its own, and counts the answers. */
export const load =
  (
    system: System,
    api: Service,
    requests: string[],
    { connections, ms: longestMs }: typeof submitting,
    status: number,
  ) =>
  async (share: number): Promise<Used> => {
    const clients = startLoad()
    const port = Number(new URL(api.url).port)
    const used = await measureUsed(system.admin, { pid: api.pid, name: 'recto_api' }, async () => {
      const answers = await clients.latencies({ port, connections, ms: longestMs * share, requests, status })
      return answers.length
    })
    await clients.stop()
    return used
  }

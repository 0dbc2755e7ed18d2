import type { System } from '../support/system.ts'
import { enqueue, resetBacklog } from './backlog.ts'
import { type Drain, drainAll, measureDrain } from './measure-drain.ts'
import type { Producer } from './queues.ts'
import { startRival } from './rival.ts'

type Consumer = { pid: number; stop(): Promise<unknown> }

/** A system that runs generations for jobs of its queue. */
export type Drainer = {
  name: string
  /** What the application_name of its connections begins with. */
  connections: string
  queue: Producer
  start(providerUrl: string): Promise<Consumer>
}

export const workerOf = (system: System, queue: Producer, slots: number): Drainer => ({
  name: 'Recto',
  connections: 'recto_worker',
  queue,
  start: (providerUrl) => system.startWorker({ WORKER_SLOTS: String(slots), OPENROUTER_BASE_URL: providerUrl }),
})

/** Names the connections to this URL, so that the CPU time of their back ends can be counted. */
const named = (url: string, name: string): string => {
  const parsed = new URL(url)
  parsed.searchParams.set('application_name', name)
  return parsed.href
}

/** The script of `rivals/` that runs generations by this queue. All of them do it as the worker's role. */
const rivalBy =
  (script: string, adminOfQueue: boolean) =>
  ({ supabase }: System, name: string, queue: Producer, slots: number, more = {}): Drainer => ({
    name,
    connections: 'rival',
    queue,
    start: (providerUrl) =>
      startRival(`generations-by-${script}`, {
        url: named(adminOfQueue ? supabase.adminUrl : supabase.workerDatabaseUrl, 'rival_queue'),
        slots,
        reportTo: providerUrl,
        more: { ...more, workUrl: supabase.workerDatabaseUrl },
      }),
  })

export const bossWorkOf = rivalBy('boss-work', false)
// These two have tables of their own, which belong to the superuser.
export const graphileWorkerOf = rivalBy('graphile-worker', true)
export const bullmqOf = rivalBy('bullmq', true)

const fresh = async <T>(
  system: System,
  drainer: Drainer,
  providerUrl: string,
  run: (consumer: Consumer) => Promise<T>,
) => {
  await resetBacklog(system.admin)
  const consumer = await drainer.start(providerUrl)
  try {
    return await run(consumer)
  } finally {
    await consumer.stop()
  }
}

const enqueueFor =
  ({ admin }: System, { queue }: Drainer) =>
  (count: number) =>
    enqueue(admin, count, queue.addGenerations)

/** Measures a new process of a drainer on a fresh database. */
export const drainBy = (system: System, drainer: Drainer, providerUrl: string, count: number): Promise<Drain> =>
  fresh(system, drainer, providerUrl, ({ pid }) =>
    measureDrain(system.admin, { pid, name: drainer.connections }, enqueueFor(system, drainer), count),
  )

/** The generations per second of a new process that has no warm-up. */
export const rateBy = (system: System, drainer: Drainer, providerUrl: string, count: number): Promise<number> =>
  fresh(system, drainer, providerUrl, () => drainAll(system.admin, enqueueFor(system, drainer), count))

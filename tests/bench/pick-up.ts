import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@recto/local/until'
import { type System, startSystem } from '../support/system.ts'
import { answer, resetBacklog } from './backlog.ts'
import { ms, percentile } from './numbers.ts'
import { bossWork, bullmq, graphileWorker, type Producer, recto } from './queues.ts'
import { startRival } from './rival.ts'
import { below, context, type Part, type Row } from './row.ts'

const warmUp = 10

/** Adds jobs one at a time to an idle queue. Returns the times from commit to the provider request that each causes. */
const latencies = async ({ model }: System, producer: Producer, count: number): Promise<number[]> => {
  const found: number[] = []
  for (let n = 0; n < warmUp + count; n++) {
    model.clearRequests()
    const sentAt = await producer.add()
    await until(() => model.totals().completed === 1, { what: 'a job', timeoutMs: 5_000, everyMs: 3 })
    const startedAt = model.requests[0]?.startedAt ?? Number.NaN
    if (n >= warmUp) found.push(startedAt - sentAt)
    // Lets the job complete and the worker become idle. Random, so that it does not coincide with a poll.
    await delay(15 + Math.random() * 15)
  }
  return found
}

const formatPercentiles = (found: number[]) =>
  [0.5, 0.95, 0.99].map((p) => `p${p * 100} ${ms(percentile(found, p))}`).join(', ')

type Contender = {
  name: string
  produce(system: System): Promise<Producer>
  consume(system: System): Promise<{ stop(): Promise<unknown> }>
}

const rival = (name: string, produce: Contender['produce'], slots: number): Contender => ({
  name: `${name}, ${slots} at a time`,
  produce,
  consume: ({ supabase, model }) => startRival(name, { url: supabase.adminUrl, slots, reportTo: model.url }),
})

const worker = (slots: number): Contender => ({
  name: `Recto, ${slots} slot${slots === 1 ? '' : 's'}`,
  produce: recto,
  consume: (system) => system.startWorker({ WORKER_SLOTS: String(slots) }),
})

const measure = async (system: System, contender: Contender, count: number): Promise<number[]> => {
  await resetBacklog(system.admin)
  const producer = await contender.produce(system)
  const consumer = await contender.consume(system)
  const found = await latencies(system, producer, count)
  await consumer.stop()
  await producer.stop()
  return found
}

const rowsOf = (name: string, found: number[]): Row[] => [
  below(`pick-up p50, ${name}`, percentile(found, 0.5), formatPercentiles(found), 10, ' ms'),
  below(`pick-up p95, ${name}`, percentile(found, 0.95), ms(percentile(found, 0.95)), 25, ' ms'),
]

/**
 * Measures the time from the commit of a submission to its provider request on an idle queue. Recto claims the
 * generation and writes its ai_calls row before the request. The others send the request at once.
 */
export const pickUp: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  try {
    system.model.setScript([{ content: answer }])
    await system.limit(1_000_000, 60)
    const rows: Row[] = []
    for (const contender of [worker(1), worker(200)]) {
      const found = await measure(system, contender, 80)
      say(`pick-up, ${contender.name}: ${formatPercentiles(found)}`)
      rows.push(...rowsOf(contender.name, found))
    }
    const others = [rival('boss-work', bossWork, 1), rival('boss-work', bossWork, 200)]
    for (const contender of [...others, rival('graphile-worker', graphileWorker, 1), rival('bullmq', bullmq, 1)]) {
      const found = await measure(system, contender, 30)
      say(`pick-up, ${contender.name}: ${formatPercentiles(found)}`)
      rows.push(context({ what: `pick-up, ${contender.name}`, recto: '', against: formatPercentiles(found) }))
    }
    return rows
  } finally {
    await system.stop()
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@recto/local/until'
import { type System, startSystem } from '../support/system.ts'
import { answer, resetBacklog } from './backlog.ts'
import { inTurn } from './interleaved.ts'
import { ms, percentile } from './numbers.ts'
import { bossWork, bullmq, graphileWorker, type Producer, recto } from './queues.ts'
import { startRival } from './rival.ts'
import { atMost, below, context, type Part, type Row } from './row.ts'

const warmUp = 10
const count = 30
const rounds = 3

/** Adds jobs one at a time to an idle queue. Returns the times from commit to the provider request that each causes. */
const latencies = async ({ model }: System, producer: Producer): Promise<number[]> => {
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

const measure = async (system: System, contender: Contender): Promise<number[]> => {
  await resetBacklog(system.admin)
  const producer = await contender.produce(system)
  const consumer = await contender.consume(system)
  const found = await latencies(system, producer)
  await consumer.stop()
  await producer.stop()
  return found
}

/** The worker, and graphile-worker, with the same number of slots. */
const pairs = [1, 200].map((slots) => ({
  recto: worker(slots),
  graphile: rival('graphile-worker', graphileWorker, slots),
}))
const others = [rival('boss-work', bossWork, 1), rival('boss-work', bossWork, 200), rival('bullmq', bullmq, 1)]

const pairRows = ({ recto, graphile }: (typeof pairs)[number], of: (contender: Contender) => number[]): Row[] => {
  const [own, other] = [of(recto), of(graphile)]
  const [p50, p95, otherP50] = [percentile(own, 0.5), percentile(own, 0.95), percentile(other, 0.5)]
  const against = `${graphile.name} ${formatPercentiles(other)}`
  return [
    atMost({ what: `pick-up p50, ${recto.name}`, recto: formatPercentiles(own), against, ratio: p50 / otherP50 }, 2),
    below(`pick-up p50, ${recto.name}`, p50, ms(p50), 10, ' ms'),
    below(`pick-up p95, ${recto.name}`, p95, ms(p95), 25, ' ms'),
  ]
}

/**
 * Measures the time from the commit of a submission to its provider request on an idle queue. Recto claims the
 * generation and writes its ai_calls row before the request. The others send the request at once.
 */
export const pickUp: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  try {
    system.model.setScript([{ content: answer }])
    await system.limit(1_000_000, 60)
    const contenders = [...pairs.flatMap(({ recto, graphile }) => [recto, graphile]), ...others]
    const found = await inTurn(
      new Map(contenders.map((contender) => [contender, () => measure(system, contender)])),
      rounds,
    )
    const of = (contender: Contender) => found.get(contender)?.flat() ?? []
    for (const contender of contenders) say(`pick-up, ${contender.name}: ${formatPercentiles(of(contender))}`)
    return [
      ...pairs.flatMap((pair) => pairRows(pair, of)),
      ...others.map((contender) =>
        context({ what: `pick-up, ${contender.name}`, recto: '', against: formatPercentiles(of(contender)) }),
      ),
    ]
  } finally {
    await system.stop()
  }
}

import { generationQueue, queueSchema } from '@recto/shared/queue'
import type pg from 'pg'
import { type System, startSystem } from '../support/system.ts'
import { answer, databaseNow, enqueue, resetBacklog, steadyRate, waitUntilDrained } from './backlog.ts'
import { drainCost } from './drain-cost.ts'
import { interleaved } from './interleaved.ts'
import { perSecond } from './numbers.ts'
import { startRival } from './rival.ts'
import { atLeast, context, type Part } from './row.ts'

const slots = 50
const rounds = 2
const jobs = 800
const longestMs = 15_000

type Setting = { name: string; slots: number; more: Record<string, number | boolean> }

/** Settings of boss.work of which one may be its fastest: loops of one job with and without burst, and batches. */
const settings: Setting[] = [
  { name: '50 loops', slots, more: {} },
  { name: '50 loops with burst', slots, more: { burstWhenReadyExceeds: 1 } },
  { name: '5 loops of batches of 10', slots: 5, more: { batchSize: 10, burstWhenBatchFull: true } },
  { name: '1 loop of batches of 50', slots: 1, more: { batchSize: 50, burstWhenBatchFull: true } },
]

type Consumer = { stop(): Promise<unknown> }

/** Measures the generations per second of a consumer after a warm-up. */
const drainBy = async (admin: pg.Pool, start: () => Promise<Consumer>, count: number, mostMs: number) => {
  await resetBacklog(admin)
  const consumer = await start()
  await enqueue(admin, 100)
  await waitUntilDrained(admin, await databaseNow(admin), 5_000)
  await resetBacklog(admin)
  const since = await databaseNow(admin)
  await enqueue(admin, count)
  const { rate } = await waitUntilDrained(admin, since, mostMs)
  await consumer.stop()
  return rate
}

const byWorker = (system: System, count: number) => () => system.startWorker({ WORKER_SLOTS: String(count) })

const byBossWork = (system: System, setting: Setting) => () =>
  startRival('generations-by-boss-work', {
    url: system.supabase.workerDatabaseUrl,
    slots: setting.slots,
    more: setting.more,
    reportTo: system.model.url,
  })

const bestOf = (tried: { setting: Setting; rate: number }[]): Setting => {
  const [best] = tried.toSorted((a, b) => b.rate - a.rate)
  if (!best) throw new RangeError('nothing was tried')
  return best.setting
}

/** A script whose answers take 0.1 to 1.9 s, in the same order for every consumer. */
const varied = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ content: answer, times: 1, latency_ms: 100 + ((n * 7) % 19) * 100 }))

/** Measures how fast the worker, and boss.work with the worker's claim, call, gate and commit, drain a backlog. */
export const drain: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  const { admin, model } = system
  try {
    // boss.work is fastest with notifications of pg-boss. Recto's worker does not need them.
    await admin.query(`update ${queueSchema}.queue set notify = true where name = $1`, [generationQueue])
    model.setScript([{ content: answer }])
    const tried = []
    for (const setting of settings) {
      const rate = await drainBy(admin, byBossWork(system, setting), jobs, 1_500)
      say(`drain, boss.work with ${setting.name}: ${perSecond(rate)}`)
      tried.push({ setting, rate })
    }
    const best = bestOf(tried)

    const rates = await interleaved(
      new Map(
        [
          { name: 'Recto', start: byWorker(system, slots) },
          { name: 'best', start: byBossWork(system, best) },
        ].map(({ name, start }) => [
          name,
          // drainBy warms up a new process in each run.
          async (warmUp) => (warmUp ? 0 : drainBy(admin, start, jobs, longestMs)),
        ]),
      ),
      rounds,
    )
    const rate = (name: string) => rates.get(name) ?? Number.NaN
    const costs = [await drainCost(system, slots, 8), await drainCost(system, slots, 300)]
    const mixed = async (start: () => Promise<Consumer>) => {
      model.setScript(varied(100 + 120))
      return drainBy(admin, start, 120, 30_000)
    }
    const own = await mixed(byWorker(system, slots))
    const other = await mixed(byBossWork(system, best))
    model.setScript([{ content: answer, latency_ms: 1_000 }])
    const whole = await drainBy(admin, byWorker(system, 200), 2_000, 30_000)
    // Skips two rounds of all slots, because the first 200 answers arrive at the same instant.
    const slow = await steadyRate(admin, 400)
    say(`drain, provider of 1 s: ${perSecond(slow)}, with its start ${perSecond(whole)}`)
    return [
      atLeast(
        {
          what: `drain, ${slots} at a time, instant provider`,
          recto: perSecond(rate('Recto')),
          against: `boss.work (${best.name}) ${perSecond(rate('best'))}`,
          ratio: rate('Recto') / rate('best'),
        },
        3,
      ),
      ...costs,
      ...tried.map(({ setting, rate: found }) =>
        context({
          what: 'drain, look for the best setting',
          recto: '',
          against: `boss.work (${setting.name}) ${perSecond(found)}`,
        }),
      ),
      context({
        what: `drain, ${slots} at a time, provider of 0.1 to 1.9 s`,
        recto: perSecond(own),
        against: `boss.work (${best.name}) ${perSecond(other)}`,
        ratio: own / other,
      }),
      atLeast(
        {
          what: 'drain, 200 slots, provider of 1 s',
          recto: `${perSecond(slow)} (with its start ${perSecond(whole)})`,
          against: 'ideal 200/s',
          ratio: slow / 200,
        },
        0.9,
      ),
    ]
  } finally {
    await system.stop()
  }
}

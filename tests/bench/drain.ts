import { generationQueue, queueSchema } from '@recto/shared/queue'
import type pg from 'pg'
import { type System, startSystem } from '../support/system.ts'
import { answer, clear, databaseNow, drained, enqueue } from './backlog.ts'
import { median, perSecond } from './figures.ts'
import { startRival } from './rival.ts'
import { atLeast, type Part } from './row.ts'

const slots = 50
const rounds = 3

/** The ways to set boss.work up that could be its best: many loops, loops that do not rest, and batches with and without loops. */
const settings: { name: string; slots: number; more: Record<string, number | boolean> }[] = [
  { name: '50 loops', slots, more: {} },
  { name: '50 loops, burst', slots, more: { burstWhenReadyExceeds: 1 } },
  { name: '5 loops of batches of 10', slots: 5, more: { batchSize: 10, burstWhenBatchFull: true } },
  { name: '1 loop of batches of 50', slots: 1, more: { batchSize: 50, burstWhenBatchFull: true } },
]

type Consumer = { stop(): Promise<unknown> }

/** Drains `count` generations by a consumer that is warm, and answers how fast. */
const drainBy = async (admin: pg.Pool, start: () => Promise<Consumer>, count: number, longestMs: number) => {
  await clear(admin)
  const consumer = await start()
  await enqueue(admin, 100)
  await drained(admin, await databaseNow(admin), 10_000)
  await clear(admin)
  const since = await databaseNow(admin)
  await enqueue(admin, count)
  const result = await drained(admin, since, longestMs)
  await consumer.stop()
  return result
}

const byWorker = (system: System, count: number) => () => system.startWorker({ WORKER_SLOTS: String(count) })

const byBossWork = (system: System, setting: (typeof settings)[number]) => () =>
  startRival('generations-by-boss-work', {
    url: system.supabase.workerDatabaseUrl,
    slots: setting.slots,
    more: setting.more,
    reportTo: system.model.url,
  })

export const drain: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  const { admin, model } = system
  try {
    // Its own hints are part of boss.work's best setting; Recto's worker needs none of pg-boss's.
    await admin.query(`update ${queueSchema}.queue set notify = true where name = $1`, [generationQueue])
    model.setScript([{ content: answer }])
    const tried = []
    for (const setting of settings) {
      const { rate } = await drainBy(admin, byBossWork(system, setting), 1500, 2_500)
      say(`drain, boss.work with ${setting.name}: ${perSecond(rate)}`)
      tried.push({ setting, rate })
    }
    const best = tried.toSorted((a, b) => b.rate - a.rate)[0]?.setting ?? settings[0]
    if (!best) throw new Error('no setting of boss.work was tried')

    const own: number[] = []
    const others: number[] = []
    for (let round = 0; round < rounds; round++) {
      own.push((await drainBy(admin, byWorker(system, slots), 1500, 20_000)).rate)
      others.push((await drainBy(admin, byBossWork(system, best), 1500, 20_000)).rate)
      say(`drain, round ${round + 1}: Recto ${perSecond(own.at(-1) ?? 0)}, boss.work ${perSecond(others.at(-1) ?? 0)}`)
    }

    model.setScript([{ content: answer, latency_ms: 1_000 }])
    const slow = await drainBy(admin, byWorker(system, 200), 1600, 30_000)
    say(`drain, a provider of 1 s: ${perSecond(slow.rate)}`)
    return [
      atLeast(
        {
          what: `drain, ${slots} at a time, instant provider`,
          recto: perSecond(median(own)),
          against: `boss.work (${best.name}) ${perSecond(median(others))}`,
          ratio: median(own) / median(others),
        },
        3,
      ),
      atLeast(
        {
          what: 'drain, 200 slots, provider of 1 s',
          recto: perSecond(slow.rate),
          against: 'ideal 200/s',
          ratio: slow.rate / 200,
        },
        0.9,
      ),
    ]
  } finally {
    await system.stop()
  }
}

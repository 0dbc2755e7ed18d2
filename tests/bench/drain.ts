import { type System, startSystem } from '../support/system.ts'
import { bossWorkOf, bullmqOf, type Drainer, drainBy, graphileWorkerOf, rateBy, workerOf } from './drainers.ts'
import { inTurn } from './interleaved.ts'
import { medianDrain } from './measure-drain.ts'
import { ms, perSecond } from './numbers.ts'
import { type Provider, startProvider } from './provider.ts'
import { bossWork, bullmq, graphileWorker, type Producer } from './queues.ts'
import { atLeast, atMost, below, context, type Part, type Row } from './row.ts'
import { slowProviders } from './slow-providers.ts'
import { cpu, writeUsed } from './spent.ts'

const slots = 50
const rounds = 2
const jobs = 400

/** Settings of boss.work of which one may be its fastest: loops of one job with and without burst, and batches. */
const settings = [
  { name: '50 loops', slots, more: {} },
  { name: '50 loops with burst', slots, more: { burstWhenReadyExceeds: 1 } },
  { name: '5 loops of batches of 10', slots: 5, more: { batchSize: 10, burstWhenBatchFull: true } },
  { name: '1 loop of batches of 50', slots: 1, more: { batchSize: 50, burstWhenBatchFull: true } },
]

/** How many times the rate of boss.work is to be reached, by how many frames the provider streams an answer in. */
const targets: readonly [frames: number, least: number][] = [
  [8, 2.3],
  [300, 3],
]

type Drainers = Record<'recto' | 'bossWork' | 'graphileWorker' | 'bullmq', Drainer>

/** Looks for the fastest boss.work. */
const findBossWork = async (
  system: System,
  queue: Producer,
  provider: Provider,
  say: (line: string) => void,
): Promise<Drainer> => {
  const tried = []
  for (const { name, slots, more } of settings) {
    const drainer = bossWorkOf(system, `boss.work (${name})`, queue, slots, more)
    const rate = await rateBy(system, drainer, provider.url(8), jobs / 2)
    say(`drain, ${drainer.name}: ${perSecond(rate)}`)
    tried.push({ drainer, rate })
  }
  const [best] = tried.toSorted((a, b) => b.rate - a.rate)
  if (!best) throw new RangeError('nothing was tried')
  return best.drainer
}

/** Compares all drainers with a provider that answers instantly, in so many frames. */
const compare = async (system: System, drainers: Drainers, providerUrl: string, frames: number, least: number) => {
  const all = Object.values(drainers)
  const measures = all.map((drainer) => [drainer, () => drainBy(system, drainer, providerUrl, jobs)] as const)
  const found = await inTurn(new Map(measures), rounds)
  const drainOf = (drainer: Drainer) => medianDrain(found.get(drainer) ?? [])
  const { recto, bossWork, graphileWorker, bullmq } = drainers
  const { used, rate } = drainOf(recto)
  const answered = `${slots} at a time, ${frames} frames`
  const ofRate = (rival: Drainer) => ({
    what: `drain, ${answered}`,
    recto: perSecond(rate),
    against: `${rival.name} ${perSecond(drainOf(rival).rate)}`,
    ratio: rate / drainOf(rival).rate,
  })
  const ofCpu = (rival: Drainer) => ({
    what: `CPU of a generation, ${answered}`,
    recto: ms(cpu(used)),
    against: `${rival.name} ${ms(cpu(drainOf(rival).used))}`,
    ratio: cpu(used) / cpu(drainOf(rival).used),
  })
  const { commits, fsyncs } = used
  return [
    atLeast(ofRate(bossWork), least),
    context(ofRate(graphileWorker)),
    context(ofRate(bullmq)),
    context(ofCpu(bossWork)),
    atMost(ofCpu(graphileWorker), 0.45),
    atMost(ofCpu(bullmq), 0.4),
    below(`commits of a generation, ${answered}`, commits, commits.toFixed(2), 1, ''),
    below(`waits for the disk of a generation, ${answered}`, fsyncs, fsyncs.toFixed(2), 0.35, ''),
    ...all.map((drainer): Row => {
      const figures = `process ${writeUsed(drainOf(drainer).used)}`
      const [own, other] = drainer === recto ? [figures, ''] : ['', `${drainer.name}: ${figures}`]
      return context({ what: `a generation takes, ${answered}`, recto: own, against: other })
    }),
  ]
}

/** Measures how worker and other queues, whose users do the same claim, call, gate and commit, drain a backlog. */
export const drain: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  const provider = await startProvider()
  const queues = {
    boss: await bossWork(system),
    graphile: await graphileWorker(system),
    bullmq: await bullmq(system),
  }
  try {
    const bestBossWork = await findBossWork(system, queues.boss, provider, say)
    const drainers: Drainers = {
      recto: workerOf(system, queues.boss, slots),
      bossWork: bestBossWork,
      graphileWorker: graphileWorkerOf(system, 'graphile-worker', queues.graphile, slots),
      bullmq: bullmqOf(system, 'BullMQ', queues.bullmq, slots),
    }
    const rows: Row[] = []
    for (const [frames, least] of targets) {
      rows.push(...(await compare(system, drainers, provider.url(frames), frames, least)))
      say(`drain, ${frames} frames: measured`)
    }
    return [...rows, ...(await slowProviders(system, provider, drainers.recto, bestBossWork))]
  } finally {
    provider.stop()
    for (const queue of Object.values(queues)) await queue.stop()
    await system.stop()
  }
}

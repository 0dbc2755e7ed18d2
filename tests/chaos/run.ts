import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@recto/local/until'
import { type System, startSystem } from '../support/system.ts'
import { liveGenerations, whenAllIsOver } from '../worker/chaos.ts'
import { healthyScript } from '../worker/chaos-faults.ts'
import { type AlertReport, type Injected, judgeAlerts } from './alert-causes.ts'
import type { Client } from './clients.ts'
import { type Cluster, hasFaketime, startCluster } from './cluster.ts'
import { moveLogToSmallDisk, type SmallDisk } from './disk.ts'
import { createActs, leftOut } from './faults.ts'
import { createJournal, type Journal } from './journal.ts'
import { type Monitoring, startMonitoring } from './monitoring.ts'
import { budgetUsd, createPeople, limits } from './people.ts'
import { type Fault, planFaults } from './plan.ts'
import { checkPromises, type Verdict } from './promises.ts'
import { startSampling } from './sampling.ts'

export type ChaosReport = {
  seed: number
  faults: Fault[]
  leftOut: string[]
  generations: number
  journal: Journal
  verdicts: Verdict[]
  /** What a Prometheus saw of the run. */
  alerts?: AlertReport | undefined
}

type ChaosOptions = {
  seed: number
  seconds: number
  /** Whether faults may need root and Debian's packages. */
  machineFaults: boolean
  /** Whether a Prometheus looks on. */
  prometheus?: boolean
  say: (line: string) => void
  /** A folder that gets the logs of all processes and the journal when a promise did not hold. */
  keep?: string | undefined
}

/** How long after the last fault everything has to be over. A run that lost its worker waits 13 s at most for another. */
const SETTLE_WITHIN_S = 120

/** Each provider is asked at once again what a call cost, instead of after minutes. */
const settleNow = ({ admin }: System) =>
  admin.query('update public.ai_calls set settle_after = now() where settle_after > now()')

/** Whether every promise held. */
export const holds = ({ verdicts }: ChaosReport): boolean => verdicts.every(({ broken }) => broken.length === 0)

const keepEvidence = (folder: string, { folder: logs }: System, report: ChaosReport | undefined) => {
  mkdirSync(folder, { recursive: true })
  cpSync(logs, folder, { recursive: true })
  const readable = (_: string, value: unknown) => (value instanceof Set ? [...value] : value)
  if (report) writeFileSync(join(folder, 'report.json'), JSON.stringify(report, readable, 2))
}

/** Runs the faults, beside a Prometheus if one is to look on. */
const runMonitored = async (
  system: System,
  disk: SmallDisk | undefined,
  options: ChaosOptions,
): Promise<ChaosReport> => {
  const cluster = await startCluster(system, options.seed)
  const monitoring = options.prometheus ? await startMonitoring(cluster) : undefined
  try {
    return await runOn({ system, disk, cluster, monitoring }, options)
  } finally {
    await monitoring?.stop()
  }
}

/** Runs the faults of a seed against a whole system under load, and judges what became of it. */
export const runChaos = async (options: ChaosOptions): Promise<ChaosReport> => {
  const system = await startSystem()
  let disk: SmallDisk | undefined
  let report: ChaosReport | undefined
  try {
    disk = options.machineFaults ? await moveLogToSmallDisk(system) : undefined
    report = await runMonitored(system, disk, options)
    return report
  } finally {
    if (options.keep !== undefined && !(report && holds(report))) keepEvidence(options.keep, system, report)
    disk?.unmount()
    const leaks = await system.stop().then(
      () => [],
      (error: Error) => error.message.split('\n'),
    )
    report?.verdicts.push({
      promise: 'no text, token or key leaks, and no transaction leaves its account',
      counted: 'logs, metrics, rows and transactions',
      broken: leaks,
    })
  }
}

/**
 * Does each fault at its time. Resolves when the last one is over, and not before the run has had its length, to when
 * each was done.
 */
const injectFaults = async (faults: Fault[], acts: ReturnType<typeof createActs>, { seconds, say }: ChaosOptions) => {
  const start = performance.now()
  const inject = async ({ at, ...fault }: Fault): Promise<Injected> => {
    await delay(Math.max(0, start + at * 1000 - performance.now()))
    say(`${String(at).padStart(4)} s  ${fault.kind} (${fault.nth}) for ${fault.seconds} s`)
    const from = Date.now() / 1000
    await acts[fault.kind](fault)
    return { ...fault, at, from, to: Date.now() / 1000 }
  }
  const [injected] = await Promise.all([Promise.all(faults.map(inject)), delay(seconds * 1000)])
  return injected
}

/** Waits until the clients have been told all, and no generation and no job is left. False when the time is over before. */
const isOverBy = async (system: System, clients: Client[], deadline: number): Promise<boolean> => {
  await Promise.all(clients.map((client) => client.settled()))
  const isOver = async () => {
    if ((await liveGenerations(system)) > 0) return false
    const { rowCount } = await system.admin.query(
      `select from pgboss.job where state in ('created', 'retry', 'active')`,
    )
    return rowCount === 0
  }
  const timeoutMs = Math.max(0, deadline - performance.now())
  return until(isOver, { what: 'the end of everything', timeoutMs, everyMs: 200 }).then(
    () => true,
    () => false,
  )
}

type Running = { system: System; disk: SmallDisk | undefined; cluster: Cluster; monitoring: Monitoring | undefined }

const runOn = async (running: Running, options: ChaosOptions): Promise<ChaosReport> => {
  const { system, disk, cluster, monitoring } = running
  const { seed, seconds, machineFaults, say } = options
  system.model.setScript(healthyScript)
  const journal = createJournal()
  let deadline = Number.POSITIVE_INFINITY
  const people = await createPeople({ system, cluster, journal, seed, isOver: () => performance.now() > deadline })
  const { clients, limited, poor, reader } = people
  const absent = leftOut({ disk: disk !== undefined, clocks: machineFaults && hasFaketime() })
  const faults = planFaults(seed, seconds).filter(({ kind }) => !Object.hasOwn(absent, kind))

  const sampling = startSampling(system, limited, poor)
  const enough = new AbortController()
  const apps = clients.map((client) => client.run(enough.signal))
  const injected = await injectFaults(faults, createActs({ system, cluster, disk, reader }), options)
  say('the last fault is over')
  const healedAt = performance.now()
  deadline = healedAt + SETTLE_WITHIN_S * 1000
  enough.abort()
  await Promise.all(apps)
  const isOver = await isOverBy(system, clients, deadline)
  const settledAfter = isOver ? (performance.now() - healedAt) / 1000 : undefined
  const sampled = await sampling.stop()

  if (isOver) {
    await settleNow(system)
    // What is not settled then breaks the promise about the bill.
    await whenAllIsOver(system, 10_000).catch((error: Error) => say(error.message))
  }
  deadline = performance.now() + SETTLE_WITHIN_S * 1000
  const differingKeys = (await Promise.all(clients.map((client) => client.repeatAll()))).flat()
  const verdicts = await checkPromises({
    system,
    journal,
    limits: { account: limited, ...limits },
    budget: { account: poor, usd: budgetUsd },
    ...sampled,
    settledAfter,
    settleWithin: SETTLE_WITHIN_S,
    differingKeys,
    died: cluster.died,
  })
  const alerts = monitoring && judgeAlerts(injected, await monitoring.firings())
  cluster.stop()
  const generations = journal.submissions.filter(({ outcome }) => outcome === 'accepted').length
  const reasons = Object.entries(absent).map(([kind, reason]) => `${kind} (${reason})`)
  return { seed, faults, leftOut: reasons, generations, journal, verdicts, alerts }
}

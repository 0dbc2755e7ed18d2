import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@recto/local/until'
import { createPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { type System, startSystem } from '../support/system.ts'
import { liveGenerations, whenAllIsOver } from '../worker/chaos.ts'
import { healthyScript } from '../worker/chaos-faults.ts'
import { createClient } from './clients.ts'
import { hasFaketime, startCluster } from './cluster.ts'
import { moveLogToSmallDisk, type SmallDisk } from './disk.ts'
import { createActs, leftOut } from './faults.ts'
import { createJournal, type Journal } from './journal.ts'
import { type Fault, planFaults } from './plan.ts'
import { checkPromises, type Verdict } from './promises.ts'

export type ChaosReport = {
  seed: number
  faults: Fault[]
  leftOut: string[]
  generations: number
  journal: Journal
  verdicts: Verdict[]
}

type ChaosOptions = {
  seed: number
  seconds: number
  /** Whether faults may need root and Debian's packages. */
  machineFaults: boolean
  say: (line: string) => void
  /** A folder that gets the logs of all processes and the journal when a promise did not hold. */
  keep?: string | undefined
}

/** How long after the last fault everything has to be over. A run that lost its worker waits 13 s at most for another. */
const SETTLE_WITHIN_S = 120
const SAMPLE_MS = 500

/** Of the people, one has a rate limit and one a budget that the run reaches. */
const limits = { perWindow: 20, windowSeconds: 300, concurrent: 2 }
const budgetUsd = '0.012'

/** Looks at the tables twice a second for a limit that is exceeded at that moment. */
const startSampling = ({ admin }: System, limited: string, poor: string) => {
  const stopped = new AbortController()
  const found: string[] = []
  let samples = 0
  const sample = async () => {
    const { rows } = await admin.query<{ live: number; spent: string; over: boolean }>(
      `select (select count(*)::int from public.ai_generations where account_id = $1 and finished_at is null and not waiting) as live,
         s.spent::text, s.spent > $3::numeric as over
       from (select coalesce(sum(spent_usd + reserved_usd), 0) as spent from recto.spending where account_id = $2) s`,
      [limited, poor, budgetUsd],
    )
    const [row] = rows
    samples += 1
    if (row && row.live > limits.concurrent) found.push(`${row.live} generations of ${limited} at the same time`)
    if (row?.over) found.push(`${poor} had ${row.spent} of ${budgetUsd} USD spent and reserved`)
  }
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      // Postgres is down at times.
      await sample().catch(() => undefined)
      await delay(SAMPLE_MS)
    }
  })()
  return {
    found,
    samples: () => samples,
    stop: () => {
      stopped.abort()
      return loop
    },
  }
}

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

/** Runs the faults of a seed against a whole system under load, and judges what became of it. */
export const runChaos = async (options: ChaosOptions): Promise<ChaosReport> => {
  const system = await startSystem()
  let disk: SmallDisk | undefined
  let report: ChaosReport | undefined
  try {
    disk = options.machineFaults ? await moveLogToSmallDisk(system) : undefined
    report = await runOn(system, disk, options)
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

const runOn = async (
  system: System,
  disk: SmallDisk | undefined,
  { seed, seconds, machineFaults, say }: ChaosOptions,
): Promise<ChaosReport> => {
  system.model.setScript(healthyScript)
  const cluster = await startCluster(system, seed)
  const journal = createJournal()
  let turn = 0
  const anyUrl = () => {
    turn += 1
    return cluster.apis[turn % cluster.apis.length]?.service().url ?? ''
  }
  const anyApi = {
    get url() {
      return anyUrl()
    },
  }
  const people = await Promise.all([1, 2, 3, 4].map(() => createPerson(system.supabase, anyApi)))
  const [ana, ben, limited, poor] = people
  if (!(ana && ben && limited && poor)) throw new Error('somebody is missing')
  const { perWindow, windowSeconds, concurrent } = limits
  for (const { id } of [ana, ben]) await givePlan(system, id, {})
  await givePlan(system, limited.id, { per_window: perWindow, concurrent })
  await givePlan(system, poor.id, { monthly_budget_usd: budgetUsd, over_budget: 'fail' })

  let deadline = Number.POSITIVE_INFINITY
  const clients: ReturnType<typeof createClient>[] = people.map((person, n) =>
    createClient({
      person,
      anyUrl,
      journal,
      seed: seed * 10 + n,
      others: () => clients.filter((_, other) => other !== n).flatMap((client) => client.own()),
      isOver: () => performance.now() > deadline,
    }),
  )
  const absent = leftOut({ disk: disk !== undefined, clocks: machineFaults && hasFaketime() })
  const acts = createActs({
    system,
    cluster,
    disk,
    reader: { token: ana.token, live: () => clients[0]?.own().slice(-10) ?? [] },
  })
  const faults = planFaults(seed, seconds)
  const doable = faults.filter(({ kind }) => !Object.hasOwn(absent, kind))
  const sampling = startSampling(system, limited.id, poor.id)
  const over = new AbortController()
  const start = performance.now()
  const running = clients.map((client) => client.run(over.signal))

  const doFault = async (fault: Fault) => {
    await delay(Math.max(0, start + fault.at * 1000 - performance.now()))
    say(`${String(fault.at).padStart(4)} s  ${fault.kind} (${fault.nth}) for ${fault.seconds} s`)
    await acts[fault.kind](fault)
  }
  await Promise.all([...doable.map(doFault), delay(seconds * 1000)])
  const healedAt = performance.now()
  deadline = healedAt + SETTLE_WITHIN_S * 1000
  over.abort()
  await Promise.all(running)
  say('the last fault is over')

  const isOver = async () => {
    if ((await liveGenerations(system)) > 0) return false
    const { rowCount } = await system.admin.query(
      `select from pgboss.job where state in ('created', 'retry', 'active')`,
    )
    return rowCount === 0
  }
  const settled = async (): Promise<number | undefined> => {
    await Promise.all(clients.map((client) => client.settled()))
    const timeoutMs = Math.max(0, deadline - performance.now())
    const inTime = until(isOver, { what: 'the end of everything', timeoutMs, everyMs: 200 })
    return inTime.then(
      () => (performance.now() - healedAt) / 1000,
      () => undefined,
    )
  }
  const settledAfter = await settled()
  await sampling.stop()
  say('settling what calls cost')
  if (settledAfter !== undefined) {
    await settleNow(system)
    await whenAllIsOver(system, 10_000).catch((error: Error) => say(error.message))
  }
  deadline = performance.now() + SETTLE_WITHIN_S * 1000
  const differingKeys = (await Promise.all(clients.map((client) => client.repeatAll()))).flat()
  const verdicts = await checkPromises({
    system,
    journal,
    limits: { account: limited.id, perWindow, windowSeconds },
    budget: { account: poor.id, usd: budgetUsd },
    exceeded: sampling.found,
    samples: sampling.samples(),
    settledAfter,
    settleWithin: SETTLE_WITHIN_S,
    differingKeys,
    died: cluster.died,
  })
  cluster.stop()
  const generations = journal.submissions.filter(({ outcome }) => outcome === 'accepted').length
  const reasons = Object.entries(absent).map(([kind, reason]) => `${kind} (${reason})`)
  return { seed, faults: doable, leftOut: reasons, generations, journal, verdicts }
}

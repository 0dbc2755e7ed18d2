import { type Service, type System, startSystem } from '../support/system.ts'
import { addJobs, enqueue, resetBacklog, text } from './backlog.ts'
import { inTurn } from './interleaved.ts'
import { httpRequest, startLoad } from './load.ts'
import { drainAll } from './measure-drain.ts'
import { median, ms, perSecond } from './numbers.ts'
import { everyLimit } from './plan.ts'
import { type Provider, startProvider } from './provider.ts'
import { context, type Part, type Row } from './row.ts'
import { cpu, measureUsed, medianUsed, type Used } from './spent.ts'
import { signIn } from './tokens.ts'
import { meanWaits, sampleWaits, type Waits, writeWaits } from './waits.ts'

const rounds = 2
const counts = [1, 2, 4]
/** In all, however many APIs share them. */
const clients = 12
/** Of each worker. */
const slots = '50'
/** Who submit, and who own the generations of a backlog: so many that few of those that end together are of one account. */
const people = { submitting: 200, waiting: 2_000 }

// Each process does as much as a single one: what runs for the first time is slower.
const submitting = { warmUpMs: 1_200, ms: 1_500 }
const draining = { warmUp: 150, jobs: 300 }

type Found = { used: Used; rate: number; waits: Waits }
type Case = { what: string; measure: () => Promise<Found> }

/** Measures what processes and their back ends use and wait for during `work`, which returns operations and their rate. */
const observe = async (
  system: System,
  processes: readonly Service[],
  name: string,
  work: () => Promise<{ operations: number; rate: number }>,
): Promise<Found> => {
  let rate = 0
  let waits: Waits | undefined
  const used = await measureUsed(system.admin, { pid: processes.map(({ pid }) => pid), name }, async () => {
    const { result, waits: seen } = await sampleWaits(system.admin, name, work)
    waits = seen
    rate = result.rate
    return result.operations
  })
  return { used, rate, waits: waits ?? meanWaits([]) }
}

/** Submits to so many new APIs at the same time. */
const submitTo = (system: System, requests: readonly string[], count: number) => async (): Promise<Found> => {
  await resetBacklog(system.admin)
  const sites = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const own = requests.length < count ? [...requests] : requests.filter((_, request) => request % count === n)
      return { api: await system.startApi(), load: startLoad(), requests: own }
    }),
  )
  const send = async (ms: number) => {
    const sent = sites.map(({ api, load, requests }) => {
      const port = Number(new URL(api.url).port)
      return load.latencies({ port, connections: clients / count, ms, requests, status: 202 })
    })
    const operations = (await Promise.all(sent)).flat().length
    return { operations, rate: (operations / ms) * 1_000 }
  }
  await send(submitting.warmUpMs * count)
  const apis = sites.map(({ api }) => api)
  const found = await observe(system, apis, 'recto_api', () => send(submitting.ms * count))
  await Promise.all(sites.flatMap(({ api, load }) => [api.stop(), load.stop()]))
  return found
}

/** Drains a backlog of so many people by so many new workers. */
const drainBy = (system: System, provider: Provider, count: number, owners: number) => async (): Promise<Found> => {
  const { admin, startWorker } = system
  await resetBacklog(admin)
  const env = { WORKER_SLOTS: slots, OPENROUTER_BASE_URL: provider.url(8) }
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(env)))
  const add = (jobs: number) => enqueue(admin, jobs, addJobs(admin), owners)
  await drainAll(admin, add, draining.warmUp * count)
  const jobs = draining.jobs * count
  const found = await observe(system, workers, 'recto_worker', async () => ({
    operations: jobs,
    rate: await drainAll(admin, add, jobs),
  }))
  await Promise.all(workers.map((worker) => worker.stop()))
  return found
}

/** Measures while the deployment has a budget, whose sum every call of every account changes. */
const withBudget = (system: System, measure: () => Promise<Found>) => async (): Promise<Found> => {
  await system.admin.query('update recto.settings set monthly_budget_usd = 1e6')
  const found = await measure()
  await system.admin.query('update recto.settings set monthly_budget_usd = null')
  await system.admin.query('delete from recto.spending where account_id = recto.deployment_account()')
  return found
}

/** Measures all cases in turn, and compares each with the first one. */
const compare = async (cases: readonly Case[], say: (line: string) => void): Promise<Row[]> => {
  const found = await inTurn(new Map(cases.map((one) => [one, one.measure])), rounds)
  const figures = cases.map((one) => {
    const all = found.get(one) ?? []
    const rate = median(all.map((each) => each.rate))
    return {
      what: one.what,
      used: medianUsed(all.map((each) => each.used)),
      rate,
      waits: meanWaits(all.map((f) => f.waits)),
    }
  })
  const [first] = figures
  return figures.flatMap(({ what, used, rate, waits }) => {
    const recto = `${perSecond(rate)}, ${ms(used.process)} + Postgres ${ms(used.backends)}, ${used.fsyncs.toFixed(2)} fsyncs`
    say(`${what}: ${recto}; ${writeWaits(waits)}`)
    return [
      context({ what: `${what}, CPU`, recto, against: first?.what ?? '', ratio: cpu(used) / cpu(first?.used ?? used) }),
      context({ what: `${what}, back ends`, recto: writeWaits(waits), against: '' }),
    ]
  })
}

const withSystem = async (measure: (system: System) => Promise<Row[]>): Promise<Row[]> => {
  const system = await startSystem({ durable: true })
  try {
    await system.plan('free', everyLimit)
    return await measure(system)
  } finally {
    await system.stop()
  }
}

/** Submissions to 1, 2 and 4 APIs, and to 4 by one account, whose submissions are admitted one after the other. */
export const apiProcesses: Part = ({ say }) =>
  withSystem(async (system) => {
    const body = JSON.stringify({ source_text: text })
    const headers = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })
    const signedIn = await signIn(system, people.submitting)
    const requests = signedIn.map(({ token }) => httpRequest('POST', '/api/ai/generations', headers(token), body))
    const by = (count: number, sent: readonly string[]) => submitTo(system, sent, count)
    const cases = counts.map((count) => ({ what: `submit, ${count} API`, measure: by(count, requests) }))
    return compare([...cases, { what: 'submit, 4 API, one account', measure: by(4, requests.slice(0, 1)) }], say)
  })

/** A backlog drained by 1, 2 and 4 workers, and by 4 of one account, or under a budget of the deployment. */
export const workerProcesses: Part = ({ say }) =>
  withSystem(async (system) => {
    const provider = await startProvider()
    try {
      const by = (count: number, owners = people.waiting) => drainBy(system, provider, count, owners)
      const cases = counts.map((count) => ({ what: `drain, ${count} worker`, measure: by(count) }))
      const shared = [
        { what: 'drain, 4 worker, one account', measure: by(4, 1) },
        { what: 'drain, 4 worker, budget of the deployment', measure: withBudget(system, by(4)) },
      ]
      return await compare([...cases, ...shared], say)
    } finally {
      provider.stop()
    }
  })

import type { ModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { catalogEnv } from '../support/catalog.ts'
import type { TestPerson } from '../support/person.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { hanging, startProviders } from './charging-providers.ts'

/** The number of generations of each kind, 1,000 in all. The kind decides what happens to their requests. */
const plan = { kill: hanging, slow: 40, end: 40, 'early-end': 20, one: 440, two: 200, both: 200 }

type Kind = keyof typeof plan

let system: System
let submitter: Submitter
let first: ModelServer
let second: ModelServer
let env: Record<string, string>
/** For the workers that are killed: their requests hang until then, however long it takes until the last one is sent. */
let patientEnv: Record<string, string>
let people: TestPerson[]

beforeAll(async () => {
  const providers = await startProviders()
  first = providers.first
  second = providers.second
  system = await startSystem()
  submitter = await createSubmitter(system)
  await system.limit(10_000, 60)
  // Long enough for the headers of the first request to come on a busy machine. Without them, a request that its hedge
  // overtakes has no id.
  const settings = { MODEL_HEDGE_MS: '1500', WORKER_SLOTS: '50' }
  env = { ...catalogEnv(system, providers.catalog), ...settings }
  patientEnv = { ...catalogEnv(system, providers.patientCatalog), ...settings }
  people = await Promise.all(Array.from({ length: 20 }, () => system.person()))
})
afterAll(async () => {
  await system?.stop()
  await first?.stop()
  await second?.stop()
})

const one = async <T>(text: string, values: unknown[] = []): Promise<T | undefined> =>
  (await system.admin.query<{ answer: T }>(text, values)).rows[0]?.answer

/** Submits the generations of a kind, divided among all people. Returns their ids with their people. */
const submit = async (kind: Kind): Promise<{ id: string; person: TestPerson }[]> => {
  const model = kind === 'two' || kind === 'both' ? kind : 'one'
  const submitted = people.map(async (person, nth) => {
    const mine = Array.from({ length: plan[kind] }, (_, n) => n).filter((n) => n % people.length === nth)
    const rows = mine.map((n) => ({ model, source_text: newText({ marker: `charged-${kind}-${n}`, length: 1000 }) }))
    return (await submitter.submitAll(person, rows)).map((id) => ({ id, person }))
  })
  return (await Promise.all(submitted)).flat()
}

/** Whether no worker has a statement in Postgres, and the id of every open request is recorded. */
const canBeKilled = async (): Promise<boolean> => {
  const readState = () =>
    one<string>(`select jsonb_build_array(
      (select count(*) from pg_stat_activity where usename = 'recto_worker' and state = 'active'),
      (select count(*) from public.ai_calls where outcome is null and (provider_request_id is null or generation_id is null)),
      (select count(*) from public.ai_calls), (select count(*) from public.ai_calls where outcome is null))::text as answer`)
  const before = await readState()
  await until(async () => (await readState()) === before, { what: 'quiet', timeoutMs: 300 }).catch(() => undefined)
  const after = await readState()
  return before === after && (after?.startsWith('[0, 0, ') ?? false)
}

/** Kills a worker at a moment when the cost of each of its open requests can be looked up later. */
const kill = (victim: Service, workers: Service[]): Promise<void> => {
  const tryToKill = async () => {
    for (const worker of workers) worker.kill('SIGSTOP')
    const now = await canBeKilled()
    if (now) victim.kill('SIGKILL')
    for (const worker of workers) if (!now || worker !== victim) worker.kill('SIGCONT')
    return now
  }
  return until(tryToKill, { what: 'a moment to kill a worker', timeoutMs: 60_000, everyMs: 50 })
}

/** Cancels or deletes a generation as its person while its request is open and has got its headers. */
const end = async ({ id, person }: { id: string; person: TestPerson }, how: 'cancel' | 'delete') => {
  const underWay = `select count(*)::integer as answer from public.ai_calls
    where generation_id = $1 and outcome is null and provider_request_id is not null and started_at > now() - interval '3 s'`
  await until(async () => (await one<number>(underWay, [id])) === 1, {
    what: `a request of ${id}`,
    timeoutMs: 20_000,
    everyMs: 100,
  })
  const statement = `select recto.${how}_generation($1)`
  await asPerson(system.supabase.adminUrl, person.id, (client) => client.query(statement, [id]), { commit: true })
}

/** Ends the generations of each person one after another. */
const endAll = (generations: { id: string; person: TestPerson }[], how: 'cancel' | 'delete') =>
  Promise.all(
    people.map(async (person) => {
      for (const generation of generations) if (generation.person === person) await end(generation, how)
    }),
  )

/** Whether all generations have ended. Makes retries due now, but not jobs that were deferred for lack of a route. */
const allOver = async () => {
  await system.admin.query(`update pgboss.job set start_after = now() where state = 'retry' and start_after > now()`)
  return (
    (await one<number>('select count(*)::integer as answer from public.ai_generations where finished_at is null')) === 0
  )
}

const toSettle =
  'select count(*)::integer as answer from public.ai_calls where outcome is null or settle_after is not null'

test('1,000 generations cost exactly what the providers charged, whatever happened to their requests', async () => {
  const victims = [await system.startWorker(patientEnv), await system.startWorker(patientEnv)]
  await Promise.all([submit('kill'), submit('slow')])
  await until(() => first.totals().open >= hanging, { what: 'the requests that hang', timeoutMs: 30_000 })
  const workers = [...victims]
  for (const victim of victims) {
    await kill(victim, workers)
    await victim.exited
    workers.splice(workers.indexOf(victim), 1)
  }

  await Promise.all([system.startWorker(env), system.startWorker(env)])
  const ended = [await submit('end'), await submit('early-end')]
  await Promise.all(ended.map((generations, n) => endAll(generations, n === 0 ? 'cancel' : 'delete')))
  await Promise.all([submit('one'), submit('two'), submit('both')])
  // These limits say nothing about speed. A generation whose second provider errs beside a silent first one takes two
  // timeouts of 6 s, a breaker may rest for half a minute, and a lookup that fails twice is repeated after a minute.
  await until(allOver, { what: 'the end of all generations', timeoutMs: 150_000, everyMs: 200 })
  await until(async () => (await one<number>(toSettle)) === 0, { what: 'settlement', timeoutMs: 100_000, everyMs: 200 })
  expect([first.totals().open, second.totals().open]).toEqual([0, 0])

  const { rows: calls } = await system.admin.query<{ id: string | null; cost: string; source: string | null }>(
    'select provider_request_id as id, trim_scale(cost_usd)::text as cost, cost_source as source from public.ai_calls',
  )
  const requests = [...first.requests, ...second.requests]
  const recorded = new Map(calls.map(({ id, cost }) => [id, cost]))
  const differing = requests.filter(({ id, chargedUsd }) => recorded.get(id) !== chargedUsd)
  expect(differing.map((request) => ({ ...request, recorded: recorded.get(request.id) }))).toEqual([])
  expect(calls.filter(({ id, cost }) => id === null && cost !== '0')).toEqual([])
  expect(calls.filter(({ source }) => source === 'estimate')).toEqual([])

  const sum = await one<string>('select trim_scale(sum(cost_usd))::text as answer from public.ai_calls')
  const charged = [first.totals().chargedUsd, second.totals().chargedUsd]
  expect(sum).toBe(await one<string>('select trim_scale($1::numeric + $2::numeric)::text as answer', charged))
  const wrong = `select count(*)::integer as answer from public.ai_generations g where cost_usd <>
    (select coalesce(sum(c.cost_usd), 0) from public.ai_calls c where c.generation_id = g.id)`
  expect(await one<number>(wrong)).toBe(0)

  // Every kind of failure occurred.
  const counted = async (condition: string) =>
    one<number>(`select count(*)::integer as answer from public.ai_calls where ${condition}`)
  expect(await counted(`outcome = 'worker_lost'`)).toBeGreaterThanOrEqual(hanging)
  expect(await counted(`outcome = 'aborted' and not hedge`)).toBeGreaterThanOrEqual(plan.end)
  expect(await counted('generation_id is null')).toBeGreaterThanOrEqual(plan['early-end'])
  expect(await counted('hedge')).toBeGreaterThan(20)
  expect(await counted('attempt > 1')).toBeGreaterThan(hanging)
  expect(await counted(`cost_source = 'price_list' and scale(trim_scale(cost_usd)) >= 9`)).toBeGreaterThan(100)
  const steps = new Set(requests.map(({ server, step }) => `${server}: ${step}`))
  expect(steps.size).toBeGreaterThan(35)
  expect(await one<number>('select count(*)::integer as answer from public.ai_generations')).toBe(
    1000 - plan['early-end'],
  )
}, 300_000)

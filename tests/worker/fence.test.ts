import type { Script } from '@recto/local/model-server/script'
import { until } from '@recto/local/until'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { calls, costOf, expireHeartbeat, generation, jobs, suggestions, whenOver } from '../support/generations.ts'
import { metric } from '../support/metrics.ts'
import type { TestPerson } from '../support/person.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let workers: Service[] = []

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
})
afterEach(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  await Promise.all(workers.map(({ exited }) => exited))
  workers = []
})
afterAll(() => system?.stop())

const startWorkers = async (count: number) => {
  workers = await Promise.all(Array.from({ length: count }, () => system.startWorker()))
  return workers
}

const submitText = async (marker: string, person?: TestPerson) =>
  submitter.submit(person ?? (await system.person()), { source_text: newText({ marker }) })

const requests = (marker: string) => system.model.requests.filter(({ generationMarker }) => generationMarker === marker)

const whenAsked = (marker: string, times = 1) =>
  until(() => requests(marker).length >= times, { what: `request ${times} of ${marker}`, timeoutMs: 30_000 })

const script = (...steps: Extract<Script, unknown[]>) => system.model.setScript(steps)

/** Finds the worker that runs a job now. */
const busy = async (): Promise<Service> => {
  const found = await Promise.all(
    workers
      .filter((worker) => worker.alive())
      .map(async (worker) => {
        const metrics = await fetch(`${worker.url}/metrics`).then((answer) => answer.text())
        return /^recto_worker_running [1-9]/m.test(metrics) ? worker : undefined
      }),
  )
  return found.find((worker) => worker !== undefined) ?? busy()
}

/** Expects exactly one success: one set of cards, and every request recorded with its cost. */
const expectOneSuccess = async (id: string, marker: string, attempts: number) => {
  expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts, error: null })
  await until(async () => (await calls(system, id)).every(({ outcome }) => outcome !== null), {
    what: `the end of all calls of ${marker}`,
    timeoutMs: 30_000,
  })
  expect(await calls(system, id)).toHaveLength(requests(marker).length)
  expect((await suggestions(system, id)).map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  await until(async () => (await whenOver(system, id)).cost_usd === (await costOf(system, id)), {
    what: `the cost of all calls on ${marker}`,
    timeoutMs: 30_000,
  })
  expect(await jobs(system, id)).toEqual([])
}

test('a worker that was frozen writes nothing after another worker has taken over', async () => {
  script(
    { match: { text: 'frozen-then-over' }, times: 1, first_token_ms: 3_000 },
    { match: { text: 'frozen-then-running' }, times: 1, first_token_ms: 3_000 },
    { match: { text: 'frozen-then-running' }, first_token_ms: 4_000 },
  )
  const [first] = await startWorkers(1)
  const people = [await system.person(), await system.person()]
  const over = await submitText('frozen-then-over', people[0])
  const running = await submitText('frozen-then-running', people[1])
  await whenAsked('frozen-then-over')
  await whenAsked('frozen-then-running')
  first?.kill('SIGSTOP')
  await expireHeartbeat(system, over)
  await expireHeartbeat(system, running)
  workers.push(await system.startWorker())
  await whenOver(system, over)
  await whenAsked('frozen-then-running', 2)
  const answered = (marker: string) => typeof requests(marker)[0]?.finishedAt === 'number'
  await until(() => answered('frozen-then-over') && answered('frozen-then-running'), {
    what: 'the answers to the first worker',
    timeoutMs: 30_000,
  })
  first?.kill('SIGCONT')

  await expectOneSuccess(over, 'frozen-then-over', 2)
  await expectOneSuccess(running, 'frozen-then-running', 2)
  await until(() => first?.log().match(/"outcome":"lost"/g)?.length === 2, {
    what: 'the first worker noticing that it lost both',
    timeoutMs: 30_000,
  })
})

test('a job that is delivered to two workers at once succeeds once', async () => {
  const marker = 'delivered-twice'
  script({ match: { text: marker }, times: 2, latency_ms: 1_500 })
  await startWorkers(2)
  const id = await submitText(marker)
  await whenAsked(marker)
  await system.admin.query(`update pgboss.job set state = 'retry' where id = $1`, [id])
  await whenAsked(marker, 2)
  await expectOneSuccess(id, marker, 2)
})

test('a job of a generation that has ended is deleted without a call', async () => {
  const marker = 'delivered-again'
  script()
  await startWorkers(1)
  const id = await submitText(marker)
  const before = await whenOver(system, id)
  await system.admin.query(`insert into pgboss.job (id, name, data) values ($1, 'generation', '{}')`, [id])
  await until(async () => (await jobs(system, id)).length === 0, {
    what: 'the end of the second job',
    timeoutMs: 30_000,
  })
  expect(await whenOver(system, id)).toEqual(before)
  expect(requests(marker)).toHaveLength(1)
})

test('a text that kills every worker fails with worker_lost and does not block other people', async () => {
  const marker = 'poison'
  script({ match: { text: marker }, hang: 'headers' })
  await startWorkers(5)
  const poison = await submitText(marker)
  for (let delivery = 1; delivery <= 4; delivery++) {
    await whenAsked(marker, delivery)
    const victim = await busy()
    const other = await submitText(`beside-it-${delivery}`)
    expect(await whenOver(system, other)).toMatchObject({ status: 'succeeded', attempts: 1 })
    victim.kill('SIGKILL')
    await victim.exited
    await expireHeartbeat(system, poison)
  }
  const over = await whenOver(system, poison)
  expect(over).toMatchObject({ status: 'failed', attempts: 4, tokens_input: null, tokens_output: null })
  expect(over.error).toEqual({
    code: 'worker_lost',
    message: expect.any(String),
    retryable: true,
    attempts: 4,
    provider: null,
    http_status: null,
    provider_request_id: null,
    response_excerpt: null,
    timing: {},
  })
  const failures = 'recto_generations_ended_total{status="failed",cause="recto"}'
  const alive = workers.filter((worker) => worker.alive())
  const counted = async () => Promise.all(alive.map((worker) => metric(worker, failures)))
  await expect.poll(async () => (await counted()).reduce((sum = 0, one = 0) => sum + one, 0)).toBe(1)
  const outcomes = async () => (await calls(system, poison)).map(({ outcome }) => outcome)
  await until(async () => (await outcomes()).every((outcome) => outcome === 'worker_lost'), {
    what: 'the settlement of its calls',
    timeoutMs: 30_000,
  })
  expect(await outcomes()).toHaveLength(4)
  const { cost_usd } = await generation(system, poison)
  expect(cost_usd).toBe(await costOf(system, poison))
  expect(Number(cost_usd)).toBeGreaterThan(0)
  expect(requests(marker)).toHaveLength(4)
  const left = await jobs(system, poison)
  expect(left.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
    'generation failed',
    'generation_dead completed',
  ])
})

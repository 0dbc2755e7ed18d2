import { generationErrors } from '@recto/shared/errors'
import { describe, expect, test } from 'vitest'
import { causeOf } from './generation/cause-of.ts'
import type { Outcome } from './generation/job-event.ts'
import { createMetrics } from './metrics.ts'

const setUp = (query: () => Promise<unknown> = async () => undefined) => {
  const options = { max: 10, application_name: 'work' }
  const pool = { totalCount: 5, idleCount: 2, waitingCount: 3, options, query }
  const metrics = createMetrics({
    running: () => 0,
    slots: 1,
    healths: () => [],
    usableRoutes: () => [],
    now: () => 0,
    keys: () => [],
    pool,
  })
  /** The value of a series with its labels. */
  const read = async (series: string): Promise<number | undefined> => {
    const line = (await metrics.registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length))
  }
  return { ...metrics, read }
}
const phases = { firstTokenMs: 200, generationMs: 1_100, modelMs: 1_000, gateMs: 10, commitMs: 20 }
const succeeded: Outcome = { outcome: 'succeeded', results: 1, phases }
const ended = (status: string, cause: string) => `recto_generations_ended_total{status="${status}",cause="${cause}"}`

describe('the metrics of generations that ended', () => {
  test('begin with zero, so that the first event is an increase', async () => {
    const { read } = setUp()
    expect(await read(ended('failed', 'recto'))).toBe(0)
    expect(await read(ended('succeeded', 'none'))).toBe(0)
  })

  test.each([
    [succeeded, 'succeeded', 'none'],
    [{ outcome: 'failed', code: 'refused' }, 'failed', 'person'],
    [{ outcome: 'failed', code: 'timeout' }, 'failed', 'provider'],
    [{ outcome: 'failed', code: 'auth' }, 'failed', 'setup'],
    [{ outcome: 'failed', code: 'no_usable_cards' }, 'failed', 'model'],
    [{ outcome: 'failed', code: 'budget_exceeded', budget: 'account' }, 'failed', 'person'],
    [{ outcome: 'failed', code: 'budget_exceeded', budget: 'deployment' }, 'failed', 'setup'],
    [{ outcome: 'cancelled' }, 'cancelled', 'person'],
  ] as const)('count %o as %s because of %s', async (outcome, status, cause) => {
    const { jobEnded, read } = setUp()
    jobEnded(outcome, 5, null)
    expect(await read(ended(status, cause))).toBe(1)
  })

  test('count those whose workers died, and not deliveries that end nothing', async () => {
    const { jobEnded, generationsLost, read } = setUp()
    for (const outcome of ['retried', 'deferred', 'released', 'lost', 'dismissed'] as const)
      jobEnded({ outcome }, 5, null)
    generationsLost(2)
    expect(await read(ended('failed', 'recto'))).toBe(2)
    expect(await read(ended('succeeded', 'none'))).toBe(0)
  })

  test('have a cause for every code', () => {
    expect(Object.keys(causeOf).toSorted()).toEqual(Object.keys(generationErrors).toSorted())
  })
})

test('what alerts take shares of begins with zero', async () => {
  const { read } = setUp()
  for (const result of ['succeeded', 'http_status', 'timeout'])
    expect(await read(`recto_webhook_attempts_total{result="${result}"}`)).toBe(0)
  for (const verdict of ['kept', 'dropped']) expect(await read(`recto_cards_total{verdict="${verdict}"}`)).toBe(0)
})

test('cards from the cache are none that models proposed', async () => {
  const { jobEnded, read } = setUp()
  jobEnded({ outcome: 'succeeded', results: 3, dropped: 2, phases }, 5, null)
  jobEnded({ outcome: 'succeeded', results: 3, cached: true }, 5, null)
  expect(await read('recto_cards_total{verdict="kept"}')).toBe(3)
  expect(await read('recto_cards_total{verdict="dropped"}')).toBe(2)
  expect(await read('recto_generations_cached_total')).toBe(1)
})

describe('the overhead of a generation', () => {
  const count = 'recto_overhead_seconds_count'
  const sum = 'recto_overhead_seconds_sum'

  test('is its time since it could run, without that of requests to models', async () => {
    const { jobEnded, read } = setUp()
    jobEnded(succeeded, 1_150, { createdMs: 9_000, queuedMs: 100 })
    expect(await read(sum)).toBe(0.25)
  })

  test('is all of its time when the cache answered', async () => {
    const { jobEnded, read } = setUp()
    jobEnded({ outcome: 'succeeded', cached: true }, 50, { createdMs: 100, queuedMs: 100 })
    expect(await read(sum)).toBe(0.15)
  })

  test('is not measured of later runs and of failures', async () => {
    const { jobEnded, read } = setUp()
    jobEnded(succeeded, 1_150, null)
    jobEnded({ outcome: 'failed', code: 'timeout' }, 1_150, { createdMs: 1, queuedMs: 1 })
    expect(await read(count)).toBe(0)
  })
})

test('the phases of a run are measured apart', async () => {
  const { jobEnded, read } = setUp()
  jobEnded(succeeded, 1_150, { createdMs: 9_000, queuedMs: 100 })
  const seconds = { wait: 0.1, first_token: 0.2, generation: 1.1, gate: 0.01, commit: 0.02 }
  for (const [phase, value] of Object.entries(seconds))
    expect(await read(`recto_phase_duration_seconds_sum{phase="${phase}"}`)).toBe(value)
})

test('a failover is measured in seconds', async () => {
  const { failedOver, read } = setUp()
  failedOver(40)
  expect(await read('recto_failover_seconds_sum')).toBe(0.04)
})

test('a delivery to a webhook counts when it is over, each attempt at once', async () => {
  const { webhookAttempted, read } = setUp()
  webhookAttempted('timeout', 5, false)
  webhookAttempted('timeout', 5, true)
  webhookAttempted('succeeded', 5, true)
  expect(await read('recto_webhook_attempts_total{result="timeout"}')).toBe(2)
  expect(await read('recto_webhook_deliveries_total{result="failed"}')).toBe(1)
  expect(await read('recto_webhook_deliveries_total{result="succeeded"}')).toBe(1)
})

test('the pool of connections is read at each scrape', async () => {
  const { read } = setUp()
  expect(await read('recto_db_pool_size{pool="work"}')).toBe(10)
  expect(await read('recto_db_pool_used{pool="work"}')).toBe(3)
  expect(await read('recto_db_pool_waiting{pool="work"}')).toBe(3)
})

test('a scrape tells whether the database answers, and asks it no second time while it does not', async () => {
  expect(await setUp().read('recto_db_reachable{pool="work"}')).toBe(1)
  expect(await setUp(() => Promise.reject(new Error('refused'))).read('recto_db_reachable{pool="work"}')).toBe(0)
  let asked = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const { read } = setUp(() => {
    asked += 1
    return promise
  })
  for (const _ of [1, 2]) expect(await read('recto_db_reachable{pool="work"}')).toBe(0)
  expect(asked).toBe(1)
  resolve()
  await expect.poll(() => read('recto_db_reachable{pool="work"}')).toBe(1)
})

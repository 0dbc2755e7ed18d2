import { bundledCatalog } from '@recto/shared/catalog'
import { createLog } from '@recto/shared/log'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { Made } from '../kinds/kind.ts'
import { findKind } from '../kinds/registry.ts'
import { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import type { Failure } from '../llm/errors/failure.ts'
import { exampleJob, exampleRun } from '../testing/example-run.ts'
import type { Cache } from './cache.ts'
import type { Generate } from './generate.ts'
import type { Outcome } from './job-event.ts'
import { createProcess } from './process.ts'
import type { Run } from './run.ts'
import type { Store } from './store.ts'

const made: Made = {
  usable: true,
  failureCode: 'no_usable_cards',
  count: 1,
  suggestions: 1,
  value: ['card'],
  output: null,
  said: null,
  stored: [],
}
const never = new AbortController().signal
const used = { tokens: 40, costUsd: '0.0001245' }

type Delivered = { held?: boolean; run?: Run | null; cache?: Cache; commit?: Store['commit'] }

/** Runs one delivery over a store that only notes its calls. Returns the notes, the outcomes and the log. */
const deliver = async (generate: Generate, { held = true, run = exampleRun(), ...more }: Delivered = {}) => {
  const notes: unknown[] = []
  const outcomes: Outcome[] = []
  const lines: string[] = []
  const note =
    (name: string) =>
    async (...[, , ...args]: unknown[]) => {
      notes.push([name, ...args])
      return held
    }
  const ending = (name: string) => {
    const noteEnd = note(name)
    return async (...args: unknown[]) => ((await noteEnd(...args)) ? used : null)
  }
  const store: Store = {
    dismiss: async () => void notes.push(['dismiss']),
    commit: more.commit ?? ending('commit'),
    fail: ending('fail'),
    retry: note('retry'),
    release: note('release'),
    defer: note('defer'),
    abandon: async () => {
      notes.push(['abandon'])
      return used
    },
    blockModel: async (_run, neededUsd) => void notes.push(['blockModel', neededUsd]),
  }
  const process = createProcess({
    store,
    planning: { catalog: bundledCatalog(), findKind, residency: 'any', scrub: false },
    cache: more.cache ?? (async () => ({ kind: 'miss', key: null })),
    generate,
    random: () => 0,
    log: createLog('worker', 'info', { write: (line) => lines.push(line) }),
    onEnd: (outcome) => outcomes.push(outcome),
  })
  await process({ ...exampleJob, run }, never, () => undefined)
  return { notes, outcomes, log: lines.join('') }
}

const breaks: Generate = async () => {
  throw new TypeError('The tower is 42 metres high.')
}
const unasked: Generate = async () => {
  throw new Error('nobody should have asked')
}
const succeeds: Generate = async () => ({
  ok: true,
  made,
  dropped: { ungrounded: 2 },
  metadata: { model: 'm' },
  error: { provider_request_id: 'gen-1' },
  deterministic: true,
  phases: { firstTokenMs: 1, generationMs: 3, modelMs: 2, gateMs: 1 },
})
const failsWith = (failure: Partial<Failure>, stop = never): Generate => {
  const timing = { requests: 2, latencyMs: 1, firstTokenMs: null, totalMs: 3 }
  const nothing = { retryAfterMs: null, provider: null, httpStatus: null, providerRequestId: null }
  const whole = { class: 'timeout' as const, retryable: true, ...nothing, responseExcerpt: null, timing, ...failure }
  return async () => ({ ok: false, failure: whole, stop, said: null })
}
const stopped = failsWith({ class: 'aborted' }, AbortSignal.abort('shutdown'))
const overBudget: Generate = async () => {
  const budget = { scope: 'account' as const, budgetUsd: '1', spentUsd: '0.99' }
  throw new BudgetExceeded({ final: true, hopeless: false, resetSeconds: 86_400, neededUsd: '0.02', budget })
}

describe('the log event of a delivery', () => {
  const eventOf = async (...args: Parameters<typeof deliver>) => JSON.parse((await deliver(...args)).log)
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

  test('joins request, trace and generation, and says what was used', async () => {
    expect(
      await eventOf(succeeds, { run: exampleRun({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` }) }),
    ).toMatchObject({
      msg: 'job',
      generation_id: 'g',
      request_id: 'r',
      trace_id: traceId,
      user_id: 'u',
      use_case: 'flashcards',
      latency_ms: expect.any(Number),
      outcome: 'succeeded',
      cached: false,
      rate_limited: false,
      provider_request_id: 'gen-1',
      tokens_used: 40,
      cost_usd: 0.0001245,
    })
  })

  test('says that the provider limited the rate, and which request it was', async () => {
    const generate = failsWith({ class: 'rate_limited', providerRequestId: 'gen-2' })
    expect(await eventOf(generate)).toMatchObject({
      outcome: 'retried',
      code: 'rate_limited',
      delay_seconds: 1,
      rate_limited: true,
      provider_request_id: 'gen-2',
      tokens_used: null,
      cost_usd: null,
    })
  })

  test('says that the cache answered', async () => {
    const cache: Cache = async () => ({ kind: 'hit', made, metadata: { model: 'm' }, from: 'before' })
    expect(await eventOf(unasked, { cache })).toMatchObject({ cached: true, provider_request_id: null })
  })
})

describe('a delivery', () => {
  test.each<[string, Generate, unknown[], Outcome]>([
    [
      'commits a result',
      succeeds,
      [['commit', made, { model: 'm' }, null]],
      { outcome: 'succeeded', results: 1, dropped: 2 },
    ],
    [
      'retries a failure that may pass',
      failsWith({}),
      [['retry', { reason: 'retry', class: 'timeout', delaySeconds: 1 }]],
      { outcome: 'retried', code: 'timeout', delaySeconds: 1 },
    ],
    [
      'defers a run whose routes rest',
      failsWith({ class: 'no_route_available', retryAfterMs: 40_000 }),
      [['defer', { reason: 'routes_resting', delaySeconds: 40 }]],
      { outcome: 'deferred', code: 'no_route_available', delaySeconds: 40 },
    ],
    ['releases a run that a shutdown stopped', stopped, [['release']], { outcome: 'released' }],
    [
      'abandons a run that a person cancelled',
      failsWith({ class: 'aborted' }, AbortSignal.abort('cancelled')),
      [['abandon']],
      { outcome: 'cancelled', used },
    ],
  ])('%s', async (_, generate, notes, outcome) => {
    expect(await deliver(generate)).toMatchObject({ notes, outcomes: [outcome] })
  })

  test('is dismissed when its generation needs no run', async () => {
    const { notes, outcomes } = await deliver(unasked, { run: null })
    expect([notes, outcomes]).toEqual([[['dismiss']], [{ outcome: 'dismissed' }]])
  })

  test('fails before any request when the run cannot be made', async () => {
    const { notes } = await deliver(unasked, { run: exampleRun({ model: 'gone' }) })
    expect(notes).toMatchObject([['fail', { code: 'unknown_model', attempts: 1 }, {}]])
  })

  test('fails with the reason when no route may serve it', async () => {
    const { notes } = await deliver(async () => ({ ok: false, failure: null, code: 'residency_unavailable' }))
    expect(notes).toMatchObject([['fail', { code: 'residency_unavailable', provider: null, retryable: true }, {}]])
  })

  test('makes no request when the cache has a result', async () => {
    const cache: Cache = async () => ({ kind: 'hit', made, metadata: { model: 'm' }, from: 'before' })
    const { notes, outcomes } = await deliver(unasked, { cache })
    expect(notes).toEqual([['commit', made, { model: 'm', cached: true, cached_from: 'before' }, null]])
    expect(outcomes).toEqual([{ outcome: 'succeeded', results: 1, cached: true, providerRequestId: null, used }])
  })

  test('blocks the model before it fails a run that is over the budget', async () => {
    const { notes } = await deliver(overBudget)
    expect(notes).toMatchObject([
      ['blockModel', '0.02'],
      ['fail', { code: 'budget_exceeded' }, {}],
    ])
  })

  test('is tried again after a defect, and the log has nothing of the text', async () => {
    const { notes, log } = await deliver(breaks)
    expect(notes).toEqual([['retry', { reason: 'retry', class: 'internal_error', delaySeconds: 1 }]])
    expect(log).toContain('"type":"TypeError"')
    expect(log).not.toContain('tower')
  })

  test('is tried again when a result cannot be stored', async () => {
    const commit = () => Promise.reject(new pg.DatabaseError('violates a check', 0, 'error'))
    expect((await deliver(succeeds, { commit })).notes).toEqual([
      ['retry', { reason: 'retry', class: 'internal_error', delaySeconds: 1 }],
    ])
  })

  test('is left to the queue while the database stays away', async () => {
    const away = Object.assign(new pg.DatabaseError('away', 0, 'error'), { code: '57P01' })
    await expect(deliver(() => Promise.reject(away))).rejects.toBe(away)
  })

  test.each<[string, Generate]>([
    ['released', stopped],
    ['retried', breaks],
    ['deferred', failsWith({ class: 'no_route_available', retryAfterMs: 1 })],
    ['committed', succeeds],
    ['failed', failsWith({ class: 'refused', retryable: false })],
    ['failed for its budget', overBudget],
  ])('whose fence is gone is lost instead of %s', async (_, generate) => {
    expect((await deliver(generate, { held: false })).outcomes).toMatchObject([{ outcome: 'lost' }])
  })
})

import { bundledCatalog } from '@recto/shared/catalog'
import { createLog } from '@recto/shared/log'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { RESTING_PATIENCE_MS } from '../deadlines.ts'
import type { Failure } from '../llm/errors/failure.ts'
import type { Job } from '../queue/jobs.ts'
import { exampleRun } from '../testing/example-run.ts'
import type { Cache } from './cache.ts'
import type { Generate, Generated } from './generate.ts'
import type { PlanDeps } from './plan.ts'
import { createProcess, type Outcome } from './process.ts'
import type { Run } from './run.ts'
import type { Store } from './store.ts'

const job: Job = { id: 'g', priority: 0, retryCount: 0, retryLimit: 3, deliveredAt: '2026-11-21T00:00:00.000Z' }
const card = {
  position: 1,
  front: 'How high is the tower?',
  back: '42 metres',
  source_quote: 'The tower is 42 metres high.',
  quote_start: 0,
  quote_end: 28,
  flags: [],
  fingerprint: 'f',
}
const never = new AbortController().signal

type Delivered = {
  held?: boolean
  run?: Run | null
  of?: Job
  planning?: Partial<PlanDeps>
  cache?: Cache
  signal?: AbortSignal
}

/** Runs one delivery over a store that only notes what it is told; answers the notes, the outcome and the log. */
const deliver = async (
  generate: Generate,
  { held = true, run = exampleRun(), of = job, planning, ...more }: Delivered = {},
) => {
  const notes: unknown[] = []
  const outcomes: Outcome[] = []
  const lines: string[] = []
  const note =
    (name: string) =>
    async (...[, , ...told]: unknown[]) => {
      notes.push([name, ...told])
      return held
    }
  const store: Store = {
    claim: async () => run,
    dismiss: async () => void notes.push(['dismiss']),
    commit: note('commit'),
    fail: note('fail'),
    retry: note('retry'),
    release: note('release'),
    defer: note('putOff'),
    abandon: async () => void notes.push(['abandon']),
    exhaustBudget: async () => void notes.push(['exhaustBudget']),
  }
  const process = createProcess({
    store,
    planning: { catalog: bundledCatalog(), residency: 'any', scrub: false, ...planning },
    cache: more.cache ?? (async () => ({ kind: 'miss', key: null })),
    generate,
    random: () => 0,
    log: createLog('worker', 'info', { write: (line) => lines.push(line) }),
    onEnd: (outcome) => outcomes.push(outcome),
  })
  await process(of, more.signal ?? never)
  return { notes, outcomes, log: lines.join('') }
}

const breaks: Generate = async () => {
  throw new TypeError('The tower is 42 metres high.')
}
const unasked: Generate = async () => {
  throw new Error('nobody should have asked')
}
const failsWith = (failure: Partial<Failure>, stop = never): Generate => {
  const timing = { requests: 2, latencyMs: 1, firstTokenMs: null, totalMs: 3 }
  const nothing = { retryAfterMs: null, provider: null, httpStatus: null, providerRequestId: null }
  const whole = { class: 'timeout' as const, retryable: true, ...nothing, responseExcerpt: null, timing, ...failure }
  return async () => ({ ok: false, failure: whole, stop })
}
const makes = (generated: Partial<Extract<Generated, { ok: true }>> = {}): Generate => {
  const error = { provider: 'acme', provider_request_id: 'gen-1' }
  const metadata = { model: 'm' }
  return async () => ({ ok: true, cards: [card], dropped: {}, metadata, error, deterministic: true, ...generated })
}

describe('a delivery', () => {
  test('that nobody needs any more is dismissed', async () => {
    const { notes, outcomes } = await deliver(unasked, { run: null })
    expect(notes).toEqual([['dismiss']])
    expect(outcomes).toEqual([{ outcome: 'dismissed' }])
  })

  test('whose cards were proved succeeds', async () => {
    const { notes, outcomes } = await deliver(makes({ dropped: { ungrounded: 2, duplicate: 1 } }))
    expect(notes).toEqual([['commit', [card], { model: 'm' }, null]])
    expect(outcomes).toEqual([{ outcome: 'succeeded', cards: 1, dropped: 3 }])
  })

  test('of which no card was proved fails, and says by whom and why', async () => {
    const { notes, outcomes } = await deliver(makes({ cards: [], dropped: { ungrounded: 2 } }))
    const told = { code: 'no_usable_cards', provider: 'acme', provider_request_id: 'gen-1', dropped: { ungrounded: 2 } }
    expect(notes).toMatchObject([['fail', told, { model: 'm' }]])
    expect(outcomes).toEqual([{ outcome: 'failed', code: 'no_usable_cards', cards: 0, dropped: 2 }])
  })

  test('for a model that is not offered any more fails before anybody is asked', async () => {
    const { notes } = await deliver(unasked, { run: exampleRun({ model: 'gone' }) })
    expect(notes).toMatchObject([['fail', { code: 'unknown_model', attempts: 1 }, {}]])
  })

  test('for which no route is allowed fails with the reason', async () => {
    const { notes } = await deliver(async () => ({ ok: false, failure: null, code: 'residency_unavailable' }))
    expect(notes).toMatchObject([['fail', { code: 'residency_unavailable', provider: null, retryable: true }, {}]])
  })

  test('that meets a defect of ours is tried again, and the log holds nothing of the text', async () => {
    const { notes, outcomes, log } = await deliver(breaks)
    expect(notes).toEqual([['retry', 1]])
    expect(outcomes).toEqual([{ outcome: 'retried', code: 'internal_error', delaySeconds: 1 }])
    expect(log).toContain('"type":"TypeError"')
    expect(log).not.toContain('tower')
  })

  test('that meets it at its last try fails', async () => {
    const { notes } = await deliver(breaks, { of: { ...job, retryCount: 3 } })
    expect(notes).toMatchObject([['fail', { code: 'internal_error', attempts: 1, provider: null }, {}]])
  })

  test('is left to the queue when the database stays away', async () => {
    const away = Object.assign(new pg.DatabaseError('away', 0, 'error'), { code: '57P01' })
    await expect(deliver(() => Promise.reject(away))).rejects.toBe(away)
  })
})

describe('a failure of the providers', () => {
  test('that may pass is tried again, not before the wait that was told', async () => {
    const { notes, outcomes } = await deliver(failsWith({ class: 'rate_limited', retryAfterMs: 30_000 }))
    expect(notes).toEqual([['retry', 30]])
    expect(outcomes).toEqual([{ outcome: 'retried', code: 'rate_limited', delaySeconds: 30 }])
  })

  test('at the last try is final, and says what is known of the request', async () => {
    const known = { provider: 'acme', httpStatus: 503, providerRequestId: 'gen-1', responseExcerpt: 'busy' }
    const { notes } = await deliver(failsWith({ class: 'upstream_error', ...known }), { of: { ...job, retryCount: 3 } })
    const told = { provider: 'acme', http_status: 503, provider_request_id: 'gen-1', response_excerpt: 'busy' }
    const timing = { requests: 2, latency_ms: 1, first_token_ms: null, total_ms: 3 }
    expect(notes).toMatchObject([['fail', { code: 'upstream_error', ...told, timing }, {}]])
  })

  test('that will not pass is final at once', async () => {
    const { notes } = await deliver(failsWith({ class: 'refused', retryable: false }))
    expect(notes).toMatchObject([['fail', { code: 'refused', retryable: false }, {}]])
  })
})

describe('when every route rests', () => {
  const resting = failsWith({ class: 'no_route_available', retryAfterMs: 40_000 })
  const waited = (waitedMs: number) => exampleRun({ waitedMs })

  test('the job is put off until the first is free, at its last try too', async () => {
    const { notes, outcomes } = await deliver(resting, { of: { ...job, retryCount: 3 } })
    expect(notes).toEqual([['putOff', 40]])
    expect(outcomes).toEqual([{ outcome: 'deferred', code: 'no_route_available', delaySeconds: 40 }])
  })

  test('but not for ever', async () => {
    const { notes } = await deliver(resting, { run: waited(RESTING_PATIENCE_MS - 1) })
    expect(notes).toEqual([['putOff', 40]])
    const late = await deliver(resting, { run: waited(RESTING_PATIENCE_MS) })
    expect(late.notes).toMatchObject([['fail', { code: 'no_route_available', retryable: true }, {}]])
  })

  test('and nothing says when, it fails', async () => {
    const { notes } = await deliver(failsWith({ class: 'no_route_available' }))
    expect(notes).toMatchObject([['fail', { code: 'no_route_available' }, {}]])
  })
})

describe('under a residency of eu', () => {
  const last = { planning: { residency: 'eu' as const }, of: { ...job, retryCount: 3 } }

  test('a failure that another provider might not have shared says that none may be asked', async () => {
    const { notes } = await deliver(failsWith({ class: 'upstream_error', provider: 'near' }), last)
    const told = { code: 'residency_unavailable', cause: 'upstream_error', provider: 'near' }
    expect(notes).toMatchObject([['fail', told, {}]])
  })

  test("so does the rest of all of the EU's routes", async () => {
    const run = exampleRun({ waitedMs: RESTING_PATIENCE_MS })
    const { notes } = await deliver(failsWith({ class: 'no_route_available', retryAfterMs: 1 }), { ...last, run })
    expect(notes).toMatchObject([['fail', { code: 'residency_unavailable', cause: 'no_route_available' }, {}]])
  })

  test('what is of the text stays what it is', async () => {
    const { notes } = await deliver(failsWith({ class: 'refused', retryable: false }), last)
    expect(notes).toMatchObject([['fail', { code: 'refused' }, {}]])
    expect(JSON.stringify(notes)).not.toContain('cause')
  })
})

describe('the cache', () => {
  const key = { digest: 'd', ttlSeconds: 60 }
  const hit: Cache = async () => ({ kind: 'hit', entry: { cards: [card], metadata: { model: 'm' } }, from: 'before' })

  test('spares the request', async () => {
    const { notes, outcomes } = await deliver(unasked, { cache: hit })
    expect(notes).toEqual([['commit', [card], { model: 'm', cached: true, cached_from: 'before' }, null]])
    expect(outcomes).toEqual([{ outcome: 'succeeded', cards: 1, cached: true }])
  })

  test.each([
    ['gets what the model would say again', true, key],
    ['gets nothing that chance had a part in', false, null],
  ])('%s', async (_, deterministic, kept) => {
    const { notes } = await deliver(makes({ deterministic }), { cache: async () => ({ kind: 'miss', key }) })
    expect(notes).toMatchObject([['commit', [card], {}, kept]])
  })
})

describe('a run that is stopped', () => {
  test.each([
    ['shutdown', 'release', 'released'],
    ['cancelled', 'abandon', 'cancelled'],
    ['lost', 'abandon', 'lost'],
  ] as const)('because of %s', async (reason, note, outcome) => {
    const done = await deliver(failsWith({ class: 'aborted' }, AbortSignal.abort(reason)))
    expect(done.notes).toEqual([[note]])
    expect(done.outcomes).toEqual([{ outcome }])
  })

  const stopped = failsWith({ class: 'aborted' }, AbortSignal.abort('shutdown'))
  test.each<[string, Generate]>([
    ['handed back', stopped],
    ['tried again', breaks],
    ['put off', failsWith({ class: 'no_route_available', retryAfterMs: 1 })],
    ['committed', makes()],
    ['failed', failsWith({ class: 'refused', retryable: false })],
  ])('and whose fence is gone is lost, and not %s', async (_, generate) => {
    expect((await deliver(generate, { held: false })).outcomes).toMatchObject([{ outcome: 'lost' }])
  })
})

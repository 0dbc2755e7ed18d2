import { describe, expect, test } from 'vitest'
import { BUDGET_WAIT_MS, NO_ROUTE_WAIT_MS } from '../deadlines.ts'
import type { Job } from '../queue/jobs.ts'
import { exampleCacheKey, failed, generated, made, overBudget } from '../testing/example-result.ts'
import { exampleAccountPolicy, exampleJob, exampleRun } from '../testing/example-run.ts'
import { type Decision, decide, type Result } from './decide.ts'

const lastTry: Job = { ...exampleJob, retryCount: 3 }
const resting = failed({ class: 'no_route_available', retryAfterMs: 40_000 })
const waitsForMonth = exampleRun({ accountPolicy: { ...exampleAccountPolicy, overBudget: 'wait' } })
const waited = (waitedMs: number) => exampleRun({ waitedMs })
const usual = { run: exampleRun(), job: exampleJob }

type Case = [string, Partial<typeof usual>, Result, Partial<Decision> | Record<string, unknown>]

const cases: Record<string, Case[]> = {
  'a result': [
    [
      'is committed and kept for the cache',
      {},
      generated({ dropped: { ungrounded: 2, duplicate: 1 } }),
      {
        action: 'commit',
        metadata: { model: 'm' },
        keep: { key: exampleCacheKey, reusable: true },
        counts: { results: 1, dropped: 3 },
      },
    ],
    [
      'that chance had a part in is committed, and the cache learns that it is not reusable',
      {},
      generated({ deterministic: false }),
      { action: 'commit', keep: { key: exampleCacheKey, reusable: false } },
    ],
    [
      'that is empty fails where its kind says so, with provider and drop reasons',
      {},
      generated({ made: made(0), dropped: { ungrounded: 2 } }),
      {
        action: 'fail',
        code: 'no_usable_cards',
        error: { code: 'no_usable_cards', provider: 'acme', provider_request_id: 'gen-1', dropped: { ungrounded: 2 } },
        metadata: { model: 'm' },
        counts: { results: 0, dropped: 2 },
      },
    ],
    [
      'that is empty is committed where its kind says so',
      {},
      generated({ made: made(0, true) }),
      { action: 'commit', counts: { results: 0, dropped: 0 } },
    ],
    [
      'from the cache is committed with its origin and not cached again',
      {},
      { what: 'cached', made: made(2), metadata: { model: 'm' }, from: 'before' },
      {
        action: 'commit',
        metadata: { model: 'm', cached: true, cached_from: 'before' },
        keep: null,
        counts: { results: 2, cached: true },
      },
    ],
  ],
  'a run that cannot be made': [
    [
      'fails with the reason',
      {},
      { what: 'impossible', code: 'unknown_model' },
      { action: 'fail', error: { code: 'unknown_model', attempts: 1, provider: null }, metadata: {} },
    ],
  ],
  "a provider's failure": [
    [
      'that may pass is tried again, not before the wait that the provider named',
      {},
      failed({ class: 'rate_limited', retryAfterMs: 30_000 }),
      { action: 'retry', code: 'rate_limited', wait: { reason: 'retry', class: 'rate_limited', delaySeconds: 30 } },
    ],
    [
      'at the last try is final and has what is known about the request',
      { job: lastTry },
      failed({
        class: 'upstream_error',
        provider: 'acme',
        httpStatus: 503,
        providerRequestId: 'gen-1',
        responseExcerpt: 'busy',
      }),
      {
        action: 'fail',
        error: {
          code: 'upstream_error',
          provider: 'acme',
          http_status: 503,
          provider_request_id: 'gen-1',
          response_excerpt: 'busy',
          timing: { requests: 2, latency_ms: 1, first_token_ms: null, total_ms: 3 },
        },
      },
    ],
    [
      'that will not pass is final at once',
      {},
      failed({ class: 'refused', retryable: false }),
      { action: 'fail', error: { code: 'refused', retryable: false } },
    ],
  ],
  'a run whose routes all rest': [
    [
      'is deferred until the first route is free, also at its last try',
      { job: lastTry },
      resting,
      {
        action: 'defer',
        code: 'no_route_available',
        wait: { reason: 'routes_resting', delaySeconds: 40 },
        blockModelFor: null,
      },
    ],
    ['is deferred up to NO_ROUTE_WAIT_MS', { run: waited(NO_ROUTE_WAIT_MS - 1) }, resting, { action: 'defer' }],
    [
      'fails after NO_ROUTE_WAIT_MS',
      { run: waited(NO_ROUTE_WAIT_MS) },
      resting,
      { action: 'fail', error: { code: 'no_route_available', retryable: true } },
    ],
    [
      'fails when no route says how long it rests',
      {},
      failed({ class: 'no_route_available' }),
      { action: 'fail', code: 'no_route_available' },
    ],
  ],
  'under residency eu': [
    [
      'a failure that another provider might not have is residency_unavailable, with its cause',
      { job: lastTry },
      failed({ class: 'upstream_error', provider: 'near' }, { residency: 'eu' }),
      { action: 'fail', error: { code: 'residency_unavailable', cause: 'upstream_error', provider: 'near' } },
    ],
    [
      'resting routes are residency_unavailable once the patience is over',
      { job: lastTry, run: waited(NO_ROUTE_WAIT_MS) },
      failed({ class: 'no_route_available', retryAfterMs: 1 }, { residency: 'eu' }),
      { action: 'fail', error: { code: 'residency_unavailable', cause: 'no_route_available' } },
    ],
    [
      'a failure of the text keeps its code',
      { job: lastTry },
      failed({ class: 'refused', retryable: false }, { residency: 'eu' }),
      { action: 'fail', code: 'refused', error: { code: 'refused' } },
    ],
  ],
  'a run that was stopped': [
    ['by a shutdown is released', {}, failed({ class: 'aborted' }, { stopReason: 'shutdown' }), { action: 'release' }],
    [
      'by a person is abandoned as cancelled',
      {},
      failed({ class: 'aborted' }, { stopReason: 'cancelled' }),
      { action: 'abandon', outcome: 'cancelled' },
    ],
    [
      'by another worker is abandoned as lost',
      {},
      failed({ class: 'aborted' }, { stopReason: 'lost' }),
      { action: 'abandon', outcome: 'lost' },
    ],
  ],
  'a call that does not fit into the budget': [
    [
      'but may fit later defers the run a little',
      { job: lastTry },
      overBudget({ final: false }),
      {
        action: 'defer',
        code: 'budget_exceeded',
        wait: { reason: 'budget', delaySeconds: BUDGET_WAIT_MS / 1000 },
        blockModelFor: null,
      },
    ],
    [
      'this month fails the run and blocks the model',
      {},
      overBudget({ final: true }),
      { action: 'fail', code: 'budget_exceeded', blockModelFor: '0.02', counts: { budget: 'account' } },
    ],
    [
      'of the deployment fails the run and says whose budget it was to operators',
      {},
      overBudget({ final: true, budget: { scope: 'deployment', budgetUsd: '9', spentUsd: '9' } }),
      { action: 'fail', code: 'budget_exceeded', counts: { budget: 'deployment' } },
    ],
    [
      'this month defers the run to the next one where the plan says so',
      { run: waitsForMonth },
      overBudget({ final: true }),
      { action: 'defer', wait: { reason: 'budget', delaySeconds: 86_400 }, blockModelFor: '0.02' },
    ],
    [
      'of any month fails the run, whatever the plan says',
      { run: waitsForMonth },
      overBudget({ final: true, hopeless: true }),
      {
        action: 'fail',
        code: 'budget_exceeded',
        blockModelFor: '0.02',
        error: { message: expect.stringMatching(/may cost 0\.02 USD, and the budget of a month is 1 USD/) },
      },
    ],
  ],
  'a defect of this program': [
    [
      'is tried again',
      {},
      { what: 'broken' },
      { action: 'retry', code: 'internal_error', wait: { reason: 'retry', class: 'internal_error', delaySeconds: 1 } },
    ],
    [
      'at the last try fails the run',
      { job: lastTry },
      { what: 'broken' },
      { action: 'fail', error: { code: 'internal_error', attempts: 1, provider: null } },
    ],
  ],
}

describe.each(Object.entries(cases))('%s', (_subject, rows) => {
  test.each(rows)('%s', (_what, given, result, decision) => {
    const { run, job } = { ...usual, ...given }
    expect(decide(run, job, result, 0)).toMatchObject(decision)
  })
})

test('an error that keeps its code names no cause', () => {
  const decision = decide(exampleRun(), lastTry, failed({ class: 'refused' }, { residency: 'eu' }), 0)
  expect(JSON.stringify(decision)).not.toContain('cause')
})

test('the delay of a retry has jitter of the number that is given', () => {
  const delayAt = (random: number) => decide(exampleRun(), { ...exampleJob, retryCount: 2 }, { what: 'broken' }, random)
  expect([delayAt(0), delayAt(0.999)]).toMatchObject([{ wait: { delaySeconds: 4 } }, { wait: { delaySeconds: 8 } }])
})

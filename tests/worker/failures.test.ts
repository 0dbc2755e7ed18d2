import { generationErrors } from '@recto/shared/errors'
import { GenerationError } from '@recto/shared/generation'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { calls, costOf, jobs, makeRetryDue, suggestions, whenJob, whenOver } from '../support/generations.ts'
import { metric } from '../support/metrics.ts'
import { offerNames } from '../support/offer.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { failureCases } from './failures.ts'

let system: System
let submitter: Submitter
let worker: Service

const markerOf = (name: string) => `fails-${failureCases.findIndex((failure) => failure.name === name)}-`
const refusedKey = 'refuses-its-key'
const restingKey = 'rests-its-key'

/** Gives each case a provider and a model of its own, so that a resting route or key affects no other case. */
const ownRoutes = () => {
  const names = [...failureCases.map((_, n) => `case-${n}`), refusedKey, restingKey]
  return catalogOf({
    providers: Object.fromEntries(names.map((name) => [name, { base_url: system.model.url }])),
    models: Object.fromEntries(names.map((name) => [name, [name]])),
  })
}

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  await offerNames(system, {
    models: failureCases.flatMap(({ row }) => row?.model ?? []),
    versions: failureCases.flatMap(({ row }) =>
      row?.prompt_version ? [['flashcards', row.prompt_version] as const] : [],
    ),
  })
  worker = await system.startWorker(catalogEnv(system, ownRoutes()))
  system.model.setScript([
    { match: { text: refusedKey }, status: 401, body: { error: { code: 401, message: 'User not found.' } } },
    {
      match: { text: restingKey },
      status: 429,
      headers: { 'retry-after': '1800' },
      body: { error: { code: 429, message: 'Daily request limit for this API key reached' } },
    },
    ...failureCases.flatMap(({ name, steps }) => steps.map((step) => ({ ...step, match: { text: markerOf(name) } }))),
  ])
})
afterAll(() => system?.stop())

const isErrorCode = (code: string): code is keyof typeof generationErrors => Object.hasOwn(generationErrors, code)

describe.concurrent('a generation that fails says why', () => {
  test.for(failureCases.map((failure, n) => ({ ...failure, provider: `case-${n}` })))('$name', async (failure) => {
    const { name, provider, row, code, requests, httpStatus, excerpt } = failure
    const attempts = requests.length
    const total = requests.reduce((sum, count) => sum + count, 0)
    const person = await system.person()
    const source_text = newText({ marker: markerOf(name) })
    const id = await submitter.submit(person, { source_text, model: provider, ...row })
    const ended = await whenOver(system, id, 30_000, () => makeRetryDue(system, id))

    expect(ended).toMatchObject({ status: 'failed', attempts })
    const error = GenerationError.parse(ended.error)
    if (!isErrorCode(code)) throw new Error(`${code} is not in the table`)
    expect(error).toMatchObject({ code, ...generationErrors[code], attempts, http_status: httpStatus })
    expect(Object.keys(ended.error ?? {}).sort()).toEqual(
      ['attempts', 'code', 'http_status', 'message', 'provider', 'provider_request_id', 'response_excerpt', 'retryable', 'timing'], // biome-ignore format: one line
    )
    expect(error.provider).toBe(total > 0 ? provider : null)
    expect(error.response_excerpt ?? '').toContain(excerpt ?? '')
    if (total > 0) expect(error.timing).toMatchObject({ requests: requests.at(-1), total_ms: expect.any(Number) })

    const made = await calls(system, id)
    expect(made.map(({ outcome }) => outcome)).toEqual(Array(total).fill(code))
    expect(made.map(({ attempt }) => attempt)).toEqual(requests.flatMap((count, n) => Array(count).fill(n + 1)))
    for (const call of made) {
      expect(call).toMatchObject({ http_status: httpStatus, error: { message: expect.any(String) } })
      expect(call.finished_at).not.toBeNull()
    }
    if (httpStatus !== null) expect(error.provider_request_id).toBe(made.at(-1)?.provider_request_id)
    expect(system.model.requests.filter(({ generationMarker }) => generationMarker === markerOf(name))).toHaveLength(
      total,
    )
    expect(ended.cost_usd).toBe(await costOf(system, id))
    const tokens = made.flatMap(({ tokens_input }) => tokens_input ?? [])
    expect(ended.tokens_input).toBe(tokens.length > 0 ? tokens.reduce((sum, count) => sum + count) : null)
    expect(await suggestions(system, id)).toEqual([])
    expect(await jobs(system, id)).toEqual([])
  })
})

test('a generation fails at once when every key is refused, and so does the next one without a request', async () => {
  const marker = `fails-${refusedKey}`
  for (const requests of [1, 0]) {
    const startedAt = performance.now()
    const id = await submitter.submit(await system.person(), { source_text: newText({ marker }), model: refusedKey })
    const ended = await whenOver(system, id)
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    expect(ended).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'auth', timing: { requests } } })
  }
  expect(system.model.requests.filter(({ generationMarker }) => generationMarker === marker)).toHaveLength(1)
  expect(await metric(worker, `recto_provider_keys_refused{provider="${refusedKey}"}`)).toBe(1)
})

test('a generation waits without losing tries while its only key rests, and fails after half an hour', async () => {
  const marker = `fails-${restingKey}`
  const id = await submitter.submit(await system.person(), { source_text: newText({ marker }), model: restingKey })
  await whenJob(system, id, 'retry')
  await makeRetryDue(system, id)
  await whenJob(system, id, 'created')
  const [job] = await jobs(system, id)
  expect(job).toMatchObject({ retry_count: 0, retry_limit: 2 })
  const delay = (Number(job?.start_after) - Date.now()) / 1000
  expect(delay).toBeGreaterThan(1_700)
  expect(delay).toBeLessThan(2_200)
  expect((await calls(system, id)).map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
    ['quota_exhausted_until_reset', 1],
  ])

  await system.admin.query(
    `update public.ai_generations set created_at = now() - interval '30 minutes' where id = $1`,
    [id],
  )
  await system.admin.query(`update pgboss.job set start_after = now() where id = $1`, [id])
  expect(await whenOver(system, id)).toMatchObject({
    status: 'failed',
    attempts: 3,
    error: {
      ...{ code: 'no_route_available', retryable: true, provider: null },
      timing: { requests: 0, latency_ms: null, first_token_ms: null },
    },
  })
  expect(system.model.requests.filter(({ generationMarker }) => generationMarker === marker)).toHaveLength(1)
})

test('records and log of failed generations hold nothing of a text, a prompt or a key', async () => {
  const { rows } = await system.admin.query<{ held: string }>(
    `select coalesce(error::text, '') || ai_metadata::text as held from public.ai_generations
    union all select coalesce(error::text, '') from public.ai_calls`,
  )
  const held = rows.map((row) => row.held).join('\n')
  for (const kept of [held, worker.log()])
    for (const secret of [
      'lighthouse',
      'fails-',
      'flashcards for a learner',
      'key-of-',
      '<text-',
      'rather not',
      'Here are',
    ])
      expect(kept).not.toContain(secret)
  expect(worker.log()).toContain('"code":"upstream_error"')
})

import { generationErrors } from '@recto/shared/errors'
import { GenerationError } from '@recto/shared/generation'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { calls, costOf, dueNow, jobs, suggestions, whenOver } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { failureCases } from './failures.ts'

let system: System
let submitter: Submitter
let worker: Service

const markerOf = (name: string) => `fails-${failureCases.findIndex((failure) => failure.name === name)}-`

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  worker = await system.startWorker()
  system.model.setScript(
    failureCases.flatMap(({ name, steps }) => steps.map((step) => ({ ...step, match: { text: markerOf(name) } }))),
  )
})
afterAll(async () => {
  await submitter.stop()
  await system.stop()
})

const isErrorCode = (code: string): code is keyof typeof generationErrors => Object.hasOwn(generationErrors, code)

describe.concurrent('a generation that fails says why', () => {
  test.for(failureCases)('$name', async ({ name, row, code, attempts, requests, httpStatus, excerpt }) => {
    const person = await system.person()
    const id = await submitter.submit(person, { source_text: newText({ marker: markerOf(name) }), ...row })
    const ended = await whenOver(system, id, 30_000, () => dueNow(system, id))

    expect(ended).toMatchObject({ status: 'failed', attempts })
    const error = GenerationError.parse(ended.error)
    if (!isErrorCode(code)) throw new Error(`${code} is not in the table`)
    expect(error).toMatchObject({ code, ...generationErrors[code], attempts, http_status: httpStatus })
    expect(Object.keys(ended.error ?? {}).sort()).toEqual(
      ['attempts', 'code', 'http_status', 'message', 'provider', 'provider_request_id', 'response_excerpt', 'retryable', 'timing'], // biome-ignore format: one line
    )
    expect(error.provider).toBe(requests > 0 ? 'openrouter' : null)
    expect(error.response_excerpt ?? '').toContain(excerpt ?? '')
    if (requests > 0)
      expect(error.timing).toMatchObject({ requests: requests / attempts, total_ms: expect.any(Number) })

    const made = await calls(system, id)
    expect(made.map(({ outcome }) => outcome)).toEqual(Array(requests).fill(code))
    expect(made.map(({ attempt }) => attempt)).toEqual(
      Array.from({ length: requests }, (_, n) => 1 + Math.floor((n * attempts) / requests)),
    )
    for (const call of made) {
      expect(call).toMatchObject({ http_status: httpStatus, error: { message: expect.any(String) } })
      expect(call.finished_at).not.toBeNull()
    }
    if (httpStatus !== null) expect(error.provider_request_id).toBe(made.at(-1)?.provider_request_id)
    expect(system.model.requests.filter(({ generationMarker }) => generationMarker === markerOf(name))).toHaveLength(
      requests,
    )
    expect(ended.cost_usd).toBe(await costOf(system, id))
    expect(await suggestions(system, id)).toEqual([])
    expect((await jobs(system, id)).map(({ state }) => state)).toEqual(['completed'])
  })
})

test('neither the records nor the log hold anything of a text, a prompt or a key', async () => {
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
      'test-key',
      '<text-',
      'rather not',
      'Here are',
    ])
      expect(kept).not.toContain(secret)
  expect(worker.log()).toContain('"code":"upstream_error"')
})

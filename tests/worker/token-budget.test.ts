import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { expireHeartbeat, whenOver } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const Problem = z.object({ code: z.string(), detail: z.string() })
const Accepted = z.object({ generation_id: z.string() })

let system: System
let submitter: Submitter
let other: ModelServer
let api: Service
let worker: Service
let catalogFile: Record<string, string>
beforeAll(async () => {
  system = await startSystem()
  other = await startModelServer({ name: 'other' })
  submitter = await createSubmitter(system)
  const catalog = catalogOf({
    providers: { first: { base_url: system.model.url }, second: { base_url: other.url } },
    models: { m: ['first', 'second'] },
  })
  catalogFile = catalogEnv(system, catalog)
  api = await system.startApi({ RECTO_MODELS: catalogFile.RECTO_MODELS ?? '' })
  worker = await system.startWorker(catalogFile)
})
afterAll(async () => {
  await other?.stop()
  await system?.stop()
})
beforeEach(() => {
  for (const server of [system.model, other]) {
    server.setScript([])
    server.clearRequests()
  }
})

const asked = () => [...system.model.requests, ...other.requests]
const tokensOf = async (id: string) => {
  const { rows } = await system.admin.query<{ tokens: number; calls: number }>(
    `select coalesce(sum(tokens_input + tokens_output), 0)::integer as tokens, count(*)::integer as calls
     from public.ai_calls where generation_id = $1`,
    [id],
  )
  return rows[0]
}
/** The least that the API accepts for a text, which it tells when it is asked for less. */
const leastFor = async (source_text: string): Promise<number> => {
  const person = await system.person(api)
  const answer = await person.submit({ source_text, model: 'm', max_total_tokens: 1 })
  const problem = Problem.parse(await answer.json())
  expect([answer.status, problem.code]).toEqual([400, 'token_budget_too_small'])
  return Number(/at least (\d+)/.exec(problem.detail)?.[1])
}

test('the smallest max_total_tokens that the API accepts is enough for a result, and one token less is refused', async () => {
  const person = await system.person(api)
  const source_text = newText({ length: 1200 })
  const least = await leastFor(source_text)
  const body = { source_text, model: 'm', options: { max_cards: 1 } }
  expect((await person.submit({ ...body, max_total_tokens: least - 1 })).status).toBe(400)
  const accepted = await person.submit({ ...body, max_total_tokens: least })
  expect(accepted.status).toBe(202)
  const { generation_id: id } = Accepted.parse(await accepted.json())
  expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded' })
  expect((await tokensOf(id))?.tokens).toBeLessThanOrEqual(least)
})

test('a direct insert whose max_total_tokens is too small for any request fails without one', async () => {
  const id = await submitter.submit(await system.person(), { model: 'm', max_total_tokens: 500 })
  expect(await whenOver(system, id)).toMatchObject({
    status: 'failed',
    error: { code: 'token_budget_exceeded', retryable: false },
  })
  expect(asked()).toEqual([])
})

test('a call that was rejected at no cost leaves the tokens for the next route', async () => {
  system.model.setScript([{ status: 500, body: { error: { message: 'no' } } }])
  const source_text = newText({ length: 1200 })
  const id = await submitter.submit(await system.person(), {
    model: 'm',
    source_text,
    max_total_tokens: await leastFor(source_text),
  })
  expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', ai_metadata: { provider: 'second' } })
})

test('a call whose tokens nobody knows counts in full, so that no further one is sent', async () => {
  for (const server of [system.model, other]) server.setScript([{ content: '{"cards": [', cut_after_chunks: 2 }])
  const source_text = newText({ length: 1200 })
  const id = await submitter.submit(await system.person(), {
    model: 'm',
    source_text,
    max_total_tokens: await leastFor(source_text),
  })
  expect(await whenOver(system, id)).toMatchObject({ status: 'failed', error: { code: 'token_budget_exceeded' } })
  expect(asked()).toHaveLength(1)
})

test('a call of a worker that died counts in full for the worker that takes over', async () => {
  for (const server of [system.model, other]) server.setScript([{ hang: 'headers' }])
  const source_text = newText({ length: 1200 })
  const id = await submitter.submit(await system.person(), {
    model: 'm',
    source_text,
    max_total_tokens: await leastFor(source_text),
  })
  await until(() => asked().length === 1, { what: 'the request', timeoutMs: 15_000 })
  worker.kill('SIGKILL')
  await worker.exited
  await expireHeartbeat(system, id)
  for (const server of [system.model, other]) server.setScript([])
  worker = await system.startWorker(catalogFile)
  expect(await whenOver(system, id)).toMatchObject({
    status: 'failed',
    attempts: 2,
    error: { code: 'token_budget_exceeded' },
  })
  expect(asked()).toHaveLength(1)
})

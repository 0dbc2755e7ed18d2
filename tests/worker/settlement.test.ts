import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { costOf, expireHeartbeat, generation, whenOver, whenStatus } from '../support/generations.ts'
import { lockRow } from '../support/lock-row.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { createDueCalls, type DueCalls, estimated, likely } from './due-calls.ts'

let system: System
let submitter: Submitter
let model: ModelServer
let env: Record<string, string>
let workers: Service[]
let dueCalls: DueCalls
/** The lookups of each id at the provider `counted`, which answers the same cost for all ids. */
const lookups = new Map<string, number>()
const counted = createServer((request, response) => {
  const id = new URL(request.url ?? '/', 'http://localhost').searchParams.get('id') ?? ''
  lookups.set(id, (lookups.get(id) ?? 0) + 1)
  response.end(JSON.stringify({ data: { total_cost: 0.000000000001 } }))
})

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  dueCalls = createDueCalls(system)
  const price = { input_per_million: '0.123457', output_per_million: '0.654321' }
  model = await startModelServer({ price, keys: ['the-good-key'] })
  model.setScript([
    { match: { text: 'hangs-once' }, times: 1, hang: 'stream', hang_after_chunks: 3 },
    { match: { text: 'is-slow' }, first_token_ms: 3_000 },
    { match: { text: 'known-late' }, lookup_delay_ms: 9_000 },
  ])
  counted.listen(0, '127.0.0.1')
  await once(counted, 'listening')
  const { port } = counted.address() as AddressInfo
  const catalog = catalogOf({
    providers: {
      telling: { base_url: model.url, cost_lookup: true },
      silent: { base_url: model.url },
      counted: { base_url: `http://127.0.0.1:${port}`, cost_lookup: true },
    },
    models: { m: ['telling'], n: ['silent', 'counted'] },
  })
  // The provider accepts only the second of these keys.
  env = { ...catalogEnv(system, catalog), TELLING_API_KEY: 'a-bad-key,the-good-key' }
  workers = await Promise.all([system.startWorker(env), system.startWorker(env)])
})
afterAll(async () => {
  await system?.stop()
  await model?.stop()
  counted.close()
})

/** Sends a request to the provider and waits for its end. Returns its id, charge and tokens. */
const requested = async (marker: string) => {
  const messages = [{ role: 'user', content: newText({ marker }) }]
  const headers = { authorization: 'Bearer the-good-key', 'content-type': 'application/json' }
  const body = JSON.stringify({ model: 'm', messages })
  await (await fetch(`${model.url}/chat/completions`, { method: 'POST', headers, body })).text()
  await until(() => model.requests.some((one) => one.generationMarker === marker && one.finishedAt !== null), {
    what: `the end of the request ${marker}`,
    timeoutMs: 30_000,
  })
  const record = model.requests.find((one) => one.generationMarker === marker)
  if (!record) throw new Error('the request is not on record')
  return { id: record.id, charged: record.chargedUsd, tokens: record.promptTokens }
}

/** Runs a generation to its end. Returns its id. */
const finishedGeneration = async () => {
  const id = await submitter.submit(await system.person(), { model: 'm' })
  await whenOver(system, id)
  return id
}

describe.concurrent('a call whose worker died', () => {
  test('before its request id was recorded is settled at its estimate', async () => {
    const generationId = await finishedGeneration()
    const before = await generation(system, generationId)
    const call = await dueCalls.settled(await dueCalls.add({ generationId }))
    expect(call).toMatchObject({ outcome: 'worker_lost', cost_usd: likely, cost_source: 'estimate' })
    const after = await generation(system, generationId)
    expect(Number(after.cost_usd)).toBeGreaterThan(Number(before.cost_usd))
    expect(after.cost_usd).toBe(await costOf(system, generationId))
    expect(after).toMatchObject({ status: 'succeeded', tokens_input: before.tokens_input })
  })

  test('is settled at the cost that the provider reports, although it accepts only one of the keys', async () => {
    const generationId = await finishedGeneration()
    const before = await generation(system, generationId)
    const { id, charged, tokens } = await requested('lost-with-id')
    const call = await dueCalls.settled(await dueCalls.add({ requestId: id, generationId }))
    expect(call).toMatchObject({
      outcome: 'worker_lost',
      cost_usd: charged,
      cost_source: 'provider',
      tokens_input: tokens,
    })
    const after = await generation(system, generationId)
    expect(after.cost_usd).toBe(await costOf(system, generationId))
    expect(after.tokens_input).toBe((before.tokens_input ?? 0) + tokens)
  })

  test('is settled with no more tokens than are believed of its request', async () => {
    const { id, charged, tokens } = await requested('believed')
    expect(tokens).toBeGreaterThan(7)
    const call = await dueCalls.settled(await dueCalls.add({ requestId: id, believed: 7 }))
    expect(call).toMatchObject({ cost_usd: charged, tokens_input: 7, tokens_output: 7 })
  })

  test('is settled at its estimate when the provider has no lookup', async () => {
    const call = await dueCalls.settled(await dueCalls.add({ provider: 'silent', requestId: 'req-1' }))
    expect(call).toMatchObject({ outcome: 'worker_lost', cost_usd: likely, cost_source: 'estimate' })
  })

  test('is settled at its estimate when its provider is no longer in the catalog', async () => {
    const call = await dueCalls.settled(await dueCalls.add({ provider: 'former', requestId: 'req-1' }))
    expect(call).toMatchObject({ outcome: 'worker_lost', cost_usd: likely, cost_source: 'estimate' })
  })

  test('counts with its estimate until the provider reports the cost', async () => {
    const { id, charged } = await requested('known-late')
    const callId = await dueCalls.add({ requestId: id })
    await until(async () => (await dueCalls.row(callId)).outcome !== null, { what: 'the first try', timeoutMs: 30_000 })
    const first = await dueCalls.row(callId)
    expect(first).toMatchObject({ outcome: 'worker_lost', cost_usd: likely, cost_source: 'estimate' })
    expect(first.settle_after).not.toBeNull()
    expect(await dueCalls.settled(callId, 45_000)).toMatchObject({ cost_usd: charged, cost_source: 'provider' })
  })
})

describe.concurrent('an estimated cost', () => {
  test('is replaced by the cost that the provider reports, even after the generation was deleted', async () => {
    const generationId = await finishedGeneration()
    const { id, charged } = await requested('estimate')
    const callId = await dueCalls.add({ requestId: id, generationId, finished: true })
    await system.admin.query('delete from public.ai_generations where id = $1', [generationId])
    expect(await dueCalls.settled(callId)).toMatchObject({
      outcome: 'network',
      cost_usd: charged,
      cost_source: 'provider',
    })
  })

  test('is kept when the provider never reports a cost', async () => {
    const callId = await dueCalls.add({ requestId: 'gen-nobody-knows', finished: true })
    const call = await dueCalls.settled(callId, 40_000, dueCalls.tryNow)
    expect(call).toMatchObject({ outcome: 'network', cost_usd: estimated, cost_source: 'estimate' })
    expect(call.settle_tries).toBeGreaterThanOrEqual(5)
  })
})

test('two workers look up each call only once', async () => {
  const ids = Array.from({ length: 120 }, (_, n) => `gen-counted-${n}`)
  const all = await Promise.all(
    ids.map((requestId) => dueCalls.add({ provider: 'counted', requestId, finished: true })),
  )
  for (const id of all)
    expect(await dueCalls.settled(id, 60_000)).toMatchObject({ cost_usd: '0.000000000001', settle_tries: 1 })
  expect(ids.map((id) => lookups.get(id))).toEqual(ids.map(() => 1))
})

test('cancelling or deleting a generation makes the settlement of its call due within seconds', async () => {
  const person = await system.person()
  const far = `update public.ai_calls set settle_after = now() + interval '1 hour' where id = $1`
  const untilDue = async (id: string) => (Number((await dueCalls.row(id)).settle_after) - Date.now()) / 1000
  for (const end of ['cancel', 'delete']) {
    // The generation has no job, so that no worker ends it first.
    const { rows } = await system.admin.query<{ id: string }>(
      `insert into public.ai_generations (user_id, account_id, source_text) values ($1, $1, $2) returning id`,
      [person.id, newText()],
    )
    const generationId = rows[0]?.id ?? ''
    const callId = await dueCalls.add({ generationId })
    await system.admin.query(far, [callId])
    await asPerson(
      system.supabase.adminUrl,
      person.id,
      (client) => client.query(`select recto.${end}_generation($1)`, [generationId]),
      { commit: true },
    )
    expect(await untilDue(callId)).toBeLessThan(20)
    expect(await untilDue(callId)).toBeGreaterThan(5)
  }
})

test('a call that is settled during the commit of its generation is included in the sum', async () => {
  const id = await submitter.submit(await system.person(), { model: 'm', source_text: newText({ marker: 'is-slow' }) })
  await whenStatus(system, id, ['running'])
  const callId = await dueCalls.add({ generationId: id, finished: true, dueIn: 3600 })
  const settlement = await lockRow(system, 'select from public.ai_generations where id = $1 for no key update', [id])
  await settlement.awaited('finish_runs')
  await settlement.commit(`update public.ai_calls set cost_usd = 0.5, settle_after = null where id = $1`, [callId])
  const over = await whenOver(system, id)
  expect(Number(over.cost_usd)).toBeGreaterThan(0.5)
  expect(over.cost_usd).toBe(await costOf(system, id))
})

test('a frozen worker that continues replaces the settlement of its call by the actual outcome', async () => {
  const id = await submitter.submit(await system.person(), {
    model: 'm',
    source_text: newText({ marker: 'hangs-once' }),
  })
  // A worker that has not tried the bad key yet has a call before the one that hangs.
  const hanging = async () => {
    const { rows } = await system.admin.query<{ id: string }>(
      'select id from public.ai_calls where generation_id = $1 and outcome is null and provider_request_id is not null',
      [id],
    )
    return rows[0]?.id
  }
  await until(async () => (await hanging()) !== undefined, { what: 'its id', timeoutMs: 30_000 })
  const callId = (await hanging()) ?? ''

  for (const worker of workers) worker.kill('SIGSTOP')
  await expireHeartbeat(system, id)
  await dueCalls.tryNow(callId)
  await system.startWorker(env)
  expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts: 2 })
  await until(async () => (await dueCalls.row(callId)).outcome === 'worker_lost', {
    what: 'the first try',
    timeoutMs: 30_000,
  })
  expect(await dueCalls.row(callId)).toMatchObject({
    cost_usd: (await dueCalls.row(callId)).estimated_usd,
    cost_source: 'estimate',
  })

  for (const worker of workers) worker.kill('SIGCONT')
  await until(async () => (await dueCalls.row(callId)).outcome !== 'worker_lost', {
    what: 'the actual outcome',
    timeoutMs: 30_000,
  })
  const call = await dueCalls.settled(callId)
  const record = model.requests.find((one) => one.id === call.provider_request_id)
  expect(call).toMatchObject({ outcome: 'aborted', cost_usd: record?.chargedUsd, cost_source: 'provider' })
  expect((await generation(system, id)).cost_usd).toBe(await costOf(system, id))
})

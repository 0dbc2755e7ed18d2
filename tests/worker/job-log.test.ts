import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiSystem, generationsPath, idOf, startApiSystem } from '../api/api-system.ts'
import { generation } from '../support/generations.ts'
import type { Service } from '../support/system.ts'
import { newText } from '../support/text.ts'

let apiSystem: ApiSystem
let worker: Service
beforeAll(async () => {
  apiSystem = await startApiSystem()
  worker = await apiSystem.system.startWorker()
})
afterAll(() => apiSystem?.stop())

/** The log events of a generation's job, one for each run that ended. */
const eventsOf = (id: string): unknown[] =>
  worker
    .log()
    .split('\n')
    .filter((line) => line.includes('"msg":"job"') && line.includes(id))
    .map((line) => JSON.parse(line))

test('the log event of a job carries the trace of its request and what the generation used, as the metrics do', async () => {
  const traceId = 'a3ce929d0e0e47364bf92f3577b34da6'
  const person = await apiSystem.person()
  const body = { source_text: newText() }
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
  const id = idOf(await person.call('POST', generationsPath, { body, headers: { traceparent } }))
  await until(() => eventsOf(id).length > 0, { what: 'the line of the job', timeoutMs: 20_000 })
  const { rows } = await apiSystem.system.admin.query(
    `select tokens_input + tokens_output as tokens_used, cost_usd::float8 as cost_usd,
      ai_metadata ->> 'provider_request_id' as provider_request_id from public.ai_generations where id = $1`,
    [id],
  )
  expect(rows[0].cost_usd).toBeGreaterThan(0)
  const event = {
    ...rows[0],
    service: 'worker',
    trace_id: traceId,
    user_id: person.id,
    use_case: 'flashcards',
    outcome: 'succeeded',
    status: 'succeeded',
    latency_ms: expect.any(Number),
    cached: false,
    rate_limited: false,
  }
  expect(eventsOf(id)).toEqual([expect.objectContaining(event)])

  await person.call('GET', `${generationsPath}/${id}`, { headers: { 'x-request-id': 'read-of-the-end' } })
  const lines = () => apiSystem.api.log().split('\n')
  const readOf = () => lines().find((line) => line.includes('read-of-the-end'))
  await until(() => readOf() !== undefined, { what: 'the line of the read', timeoutMs: 20_000 })
  const { tokens_used, cost_usd } = rows[0]
  const used = { generation_id: id, status: 200, tokens_used, cost_usd, cached: false, rate_limited: false }
  expect(JSON.parse(readOf() ?? '')).toMatchObject(used)
  const submitted = lines().find((line) => line.includes('"status":202') && line.includes(id))
  expect(JSON.parse(submitted ?? '')).toMatchObject({
    trace_id: traceId,
    tokens_used: null,
    cost_usd: null,
    cached: false,
  })

  const text = await (await fetch(`${worker.url}/metrics`)).text()
  const sumOf = (name: string) =>
    text
      .split('\n')
      .reduce((sum, line) => (line.startsWith(`${name}{`) ? sum + Number(line.split(' ').at(-1)) : sum), 0)
  expect(sumOf('recto_tokens_total')).toBe(rows[0].tokens_used)
  expect(sumOf('recto_cost_usd_total')).toBeCloseTo(rows[0].cost_usd, 10)
  expect(text).toContain('recto_generations_ended_total{status="succeeded",cause="none"} 1\n')
  for (const phase of ['wait', 'first_token', 'generation', 'gate', 'commit'])
    expect(text).toContain(`recto_phase_duration_seconds_count{phase="${phase}"} 1\n`)
  expect(text).toContain('recto_overhead_seconds_count 1\n')
  expect(text).toMatch(/^recto_db_pool_size\{pool="recto_worker"\} [1-9]/m)
})

test('the log event of a job whose provider answers 429 says that it was rate limited', async () => {
  const person = await apiSystem.person()
  const marker = crypto.randomUUID()
  apiSystem.system.model.setScript([{ match: { text: marker }, status: 429 }])
  const id = idOf(await person.submit({ source_text: newText({ marker }) }))
  await until(() => eventsOf(id).length > 0, { what: 'the line of the job', timeoutMs: 30_000 })
  expect(eventsOf(id)[0]).toMatchObject({ code: 'rate_limited', status: 'pending', rate_limited: true })
})

test('the log event of a job that a person cancelled has the cost of the call that was under way', async () => {
  const { system } = apiSystem
  const person = await apiSystem.person()
  const marker = crypto.randomUUID()
  system.model.setScript([{ match: { text: marker }, hang: 'headers' }])
  const id = idOf(await person.submit({ source_text: newText({ marker }) }))
  const asked = () => system.model.requests.some(({ generationMarker }) => generationMarker === marker)
  await until(asked, { what: 'the request to the model', timeoutMs: 20_000 })
  await person.call('POST', `${generationsPath}/${id}/cancel`)
  await until(() => eventsOf(id).length > 0, { what: 'the line of the job', timeoutMs: 20_000 })
  const { status, cost_usd } = await generation(system, id)
  expect(Number(cost_usd)).toBeGreaterThan(0)
  expect(eventsOf(id)).toMatchObject([{ outcome: 'cancelled', status, tokens_used: null, cost_usd: Number(cost_usd) }])
})

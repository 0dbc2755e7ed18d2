import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiPerson, type ApiSystem, apiPerson, generationsPath, idOf, startApiSystem } from '../api/api-system.ts'
import { connect } from '../api/client.ts'
import { findCanaries } from '../support/canaries.ts'
import { openEvents } from '../support/event-reader.ts'
import { type ExportedSpan, newTraceId, type SpanReceiver, startSpanReceiver } from '../support/span-receiver.ts'
import type { Service } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { eventOf } from './log-events.ts'

const browserSpan = '00f067aa0ba902b7'

const WAIT_MS = 30_000

let receiver: SpanReceiver
let apiSystem: ApiSystem
let person: ApiPerson
let worker: Service
beforeAll(async () => {
  receiver = await startSpanReceiver()
  apiSystem = await startApiSystem(receiver.env)
  worker = await apiSystem.system.startWorker(receiver.env)
  person = await apiSystem.person()
})
afterAll(async () => {
  await apiSystem?.stop()
  receiver?.stop()
})

const traceparentOf = (traceId: string, flags = '01') => `00-${traceId}-${browserSpan}-${flags}`
const spansOf = (traceId: string): ExportedSpan[] => receiver.spans().filter((span) => span.traceId === traceId)
const named = (spans: ExportedSpan[], name: string): ExportedSpan => {
  const found = spans.filter((span) => span.name.startsWith(name))
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} spans are named ${name}`)
  return found[0]
}
/** The spans of a trace, once `count` of them have come. */
const arrived = async (traceId: string, count: number): Promise<ExportedSpan[]> => {
  await until(() => spansOf(traceId).length >= count, { what: `${count} spans of ${traceId}`, timeoutMs: WAIT_MS })
  return spansOf(traceId)
}
const rowOf = async (id: string) => {
  const text = 'select trace_id, traceparent from public.ai_generations where id = $1'
  return (await apiSystem.system.admin.query(text, [id])).rows[0]
}

describe('traces with the OpenTelemetry SDK', () => {
  test('a submission, its run and the call of its provider are one trace that continues the browser’s', async () => {
    const traceId = newTraceId()
    const headers = { traceparent: traceparentOf(traceId) }
    const id = idOf(await person.submit({ source_text: newText() }, headers))
    const spans = await arrived(traceId, 3)

    const request = named(spans, 'POST')
    const run = named(spans, 'process')
    const call = named(spans, 'chat')
    expect(spans).toHaveLength(3)
    expect(request).toMatchObject({
      name: `POST ${generationsPath}`,
      kind: 'server',
      service: 'recto-api',
      parentSpanId: browserSpan,
    })
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': generationsPath,
      'http.response.status_code': 202,
      'recto.generation_id': id,
    })
    expect(run).toMatchObject({
      name: 'process generation',
      kind: 'consumer',
      service: 'recto-worker',
      parentSpanId: request.spanId,
    })
    expect(run.attributes).toEqual({
      'messaging.system': 'pg-boss',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'generation',
      'messaging.message.id': id,
      'recto.generation_id': id,
      'recto.kind': 'flashcards',
      'recto.attempt': 1,
      'recto.waited_ms': expect.any(Number),
      'recto.outcome': 'succeeded',
    })
    const { rows } = await apiSystem.system.admin.query(
      `select model, model_served, tokens_input, tokens_output, cost_usd::float8 as cost_usd
       from public.ai_calls where generation_id = $1`,
      [id],
    )
    expect(call).toMatchObject({ name: `chat ${rows[0].model}`, kind: 'client', parentSpanId: run.spanId })
    expect(call.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openrouter',
      'gen_ai.request.model': rows[0].model,
      'gen_ai.request.max_tokens': expect.any(Number),
      'gen_ai.request.stream': true,
      'gen_ai.output.type': 'json',
      'gen_ai.response.model': rows[0].model_served,
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'gen_ai.usage.input_tokens': rows[0].tokens_input,
      'gen_ai.usage.output_tokens': rows[0].tokens_output,
      'recto.hedge': false,
      'recto.outcome': 'ok',
      'recto.cost_usd': rows[0].cost_usd,
    })
    expect(BigInt(call.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(run.startTimeUnixNano))
    expect(BigInt(call.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(run.endTimeUnixNano))
    for (const { status, events } of spans) expect({ status, events }).toEqual({ status: { code: 0 }, events: [] })

    expect(await rowOf(id)).toEqual({ trace_id: traceId, traceparent: `00-${traceId}-${request.spanId}-01` })
    expect(await eventOf(apiSystem.api, id)).toMatchObject({ trace_id: traceId, status: 202 })
    expect(await eventOf(worker, id)).toMatchObject({ trace_id: traceId, outcome: 'succeeded' })
  })

  test('a submission without a traceparent begins a trace, which its logs and its row name', async () => {
    const id = idOf(await person.submit())
    const of = () => receiver.spans().find(({ attributes }) => attributes['messaging.message.id'] === id)
    await until(() => of() !== undefined, { what: 'the span of the run', timeoutMs: WAIT_MS })
    const traceId = of()?.traceId ?? ''
    const spans = await arrived(traceId, 3)
    const request = named(spans, 'POST')
    expect(request.parentSpanId).toBeUndefined()
    expect(named(spans, 'process').parentSpanId).toBe(request.spanId)
    expect(await rowOf(id)).toMatchObject({ trace_id: traceId })
    expect(await eventOf(apiSystem.api, id)).toMatchObject({ trace_id: traceId })
    expect(await eventOf(worker, id)).toMatchObject({ trace_id: traceId })
  })

  test('a call that failed says its class, the next one is beside it, and nothing repeats what the provider said', async () => {
    const [traceId, marker] = [newTraceId(), crypto.randomUUID()]
    const quoting = { error: { code: 500, message: `cannot answer: generation-marker ${marker}` } }
    apiSystem.system.model.setScript([{ match: { text: marker }, times: 1, status: 500, body: quoting }])
    await person.submit({ source_text: newText({ marker }) }, { traceparent: traceparentOf(traceId) })
    const spans = await arrived(traceId, 4)
    const run = named(spans, 'process')
    const calls = spans.filter(({ name }) => name.startsWith('chat '))
    expect(calls.map(({ parentSpanId }) => parentSpanId)).toEqual([run.spanId, run.spanId])
    const failed = calls.find(({ attributes }) => attributes['recto.outcome'] !== 'ok')
    expect(failed?.attributes).toMatchObject({ 'error.type': 'upstream_error', 'recto.outcome': 'upstream_error' })
    expect(failed).toMatchObject({ status: { code: 2 }, events: [] })
    expect(failed?.status.message).toBeUndefined()
    expect(receiver.text()).not.toContain(marker)
  })

  test('a stream is a span until it ends', async () => {
    const traceId = newTraceId()
    const id = idOf(await person.submit())
    const stream = await openEvents(apiSystem.api, person, id, { headers: { traceparent: traceparentOf(traceId) } })
    await stream.over()
    const [span] = await arrived(traceId, 1)
    expect(span).toMatchObject({ name: `GET ${generationsPath}/:id/events`, parentSpanId: browserSpan })
    expect(span?.attributes['recto.generation_id']).toBe(id)
  })

  test('spans have no path, query, header or person, and no probe has a span', async () => {
    const [traceId, secret] = [newTraceId(), `secret-${crypto.randomUUID()}`]
    const headers = {
      traceparent: traceparentOf(traceId),
      tracestate: `vendor=${secret}`,
      baggage: `who=${secret}`,
      'x-request-id': secret,
      'idempotency-key': secret,
      'user-agent': secret,
    }
    for (const path of [`/${secret}`, `${generationsPath}/${secret}`, `${generationsPath}?cursor=${secret}`])
      await person.call('GET', path, { headers })
    await person.call('POST', generationsPath, { body: { source_text: secret }, headers })
    await person.call('PROPFIND', generationsPath, { headers })
    for (const path of ['/livez', '/readyz', '/up', '/health']) await person.call('GET', path, { headers })
    const spans = await arrived(traceId, 5)
    expect(spans.map(({ name }) => name.split(' ')[0]).toSorted()).toEqual(['GET', 'GET', 'GET', 'POST', '_OTHER'])
    expect(named(spans, 'POST').attributes).toMatchObject({ 'recto.code': 'invalid_text' })
    expect(receiver.text().toLowerCase()).not.toContain(secret)
    expect(receiver.text()).not.toContain(person.id)
  })

  test('nothing of a trace that its caller does not sample is exported, and its row and its runs keep its id', async () => {
    const traceId = newTraceId()
    const id = idOf(await person.submit(undefined, { traceparent: traceparentOf(traceId, '00') }))
    expect(await eventOf(worker, id)).toMatchObject({ trace_id: traceId, outcome: 'succeeded' })
    // What ends later arrives later, so all of the other trace would be here.
    const later = newTraceId()
    await person.submit(undefined, { traceparent: traceparentOf(later) })
    await arrived(later, 3)
    expect(spansOf(traceId)).toEqual([])
    expect(await rowOf(id)).toMatchObject({ trace_id: traceId })
  })

  test('the spans of the last second are exported when a process stops', async () => {
    const { system } = apiSystem
    const api = await system.startApi({ ...receiver.env, OTEL_BSP_SCHEDULE_DELAY: '600000' })
    const traceId = newTraceId()
    const another = apiPerson(await connect(api.url), api, person)
    await another.call('GET', generationsPath, { headers: { traceparent: traceparentOf(traceId) } })
    await api.stop()
    expect(await api.exited).toEqual({ code: 0, signal: null })
    expect(spansOf(traceId)).toHaveLength(1)
  })

  test('a collector that does not answer keeps no request and no process', async () => {
    const silent = await startSpanReceiver()
    silent.answer({ silentMs: 600_000 })
    const api = await apiSystem.system.startApi(silent.env)
    const another = apiPerson(await connect(api.url), api, person)
    expect((await another.call('GET', generationsPath)).status).toBe(200)
    await until(() => silent.requests() > 0, { what: 'an export', timeoutMs: WAIT_MS })
    expect((await another.call('GET', generationsPath)).status).toBe(200)
    await api.stop()
    expect(await api.exited).toEqual({ code: 0, signal: null })
    silent.stop()
  })

  test('what was exported has no text, prompt, token, key or password in it', () => {
    expect(receiver.spans().length).toBeGreaterThan(10)
    expect(findCanaries(apiSystem.system.supabase, { spans: receiver.text() })).toEqual([])
    expect(receiver.text()).not.toContain(person.token)
  })
})

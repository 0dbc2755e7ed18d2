import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiSystem, apiPerson, idOf, startApiSystem } from '../api/api-system.ts'
import { connect } from '../api/client.ts'
import { newTraceId, startSpanReceiver } from '../support/span-receiver.ts'
import { eventOf } from './log-events.ts'

const browserSpan = '00f067aa0ba902b7'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())

const traceparentOf = (traceId: string) => `00-${traceId}-${browserSpan}-01`
const rowOf = async (id: string) => {
  const text = 'select trace_id, traceparent from public.ai_generations where id = $1'
  return (await apiSystem.system.admin.query(text, [id])).rows[0]
}

describe('traces without the OpenTelemetry SDK', () => {
  test('nothing is exported, and row and logs have the trace of the request and no other', async () => {
    const unused = await startSpanReceiver()
    const { NODE_OPTIONS: _, ...variables } = unused.env
    const { system } = apiSystem
    const api = await system.startApi(variables)
    const plain = await system.startWorker(variables)
    const another = apiPerson(await connect(api.url), api, await system.person())
    const traceId = newTraceId()
    const id = idOf(await another.submit(undefined, { traceparent: traceparentOf(traceId) }))
    const untraced = idOf(await another.submit())
    expect(await eventOf(plain, id)).toMatchObject({ trace_id: traceId, outcome: 'succeeded' })
    expect(await eventOf(plain, untraced)).toMatchObject({ trace_id: null, outcome: 'succeeded' })
    expect(await eventOf(api, id)).toMatchObject({ trace_id: traceId, status: 202 })
    expect(await eventOf(api, untraced)).toMatchObject({ trace_id: null, status: 202 })
    expect(await rowOf(id)).toEqual({ trace_id: traceId, traceparent: traceparentOf(traceId) })
    expect(await rowOf(untraced)).toEqual({ trace_id: null, traceparent: null })
    await api.stop()
    await plain.stop()
    expect(unused.requests()).toBe(0)
    unused.stop()
  })
})

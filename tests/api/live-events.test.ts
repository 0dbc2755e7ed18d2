import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEvents, type StreamEvent } from '../support/event-reader.ts'
import { expireHeartbeat } from '../support/generations.ts'
import { latencyOf } from '../support/latency.ts'
import type { Service } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { startWrittenModel, type WrittenModel } from '../support/written-model.ts'
import { type ApiPerson, type ApiSystem, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let model: WrittenModel
let worker: Service
let ana: ApiPerson

beforeAll(async () => {
  apiSystem = await startApiSystem()
  model = await startWrittenModel()
  apiSystem.system.onStop(model.stop)
  ana = await apiSystem.person()
  worker = await startWorker()
})
afterAll(() => apiSystem?.stop())

const startWorker = () => apiSystem.system.startWorker({ OPENROUTER_BASE_URL: model.url })

let submitted = 0
/** Submits a text and reads its events. */
const submit = async () => {
  const marker = `events-${++submitted}`
  const id = idOf(await ana.submit({ source_text: newText({ marker }) }))
  const reader = await openEvents(apiSystem.api, ana, id)
  return { id, reader, next: () => model.next(marker) }
}

const tower = {
  front: 'How high is the tower of the lighthouse?',
  back: '42 metres',
  source_quote: 'The tower is 42 metres high and stands on a base of grey granite.',
}
const horn = {
  front: 'How far can the fog horn be heard?',
  back: '9 kilometres',
  source_quote: 'The fog horn can be heard at a distance of 9 kilometres.',
}

const isProvisional = ({ event, data }: StreamEvent) => event === 'suggestion' && data.provisional === true
const keysOf = (events: StreamEvent[]) => events.map(({ data }) => data.key)
const namesOf = (events: StreamEvent[]) =>
  events.flatMap(({ event, data }) =>
    event === 'progress' ? [] : event === 'status' ? [`${data.status} ${data.attempts}`] : [event],
  )

describe('the events of a generation while its model writes', () => {
  test('have each card when it is proved, and then the same cards from the rows', async () => {
    const { reader, next } = await submit()
    const answer = await next()
    await answer.write(`{"cards":[${JSON.stringify(tower)}`)
    await reader.come('suggestion', 1)
    await answer.write(`,${JSON.stringify(horn)}`)
    await reader.come('suggestion', 2)
    await answer.write(']}')
    answer.end()
    await reader.over()
    const suggestions = reader.events.filter(({ event }) => event === 'suggestion')
    const [provisional, stored] = [suggestions.filter(isProvisional), suggestions.filter((one) => !isProvisional(one))]
    expect(keysOf(provisional)).toEqual(keysOf(stored))
    for (const [n, { data }] of provisional.entries()) {
      const { provisional: _, attempt, ...card } = data
      expect([attempt, stored[n]?.data]).toMatchObject([1, card])
    }
    expect(namesOf(reader.events).at(-1)).toBe('done')
  })

  test('reach a reader who comes in the middle, and one who comes back', async () => {
    const { id, reader, next } = await submit()
    const answer = await next()
    await answer.write(`[${JSON.stringify(tower)},`)
    await reader.come('suggestion', 1)
    await reader.leave()
    const late = await openEvents(apiSystem.api, ana, id)
    await late.come('suggestion', 1)
    expect(late.events.find(isProvisional)?.data).toEqual(reader.events.find(isProvisional)?.data)
    await answer.write(`${JSON.stringify(horn)}]`)
    answer.end()
    await late.over()
    expect(late.events.filter((one) => one.event === 'suggestion' && !isProvisional(one))).toHaveLength(2)
  })

  test('are reset when another request answers, and when the worker was killed', async () => {
    const { id, reader, next } = await submit()
    const first = await next()
    await first.write(`[${JSON.stringify(tower)},`)
    await reader.come('suggestion', 1)
    first.cut()
    await (await next()).write(`[${JSON.stringify(horn)},`)
    await reader.come('suggestion', 2)
    worker.kill('SIGKILL')
    await worker.exited
    worker = await startWorker()
    await expireHeartbeat(apiSystem.system, id)
    const last = await next()
    await last.write(`[${JSON.stringify(tower)}`)
    await reader.come('suggestion', 3)
    await last.write(']')
    last.end()
    await reader.over()
    const names = namesOf(reader.events).filter((name) => !/pending|running/.test(name))
    expect(names).toEqual([
      ...['suggestion', 'reset', 'suggestion', 'reset', 'suggestion', 'succeeded 2', 'suggestion', 'done'],
    ])
  })

  test('have the first card within 100 ms (p50) and 300 ms (p95) after the model has closed its bracket', async () => {
    const limits = { p50: 100, p95: 300 }
    const { p50, p95 } = await latencyOf('first card on the stream', limits, async () => {
      const { reader, next } = await submit()
      const answer = await next()
      await answer.write(`[${JSON.stringify(tower).slice(0, -1)}`)
      const at = await answer.write('}')
      await reader.come('suggestion', 1)
      const took = performance.timeOrigin + performance.now() - at
      await answer.write(']')
      answer.end()
      await reader.over()
      return took
    })
    expect(p50).toBeLessThan(limits.p50)
    expect(p95).toBeLessThan(limits.p95)
  })
})

import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deltasOf, say, textOf, user } from '../support/chat.ts'
import { openEvents } from '../support/event-reader.ts'
import { calls, expireHeartbeat, whenOver } from '../support/generations.ts'
import { latencyOf } from '../support/latency.ts'
import type { Service } from '../support/system.ts'
import { startWrittenModel, type WrittenModel } from '../support/written-model.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

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

const startWorker = () => apiSystem.system.startWorker({ OPENROUTER_BASE_URL: model.url, RECTO_SCRUB: 'on' })

let submitted = 0
/** Says something and reads the events of the answer, which the test writes. */
const ask = async (content = 'Tell me about the harbour.') => {
  const marker = `chat-${++submitted}`
  const id = idOf(await ana.submit({ kind: 'chat', messages: [user(`generation-marker: ${marker}\n${content}`)] }))
  const reader = await openEvents(apiSystem.api, ana, id)
  return { id, reader, next: () => model.next(marker) }
}

type Stored = { status: string; output: { message: { content: string }; finish: string } | null; cost_usd: string }
const rowOf = async (id: string): Promise<Stored | undefined> => {
  const { rows } = await apiSystem.system.admin.query<Stored>(
    'select status, output, cost_usd from public.ai_generations where id = $1',
    [id],
  )
  return rows[0]
}
const inputOf = async (id: string) => {
  const { rows } = await apiSystem.system.admin.query<{ input: { messages: { content: string }[] } }>(
    'select input from public.ai_generations where id = $1',
    [id],
  )
  return rows[0]?.input
}
const storedText = async (id: string) => (await rowOf(id))?.output?.message.content

describe('the text of an answer', () => {
  test('is read while the model writes it, and is the stored one in the end', async () => {
    const { id, reader, next } = await ask()
    const answer = await next()
    for (const [n, word] of ['The harbour ', 'is old, ', 'and quiet. 🙂\n'].entries()) {
      await answer.write(word)
      await reader.come('delta', n + 1)
    }
    expect(deltasOf(reader.events)).toEqual(['The harbour', ' is old,', ' and quiet. 🙂'])
    answer.end()
    await reader.over()
    expect(textOf(reader.events)).toBe('The harbour is old, and quiet. 🙂')
    expect(await storedText(id)).toBe('The harbour is old, and quiet. 🙂')
  })

  test('comes whole to a reader who comes in the middle, and to one who comes back', async () => {
    const { id, reader, next } = await ask()
    const answer = await next()
    await answer.write('The harbour ')
    await answer.write('is old.')
    await until(() => textOf(reader.events) === 'The harbour is old.', { what: 'the text', timeoutMs: 20_000 })
    await reader.leave()
    const late = await openEvents(apiSystem.api, ana, id)
    await late.come('delta')
    expect(textOf(late.events)).toBe('The harbour is old.')
    await answer.write(' And quiet.')
    await late.come('delta', 2)
    expect(textOf(late.events)).toBe('The harbour is old. And quiet.')
    answer.end()
    await late.over()
    expect(textOf(late.events)).toBe(await storedText(id))
  })

  test('leaves in at most 20 parts a second, however many words the model writes', async () => {
    const { id, reader, next } = await ask()
    const answer = await next()
    const words = Array.from({ length: 400 }, (_, n) => `word${n} `)
    const started = performance.now()
    for (const word of words) await answer.write(word)
    await reader.come('delta')
    answer.end()
    await reader.over()
    const seconds = (performance.now() - started) / 1000
    expect(deltasOf(reader.events).length).toBeLessThanOrEqual(Math.ceil(seconds * 20) + 1)
    expect(textOf(reader.events)).toBe(words.join('').trim())
    expect(await storedText(id)).toBe(words.join('').trim())
  })

  test('begins anew when another request answers, and when the worker was killed', async () => {
    const { id, reader, next } = await ask()
    const first = await next()
    await first.write('The first answer')
    await reader.come('delta')
    first.cut()
    await (await next()).write('The second answer')
    await reader.come('delta', 2)
    expect(textOf(reader.events)).toBe('The second answer')
    worker.kill('SIGKILL')
    await worker.exited
    worker = await startWorker()
    await expireHeartbeat(apiSystem.system, id)
    const last = await next()
    await last.write('The third answer')
    await reader.come('delta', 3)
    expect(textOf(reader.events)).toBe('The third answer')
    last.end()
    await reader.over()
    expect(reader.events.filter(({ event }) => event === 'reset')).toHaveLength(2)
    expect(textOf(reader.events)).toBe('The third answer')
    expect(await storedText(id)).toBe('The third answer')
  })

  test('has the personal values of the conversation, wherever the model’s words are cut', async () => {
    const { id, reader, next } = await ask('Write to ana.nowak@school.example or call +33 6 12 34 56 78.')
    const answer = await next()
    for (const part of ['Write to [EM', 'AIL_', '1', ']', ' or \\[PHO', 'NE_1\\] (see [1]) today'])
      await answer.write(part)
    const whole = 'Write to ana.nowak@school.example or +33 6 12 34 56 78 (see [1]) today'
    await reader.come('delta')
    answer.end()
    await reader.over()
    for (const part of deltasOf(reader.events)) expect(part).not.toMatch(/EMAIL|PHONE/)
    expect(textOf(reader.events)).toBe(whole)
    expect(await storedText(id)).toBe(whole)
  })

  test('shows neither thinking nor the instructions, and fails when it repeats these', async () => {
    const { id, reader, next } = await ask()
    const answer = await next()
    await answer.write('<think>What was I told?</th')
    await answer.write('ink>My instructions are:')
    await reader.come('delta')
    await answer.write(' You are the assistant of an app, and talk ')
    await answer.write('with one of its users. Every message after this one is part of')
    answer.end()
    await reader.over()
    expect(textOf(reader.events)).toMatch(/^My instructions are: ?(You are the?)?$/)
    expect(await rowOf(id)).toMatchObject({ status: 'failed', output: null })
  })
})

describe('an answer that its person stops', () => {
  test('is kept as far as it was said, is billed, and the conversation goes on from there', async () => {
    const { id, reader, next } = await ask()
    const answer = await next()
    await answer.write('The harbour was built in 18')
    await reader.come('delta')
    const cancelled = await ana.call('POST', `${generationsPath}/${id}/cancel`)
    expect(cancelled.status).toBe(202)
    await answer.hungUp
    await reader.over()
    expect(textOf(reader.events)).toBe('The harbour was built in 18')
    expect(reader.events.slice(-2)).toMatchObject([
      { event: 'delta', id: '1.1', data: { provisional: false } },
      { event: 'done', id: '1.2', data: { status: 'cancelled' } },
    ])
    expect(await rowOf(id)).toMatchObject({
      status: 'cancelled',
      output: { message: { content: 'The harbour was built in 18' }, finish: 'stopped' },
    })
    expect(await calls(apiSystem.system, id)).toMatchObject([{ outcome: 'aborted' }])
    expect(Number((await rowOf(id))?.cost_usd)).toBeGreaterThan(0)

    const pending = say(ana, 'Go on.', { conversation_id: id })
    const [, marker = ''] = /marker: (chat-\d+)/.exec(JSON.stringify(await inputOf(id))) ?? []
    const more = await model.next(marker)
    await more.write('47.')
    more.end()
    const { generation_id } = (await pending).json as { generation_id: string }
    expect((await inputOf(generation_id))?.messages.map(({ content }) => content).slice(1)).toEqual([
      'The harbour was built in 18',
      'Go on.',
    ])
  })

  test('is the answer of a request that waits for it', async () => {
    const marker = `chat-${++submitted}`
    const waiting = say(ana, `Count. generation-marker: ${marker}`)
    const answer = await model.next(marker)
    await answer.write('One, two')
    const { rows } = await apiSystem.system.admin.query<{ id: string }>(
      `select id from public.ai_generations where input::text like '%' || $1 || '%'`,
      [marker],
    )
    const reader = await openEvents(apiSystem.api, ana, rows[0]?.id ?? '')
    await reader.come('delta')
    await ana.call('POST', `${generationsPath}/${rows[0]?.id}/cancel`)
    expect((await waiting).json).toMatchObject({
      status: 'cancelled',
      message: { content: 'One, two' },
      finish: 'stopped',
      cost_usd: expect.stringMatching(/[1-9]/),
    })
    await reader.over()
  })

  test('is kept when nobody watches it, and is nothing when it has said nothing', async () => {
    const { id, reader, next } = await ask()
    await reader.leave()
    const answer = await next()
    await answer.write('Unseen, but said')
    const shown = await openEvents(apiSystem.api, ana, id)
    await shown.come('delta')
    await shown.leave()
    const silent = await ask()
    await silent.next()
    for (const one of [id, silent.id]) await ana.call('POST', `${generationsPath}/${one}/cancel`)
    await silent.reader.over()
    expect(silent.reader.events.at(-1)).toMatchObject({ event: 'done', data: { status: 'cancelled' } })
    expect(textOf(silent.reader.events)).toBe('')
    const late = await openEvents(apiSystem.api, ana, id)
    await late.over()
    expect(textOf(late.events)).toBe('Unseen, but said')
    expect((await rowOf(silent.id))?.output).toBeNull()
  })
})

test('the first word is at a reader within 150 ms (p95) of its leaving the provider', async () => {
  const limits = { p50: 75, p95: 150 }
  const { p50, p95 } = await latencyOf('first word on the stream', limits, async () => {
    const { id, reader, next } = await ask()
    const answer = await next()
    const at = await answer.write('Harbours')
    await reader.come('delta')
    const took = performance.timeOrigin + performance.now() - at
    answer.end()
    await reader.over()
    await whenOver(apiSystem.system, id)
    return took
  })
  expect(p50).toBeLessThan(limits.p50)
  expect(p95).toBeLessThan(limits.p95)
})

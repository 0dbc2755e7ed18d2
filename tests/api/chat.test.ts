import { chatBounds } from '@recto/shared/kinds/chat/chat'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assistant, chatPath, deltasOf, say, textOf, user } from '../support/chat.ts'
import { openEvents, readEvents } from '../support/event-reader.ts'
import { calls, whenOver } from '../support/generations.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
  await apiSystem.system.startWorker({ RECTO_CACHE_TTL_SECONDS: '3600' })
})
afterAll(() => apiSystem?.stop())

const echo = (message: string) =>
  `Recto's local model server got the message “${message}”. It is no language model, but it can be reached.`

describe('a chat request', () => {
  test('answers with the message, the conversation, and what it has cost', async () => {
    const answer = await say(ana, 'Where is the harbour?')
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      status: 'succeeded',
      message: assistant(echo('Where is the harbour?')),
      finish: 'complete',
      grounded: null,
      model: 'balanced',
      error: null,
    })
    const { generation_id, conversation_id, cost_usd } = answer.json as Record<string, string>
    expect(conversation_id).toBe(generation_id)
    expect(Number(cost_usd)).toBeGreaterThan(0)
    expect(answer.headers.get('location')).toBe(`${generationsPath}/${generation_id}`)
    expect(answer.headers.get('preference-applied')).toBe('wait=30')
    expect(answer.headers.get('ratelimit')).toMatch(/generations/)
  })

  test('takes the longest conversation there can be, with each character written as two escapes', async () => {
    const content = '😀'.repeat(chatBounds.codePoints)
    const body = JSON.stringify({ messages: [user(content)] }).replace(
      /[\ud800-\udfff]/g,
      (half) => `\\u${half.charCodeAt(0).toString(16)}`,
    )
    expect(body.length).toBeGreaterThan(400_000)
    const answer = await ana.call('POST', chatPath, { body, headers: { 'content-type': 'application/json' } })
    expect([answer.status, answer.json]).toMatchObject([200, { status: 'succeeded' }])
  })

  test('is streamed, word by word, to a client that accepts events', async () => {
    const reader = await readEvents(`${apiSystem.api.url}${chatPath}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ana.token}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ messages: [user('Where is the pier?')] }),
    })
    await reader.over()
    expect(textOf(reader.events)).toBe(echo('Where is the pier?'))
    expect(reader.events.at(-1)).toMatchObject({ event: 'done', data: { kind: 'chat', status: 'succeeded' } })
    expect(reader.headers.get('location')).toMatch(/^\/api\/ai\/generations\/[\da-f-]{36}$/)
  })

  test('answers 202 when the answer takes longer, which can be read later', async () => {
    apiSystem.system.model.setScript([{ match: { text: 'a slow one' }, latency_ms: 4_000, content: 'Here.' }])
    const answer = await say(ana, 'a slow one', {}, { prefer: 'wait=1' })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([202, '1'])
    const { generation_id, conversation_id } = answer.json as Record<string, string>
    expect(conversation_id).toBe(generation_id)
    const reader = await openEvents(apiSystem.api, ana, generation_id ?? '')
    await reader.over()
    expect(textOf(reader.events)).toBe('Here.')
  })

  test('says that an answer was cut off, and that one has failed', async () => {
    apiSystem.system.model.setScript([
      { match: { text: 'a long one' }, content: 'One two three', truncate_at: 7 },
      { match: { text: 'a refused one' }, refusal: 'No.' },
    ])
    expect((await say(ana, 'a long one')).json).toMatchObject({ message: assistant('One two'), finish: 'length' })
    expect((await say(ana, 'a refused one')).json).toMatchObject({
      status: 'failed',
      message: null,
      finish: null,
      error: { code: 'refused' },
    })
  })

  test('asks the model each time, whatever the cache holds, and bills each call', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () => {
        const { json } = await say(ana, 'Tell me the same.')
        return (json as { generation_id: string }).generation_id
      }),
    )
    for (const id of ids) expect(await calls(apiSystem.system, id)).toMatchObject([{ outcome: 'ok' }])
  })

  test('answers a repeated request with the same answer', async () => {
    const key = { 'idempotency-key': 'chat-once-1' }
    const first = await say(ana, 'Only once.', {}, key)
    const again = await say(ana, 'Only once.', {}, key)
    expect(again.json).toEqual(first.json)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect((await say(ana, 'Something else.', {}, key)).status).toBe(422)
  })
})

describe('chat as a generation', () => {
  test('is the kind `chat`, and its answer is the output', async () => {
    const messages = [user('What is a harbour?'), assistant('A place for ships.'), user('And a pier?')]
    const id = idOf(await ana.submit({ kind: 'chat', messages }))
    await whenOver(apiSystem.system, id)
    const { rows } = await apiSystem.system.admin.query(
      'select status, input, output, source_text, prompt_version from public.ai_generations where id = $1',
      [id],
    )
    expect(rows).toEqual([
      {
        status: 'succeeded',
        input: { messages },
        output: { message: assistant(echo('And a pier?')), finish: 'complete' },
        source_text: null,
        prompt_version: 'chat@1',
      },
    ])
  })

  test('streams its text from the rows to a reader who comes late, and only to its person', async () => {
    const { json } = await say(ana, 'Where is the fog horn?')
    const { generation_id } = json as { generation_id: string }
    const reader = await openEvents(apiSystem.api, ana, generation_id)
    await reader.over()
    expect([textOf(reader.events), deltasOf(reader.events)]).toEqual([echo('Where is the fog horn?'), []])
    expect(reader.events.map(({ event, id }) => [event, id])).toEqual([
      ['status', '1.0'],
      ['delta', '1.1'],
      ['done', '1.2'],
    ])
    const resumed = await openEvents(apiSystem.api, ana, generation_id, { lastEventId: '1.1' })
    await resumed.over()
    expect(resumed.events.map(({ event }) => event)).toEqual(['status', 'done'])
    const ben = await apiSystem.person()
    await expect(openEvents(apiSystem.api, ben, generation_id)).rejects.toThrow('404')
  })

  test('can be inserted through PostgREST, where it is checked when a worker claims it', async () => {
    const { client, id: ana_id } = await apiSystem.system.person()
    const insert = (input: object) =>
      client
        .from('ai_generations')
        .insert({ kind: 'chat', prompt_version: 'chat@1', input: input as never })
        .select('id')
        .single()
    const good = await insert({ messages: [user('Where is the inn?')] })
    const bad = await insert({ messages: [user('Hello'), { role: 'system', content: 'Obey.' }] })
    const statusOf = async (id = '') => {
      await whenOver(apiSystem.system, id)
      const found = `select status, error ->> 'code' as code, output is not null as said from public.ai_generations
        where id = $1 and user_id = $2`
      return (await apiSystem.system.admin.query(found, [id, ana_id])).rows[0]
    }
    expect(await statusOf(good.data?.id)).toEqual({ status: 'succeeded', code: null, said: true })
    expect(await statusOf(bad.data?.id)).toEqual({ status: 'failed', code: 'invalid_input', said: false })
    for (const conversation_id of ['mine', 7, {}, ['x']])
      expect((await insert({ messages: [user('Hello')], conversation_id })).error?.code).toBe('22P02')
  })

  test.each([
    ['no messages', { messages: [] }, 'messages'],
    ['a message of the system', { messages: [{ role: 'system', content: 'Obey.' }, user('Hello')] }, 'messages.0.role'],
    ['an answer as the last message', { messages: [user('Hello'), assistant('Hello')] }, 'messages'],
    ['51 messages', { messages: Array.from({ length: 51 }, () => user('Hello')) }, 'messages'],
    ['40,001 characters', { messages: [user('🙂'.repeat(40_001))] }, 'messages'],
    ['a blank message', { messages: [user(' ')] }, 'messages.0.content'],
    ['U+0000', { messages: [user('a\u0000b')] }, 'messages.0.content'],
    ['an option', { messages: [user('Hello')], options: { temperature: 2 } }, 'options.temperature'],
    ['an answer that is too short', { messages: [user('Hello')], options: { max_tokens: 15 } }, 'options.max_tokens'],
    ['a conversation that is no id', { messages: [user('Hello')], conversation_id: 'mine' }, 'conversation_id'],
    ['a text', { source_text: 'x'.repeat(2000) }, 'messages'],
  ])('is refused with %s', async (_what, body, path) => {
    for (const answer of [
      await ana.call('POST', chatPath, { body }),
      await ana.call('POST', generationsPath, { body: { kind: 'chat', ...body } }),
    ])
      expect([answer.status, answer.json]).toMatchObject([
        400,
        { code: 'invalid_request', errors: expect.arrayContaining([{ path, message: expect.any(String) }]) },
      ])
  })
})

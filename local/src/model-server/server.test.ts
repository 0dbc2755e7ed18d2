import { afterAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { startModelServer } from './server.ts'

const server = await startModelServer()
const root = server.url.replace(/\/v1$/, '')
afterAll(() => server.stop())
beforeEach(() => {
  server.setScript([])
  server.clearRequests()
})

const text = `The Brooklyn Bridge was opened in 1883. Its main span is 486 metres long. Emily Roebling led the work on the
site for more than ten years. The bridge connects Manhattan with Brooklyn across the East River. Its towers are built
of limestone, granite and cement from Rosendale.`

const completion = z.object({
  id: z.string().startsWith('gen-local-'),
  object: z.literal('chat.completion'),
  model: z.literal('recto-local/extractive-1'),
  provider: z.literal('recto-local'),
  choices: z.tuple([
    z.object({
      finish_reason: z.literal('stop'),
      message: z.object({ role: z.literal('assistant'), content: z.string() }),
    }),
  ]),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int(), cost: z.number() }),
})
const chunk = z.object({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  choices: z.tuple([z.object({ delta: z.object({ content: z.string() }), finish_reason: z.string().nullable() })]),
  usage: z.object({ cost: z.number() }).optional(),
})
const cardsSchema = z.strictObject({
  cards: z.array(z.strictObject({ front: z.string(), back: z.string(), source_quote: z.string() })),
})

const ask = (over: Record<string, unknown> = {}, path = '/v1/chat/completions') =>
  fetch(`${root}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'some/model',
      messages: [
        { role: 'system', content: 'Write up to 3 cards. A front has at most 200 characters.' },
        { role: 'user', content: `<text-4f8a2c>\n${text}\n</text-4f8a2c>` },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'flashcards', strict: true, schema: {} } },
      ...over,
    }),
  })

/** The answer to a single message, without a schema. */
const answerTo = async (content: string, over: Record<string, unknown> = {}) => {
  const response = await ask({ messages: [{ role: 'user', content }], response_format: undefined, ...over })
  return completion.parse(await response.json()).choices[0].message.content
}

test.each([
  ['a short one', 'Hello?'],
  ['one that mentions cards', 'Make 3 flashcards.'],
  ['a long one', text],
])('a message without a task is answered in words: %s', async (_, message) => {
  const words = await answerTo(message)
  expect(words).toMatch(
    /^Recto's local model server got the message “.+”\. It is no language model, but it can be reached\.$/s,
  )
  expect(words).toContain(message.slice(0, 10))
  expect(words.length).toBeLessThan(300)
})

test('a text with instructions for cards is answered with cards, with and without a schema', async () => {
  const messages = [
    { role: 'system', content: 'Write up to 3 cards.' },
    { role: 'user', content: text },
  ]
  expect(cardsOf(await answerTo('', { messages }))).toHaveLength(3)
  expect(cardsOf(await answerTo(text, { response_format: { type: 'json_object' } })).length).toBeGreaterThan(0)
})

const cardsOf = (content: string) => cardsSchema.parse(JSON.parse(content)).cards

const frames = (body: string) =>
  body
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: {'))
    .map((frame) => chunk.parse(JSON.parse(frame.slice('data: '.length))))

test.each(['/v1/chat/completions', '/api/v1/chat/completions', '/chat/completions?x=1'])(
  'a completion at %s has an id, usage, a cost and as many cards as the prompt asks for',
  async (path) => {
    const response = await ask({}, path)
    const { id, choices, usage } = completion.parse(await response.json())
    const cards = cardsOf(choices[0].message.content)
    expect(response.status).toBe(200)
    expect(response.headers.get('x-generation-id')).toBe(id)
    expect(cards).toHaveLength(3)
    for (const { source_quote } of cards) expect(text).toContain(source_quote)
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
    expect(server.totals().chargedUsd).toBe(String(usage.cost))
  },
)

test('a stream has comments, chunks, an end frame that is repeated with the usage, and [DONE]', async () => {
  const response = await ask({ stream: true })
  const body = await response.text()
  const parsed = frames(body)
  const plain = completion.parse(await (await ask()).json())
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(body.startsWith(': OPENROUTER PROCESSING\n\n')).toBe(true)
  expect(body.endsWith('data: [DONE]\n\n')).toBe(true)
  expect(parsed.length).toBe(10)
  expect(parsed.map(({ choices }) => choices[0].delta.content).join('')).toBe(plain.choices[0].message.content)
  expect(parsed.slice(-2).map(({ choices }) => choices[0].finish_reason)).toEqual(['stop', 'stop'])
  expect(parsed.map(({ usage }) => usage?.cost).filter(Boolean)).toEqual([plain.usage.cost])
})

test('the model server rejects a request for another schema, a broken body and an unknown path', async () => {
  const other = await ask({ response_format: { type: 'json_schema', json_schema: { name: 'summary' } } })
  const broken = await fetch(`${server.url}/chat/completions`, { method: 'POST', body: '{"model":' })
  const elsewhere = await fetch(`${root}/v2/nothing`)
  expect([other.status, broken.status, elsewhere.status]).toEqual([400, 400, 404])
  expect(server.totals()).toMatchObject({ requests: 2, completed: 2, chargedUsd: '0' })
})

test('the model server records the model, marker, status and charge of a request', async () => {
  await ask({ messages: [{ role: 'user', content: `${text}\ngeneration-marker: person-7` }] })
  const [record] = server.requests
  expect(record).toMatchObject({
    model: 'some/model',
    generationMarker: 'person-7',
    stream: false,
    status: 200,
    step: null,
    aborted: false,
    cut: false,
  })
  expect(record?.finishedAt).toBeGreaterThanOrEqual(record?.startedAt ?? Infinity)
  expect(record?.chargedUsd).toBe(server.totals().chargedUsd)
})

test('the model server takes scripts and answers records and totals over HTTP', async () => {
  const put = (script: unknown) => fetch(`${root}/__script`, { method: 'PUT', body: JSON.stringify(script) })
  expect((await put([{ delay: 1 }])).status).toBe(400)
  expect((await put([{ status: 503, body: { error: 'busy' }, times: 1 }])).status).toBe(204)
  expect((await ask()).status).toBe(503)
  expect((await ask()).status).toBe(200)
  const requests = z.object({ data: z.array(z.object({ status: z.int() })) })
  const listed = requests.parse(await (await fetch(`${root}/__requests`)).json())
  expect(listed.data.map(({ status }) => status)).toEqual([503, 200])
  expect((await fetch(`${root}/__requests`, { method: 'DELETE' })).status).toBe(204)
  const totals = await (await fetch(`${root}/__totals`)).json()
  expect(totals).toMatchObject({ requests: 0, completed: 0, chargedUsd: '0' })
})

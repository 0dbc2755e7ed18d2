import { describe, expect, test } from 'vitest'
import { accepted, generation, id, json, lost, problem, type Reply, silent } from './testing/scripted-api.ts'
import { failureOf, start } from './testing/scripted-client.ts'

const cards = json({ status: 'succeeded', data: [{ front: 'A' }, { front: 'B' }], next_cursor: null })
const text = 'A fact about lighthouses. '.repeat(50)

describe('generate', () => {
  test('submits once, waits, and answers the generation with its cards', async () => {
    const { client, requests } = await start(accepted, generation(), cards)
    const seen: string[] = []
    const onSuggestion = ({ front }: { front: string }) => seen.push(front)
    const finished = await client.generate(text, { onSuggestion, options: { max_cards: 5 }, model: 'balanced' })
    expect(finished).toMatchObject({ id, status: 'succeeded', suggestions: [{ front: 'A' }, { front: 'B' }] })
    expect(seen).toEqual(['A', 'B'])
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/ai/generations',
      `GET /api/ai/generations/${id}?wait=10`,
      `GET /api/ai/generations/${id}/suggestions`,
    ])
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      source_text: text,
      model: 'balanced',
      options: { max_cards: 5 },
    })
    expect(requests[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/)
  })

  test('asks again while the generation is not over', async () => {
    const live = generation({ status: 'running', finished_at: null })
    const { client, requests } = await start(
      accepted,
      (response) => setTimeout(() => live(response), 1_001),
      generation(),
      cards,
    )
    await client.generate(text)
    expect(requests).toHaveLength(4)
  })

  test.each<[string, Reply]>([
    ['the connection is lost', lost],
    ['the API restarts', problem(503, 'database_unavailable')],
    ['the API fails', problem(500, 'internal_error')],
    ['a proxy finds no API', (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>')],
    ['the same key is being processed', problem(409, 'conflict')],
  ])('repeats the submission with the same key and text when %s', async (_, reply) => {
    const { client, requests } = await start(reply, accepted, generation(), cards)
    await client.generate(text)
    const [first, second] = requests
    expect(second).toMatchObject({ method: 'POST', body: first?.body })
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
  })

  test('fails with the generation when it has failed', async () => {
    const error = { code: 'refused', message: 'The model refused this text.' }
    const failedOne = generation({ status: 'failed', error } as never)
    const { client } = await start(accepted, failedOne)
    expect(await failureOf(client.generate(text))).toMatchObject({
      code: 'generation_failed',
      message: error.message,
      generationId: id,
      generation: { error },
    })
  })

  test('fails with the invalid fields when the API does not accept the text', async () => {
    const errors = [{ path: 'source_text', message: 'must have 1000 to 10000 characters' }]
    const { client, requests } = await start(
      json({ title: 'The text cannot be used', code: 'invalid_text', errors }, 400),
    )
    const error = await failureOf(client.generate('short'))
    expect(error).toMatchObject({ code: 'invalid_text', status: 400, problem: { errors } })
    expect(error.message).toBe('The text cannot be used\n  source_text: must have 1000 to 10000 characters')
    expect(requests).toHaveLength(1)
  })
})

test.each<[string, Reply]>([
  ['a redirect, which is not followed', (response) => response.writeHead(307, { location: '/elsewhere' }).end()],
  ['a page in the place of JSON', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('hello')],
])('%s is an unexpected answer', async (_, reply) => {
  const { client, requests } = await start(reply)
  expect(await failureOf(client.generation(id))).toMatchObject({ code: 'unexpected_answer' })
  expect(requests).toHaveLength(1)
})

test('generations goes from page to page, and reads no more of them than are used', async () => {
  const page = (ids: number[], next_cursor: string | null) => json({ data: ids.map((n) => ({ id: n })), next_cursor })
  const { client, requests } = await start(page([1, 2], 'next page'), page([3], null))
  const all: unknown[] = []
  for await (const one of client.generations({ status: 'succeeded' })) all.push(one.id)
  expect(all).toEqual([1, 2, 3])
  expect(requests[1]?.path).toBe('/api/ai/generations?status=succeeded&limit=100&cursor=next+page')
  for await (const one of client.generations()) {
    expect(one).toBeDefined()
    break
  }
  expect(requests).toHaveLength(3)
})

describe('a call that would do its work twice', () => {
  test.each<[string, Reply, string]>([
    ['its answer is lost', lost, 'network'],
    ['the API fails', problem(500, 'internal_error'), 'internal_error'],
  ])('is not repeated when %s', async (_, reply, code) => {
    const { client, requests } = await start(reply)
    expect(await failureOf(client.cards.add({ front: 'A', back: 'B' }))).toMatchObject({ code })
    expect(requests).toHaveLength(1)
  })

  test('is repeated when the API refused it for now, or its token', async () => {
    const later = problem(429, 'rate_limited', { 'retry-after': '0' })
    const { client, requests } = await start(later, problem(401, 'unauthorized'), json({ front: 'A' }, 201))
    expect(await client.cards.add({ front: 'A', back: 'B' })).toEqual({ front: 'A' })
    expect(requests).toHaveLength(3)
  })
})

test('a deletion whose answer was lost succeeds when nothing is left', async () => {
  const { client, requests } = await start(lost, problem(404, 'not_found'))
  await client.remove(id)
  expect(requests).toHaveLength(2)
})

describe('request', () => {
  test('sends what has no function of its own, with the token, the account and the same retries', async () => {
    const { client, requests } = await start(problem(503, 'overloaded'), json({ data: [] }))
    const sent = { method: 'POST', body: { a: 1 }, headers: { 'idempotency-key': 'k' } } as const
    expect(await client.request<{ data: [] }>('ai/anything?dry_run=true', sent)).toEqual({ data: [] })
    expect(requests.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual(
      Array(2).fill('POST /api/ai/anything?dry_run=true {"a":1}'),
    )
    expect(requests[1]?.headers).toMatchObject({ authorization: 'Bearer token-2', 'idempotency-key': 'k' })
  })

  test('that would do its work twice is sent once', async () => {
    const { client, requests } = await start(lost)
    expect((await failureOf(client.request('ai/anything', { method: 'POST', repeatable: false }))).code).toBe('network')
    expect(requests).toHaveLength(1)
  })
})

describe('a call', () => {
  test.each([
    ['without an end', Number.POSITIVE_INFINITY],
    ['for longer than a timer can run', 30 * 86_400_000],
    ['for part of a millisecond more', 10_000.5],
  ])('that may take its time %s does not end at once', async (_, timeoutMs) => {
    const { client } = await start((response) => setTimeout(() => generation()(response), 50))
    expect(await client.generation(id, { timeoutMs })).toMatchObject({ id })
  })

  test('whose time is over before it begins fails as one that took too long', async () => {
    const { client } = await start(silent)
    for (const timeoutMs of [0, -0.5, -1_000])
      expect(await failureOf(client.generation(id, { timeoutMs }))).toMatchObject({ code: 'timeout' })
  })

  test.each<[string, Reply]>([
    ['nothing (204)', (response) => response.writeHead(204).end()],
    ['null', json(null)],
  ])('that is answered with %s in place of what was asked for fails with a RectoError', async (_, reply) => {
    const { client } = await start(reply)
    for (const call of [() => client.generate(text), () => client.suggestions(id), () => client.generation(id)])
      expect(await failureOf(call())).toMatchObject({ code: 'unexpected_answer' })
  })
})

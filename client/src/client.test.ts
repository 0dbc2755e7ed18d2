import { afterEach, describe, expect, test } from 'vitest'
import { type Client, createClient, isRectoError, type RectoError } from './index.ts'
import { accepted, generation, id, json, lost, problem, type Reply, serve, silent } from './testing/scripted-api.ts'

type Served = Awaited<ReturnType<typeof serve>>
const running: Served[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()))
})

const start = async (...replies: Reply[]): Promise<Served & { client: Client; tokens: (string | undefined)[] }> => {
  const served = await serve(replies)
  running.push(served)
  const tokens: (string | undefined)[] = []
  const getToken = (rejected?: string) => {
    tokens.push(rejected)
    return `token-${tokens.length}`
  }
  return { ...served, tokens, client: createClient({ url: `${served.url}/`, getToken }) }
}

const cards = json({ status: 'succeeded', data: [{ front: 'A' }, { front: 'B' }], next_cursor: null })
const text = 'A fact about lighthouses. '.repeat(50)

/** The error of a call that must fail, and how long it took in milliseconds. */
const failureOf = async (call: Promise<unknown>): Promise<RectoError> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isRectoError(error)) throw new Error('the call did not fail as it should', { cause: error })
  return error
}

describe('a getToken that throws', () => {
  const gone = new Error('Auth is away')

  /** A client whose token cannot be had at these of its requests. */
  const startWithout = async (failing: number[], ...replies: Reply[]) => {
    const served = await serve(replies)
    running.push(served)
    let asked = 0
    const getToken = () => {
      if (failing.includes(++asked)) throw gone
      return 'token'
    }
    return { ...served, client: createClient({ url: served.url, getToken }) }
  }

  test('ends a call with what it threw as the cause', async () => {
    const { client } = await startWithout([1])
    expect(await failureOf(client.generate(text))).toMatchObject({ code: 'token', cause: gone })
  })

  test('ends generate with the id of the generation that goes on', async () => {
    const { client } = await startWithout([2, 3], accepted)
    expect(await failureOf(client.generate(text))).toMatchObject({ code: 'token', cause: gone, generationId: id })
  })

  test('does not end generate when it throws once, after the text was accepted', async () => {
    const { client } = await startWithout([2], accepted, generation(), cards)
    expect(await client.generate(text)).toMatchObject({ id, suggestions: [{ front: 'A' }, { front: 'B' }] })
  })
})

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

describe('a token that the API does not accept', () => {
  test('is given back to getToken, and the request is repeated with the new one', async () => {
    const { client, requests, tokens } = await start(problem(401, 'unauthorized'), generation())
    await client.generation(id)
    expect(tokens).toEqual([undefined, 'token-1'])
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  test('is an error when the new one is not accepted either', async () => {
    const { client, requests } = await start(problem(401, 'unauthorized'))
    expect(await failureOf(client.generation(id))).toMatchObject({ code: 'unauthorized', status: 401 })
    expect(requests).toHaveLength(2)
  })
})

describe('an API that asks to come back later', () => {
  test('is asked again after that time', async () => {
    const { client } = await start(problem(429, 'rate_limited', { 'retry-after': '1' }), generation())
    const begun = performance.now()
    await client.generation(id)
    expect(performance.now() - begun).toBeGreaterThan(990)
  })

  test('is not asked without a pause when it asks to come back at once, again and again', async () => {
    const { client, requests } = await start(problem(503, 'overloaded', { 'retry-after': '0' }))
    expect(await failureOf(client.generation(id, { timeoutMs: 1_000 }))).toMatchObject({ code: 'overloaded' })
    expect(requests.length).toBeLessThan(6)
  })

  test('fails the call at once when that is after its time', async () => {
    const { client, requests } = await start(problem(429, 'rate_limited', { 'retry-after': '60' }))
    const begun = performance.now()
    expect(await failureOf(client.generation(id, { timeoutMs: 30_000 }))).toMatchObject({
      code: 'rate_limited',
      retryAfter: 60,
    })
    expect(performance.now() - begun).toBeLessThan(1_000)
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

describe('an abort', () => {
  const live = generation({ status: 'running', finished_at: null })
  const halfAnswer: Reply = (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":')
  const busy = problem(503, 'overloaded', { 'retry-after': '20' })

  test.each<[string, Reply[], number]>([
    ['while the submission is not answered', [silent], 1],
    ['while an answer arrives', [halfAnswer], 1],
    ['between two tries', [busy], 1],
    ['while the generation is waited for', [accepted, silent], 2],
    ['between two reads of a status', [accepted, live], 2],
    ['while the cards are read', [accepted, generation(), silent], 3],
  ])('%s ends the call at once', async (_, replies, count) => {
    const { client, requests } = await start(...replies)
    const controller = new AbortController()
    const failure = failureOf(client.generate(text, { signal: controller.signal }))
    await expect.poll(() => requests.length).toBe(count)
    await new Promise((resolve) => setTimeout(resolve, 50))
    let settled = false
    void failure.finally(() => {
      settled = true
    })
    controller.abort()
    await new Promise(setImmediate)
    expect(settled).toBe(true)
    expect(await failure).toMatchObject({ code: 'aborted', ...(count > 1 && { generationId: id }) })
    if (replies.includes(silent)) await requests.at(-1)?.closed
  })

  test('while a token is asked for ends the call, and so does a signal that was aborted before', async () => {
    const { url } = await start(silent)
    const client = createClient({ url, getToken: () => new Promise(() => undefined) })
    const controller = new AbortController()
    const failure = failureOf(client.generate(text, { signal: controller.signal }))
    controller.abort('enough')
    expect(await failure).toMatchObject({ code: 'aborted', cause: 'enough' })
    expect(await failureOf(client.generate(text, { signal: controller.signal }))).toMatchObject({ code: 'aborted' })
  })

  test('by the time of the call has a code of its own', async () => {
    const { client } = await start(accepted, silent)
    expect(await failureOf(client.generate(text, { timeoutMs: 300 }))).toMatchObject({
      code: 'timeout',
      generationId: id,
    })
  })
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

import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Generation, Suggestion } from './api.ts'
import type { GenerationEvent, ProvisionalSuggestion } from './events.ts'
import { createClient, isRectoError } from './index.ts'
import { id, json, lost, problem, type Reply, sent, serve, silent, stream, streaming } from './testing/scripted-api.ts'

const running: Awaited<ReturnType<typeof serve>>[] = []
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(running.splice(0).map(({ stop }) => stop()))
})

const start = async (...streams: Reply[]) => {
  const served = await serve([json({})], streams)
  running.push(served)
  const tokens: (string | undefined)[] = []
  const getToken = (rejected?: string) => {
    tokens.push(rejected)
    return `token-${tokens.length}`
  }
  return { ...served, tokens, client: createClient({ url: served.url, getToken }) }
}

const generation = (status: Generation['status'], attempts = 1) =>
  ({ id, status, attempts, suggestions_count: 2, finished_at: status === 'succeeded' ? 'now' : null }) as Generation
const status = (of: Generation['status'], attempts = 1) =>
  sent({ type: 'status', data: generation(of, attempts) }, `${attempts}.0`)
const provisional = (key: string, attempt = 1) =>
  sent({
    type: 'suggestion',
    data: { provisional: true, key, attempt, front: `Is it ${key}?` } as ProvisionalSuggestion,
  })
const stored = (key: string, place: number) => {
  const suggestion = { id: `id-${key}`, position: place, front: `Is it ${key}?` } as Suggestion
  return sent({ type: 'suggestion', data: { provisional: false, key, ...suggestion } }, `1.${place}`)
}
const done = sent({ type: 'done', data: generation('succeeded') }, '1.3')
const whole = [status('succeeded'), stored('a', 1), stored('b', 2), done]

/** In short, for comparisons. */
const shortOf = ({ type, data }: GenerationEvent): string =>
  'key' in data ? `${type} ${data.key}${'provisional' in data && data.provisional ? ' provisional' : ''}` : type

const all = async (events: AsyncIterable<GenerationEvent>): Promise<string[]> => {
  const short: string[] = []
  for await (const event of events) short.push(shortOf(event))
  return short
}
const wholeInShort = ['status', 'suggestion a', 'suggestion b', 'done']

describe('stream', () => {
  test('answers the events of a generation and ends after the last one', async () => {
    const live = [status('running'), sent({ type: 'progress', data: { attempt: 1, items: 1, characters: 90 } })]
    const { client, opened } = await start(stream(...live, provisional('a'), ...whole, status('running')))
    expect(await all(client.stream(id))).toEqual([
      'status',
      'progress',
      'suggestion a provisional',
      'status',
      'suggestion a',
      'suggestion b',
      'done',
    ])
    expect(opened).toHaveLength(1)
    expect(opened[0]).toMatchObject({ method: 'GET', path: `/api/ai/generations/${id}/events` })
    expect(opened[0]?.headers).toMatchObject({ authorization: 'Bearer token-1', accept: 'text/event-stream' })
    expect(opened[0]?.headers).not.toHaveProperty('last-event-id')
  })

  test('has the data of each event by its type', async () => {
    const { client } = await start(stream(...whole))
    for await (const { type, data } of client.stream(id)) {
      if (type === 'status') expect(data.status).toBe('succeeded')
      else if (type === 'suggestion' && !data.provisional) expect(data.id).toBe(`id-${data.key}`)
      else if (type === 'done') expect(data.suggestions_count).toBe(2)
    }
  })

  test.each<[string, Reply]>([
    ['ends', stream(status('succeeded'), stored('a', 1))],
    ['ends within an event', stream(status('succeeded'), stored('a', 1), stored('b', 2).slice(0, -20))],
    [
      'breaks',
      (response) => {
        streaming(status('succeeded'), stored('a', 1))(response)
        setTimeout(() => response.destroy(), 50)
      },
    ],
    ['brings an event that cannot be read', streaming(status('succeeded'), stored('a', 1), 'data: {\n\n')],
  ])('goes on behind the last durable event when a connection %s', async (_, reply) => {
    const { client, opened } = await start(reply, stream(...whole.slice(2)))
    expect(await all(client.stream(id))).toEqual(wholeInShort)
    expect(opened.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1.1'])
  })

  test('repeats nothing when another connection begins from the start', async () => {
    const live = [status('running'), provisional('a')]
    const { client, opened } = await start(stream(...live), stream(...live, provisional('b')), stream(...whole))
    expect(await all(client.stream(id))).toEqual([
      'status',
      'suggestion a provisional',
      'suggestion b provisional',
      ...wholeInShort,
    ])
    expect(opened).toHaveLength(3)
  })

  test.each<[string, Reply[]]>([
    ['cannot be reached', [lost, lost]],
    ['is overloaded', [problem(503, 'overloaded', { 'retry-after': '0' })]],
    ['fails', [problem(500, 'internal_error')]],
    ['is replaced, so that a proxy answers', [(response) => response.writeHead(502).end('<html>')]],
    ['begins a stream and says nothing', [stream(), stream()]],
  ])('goes on after an API that %s', async (_, replies) => {
    const { client } = await start(stream(status('succeeded'), stored('a', 1)), ...replies, stream(...whole))
    expect(await all(client.stream(id))).toEqual(wholeInShort)
  })

  test('asks for a new token when the old one has expired, and when it is not accepted', async () => {
    const expired = streaming(status('succeeded'), stored('a', 1), sent({ type: 'expired', data: {} }))
    const { client, opened, tokens } = await start(expired, problem(401, 'unauthorized'), stream(...whole))
    expect(await all(client.stream(id))).toEqual(wholeInShort)
    expect(tokens).toEqual([undefined, 'token-1', 'token-2'])
    expect(opened.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-3',
    ])
    await opened[0]?.closed
  })

  test.each([
    ['Retry-After, before a stream', [problem(429, 'rate_limited', { 'retry-after': '1' }), stream(...whole)]],
    ['retry, in the stream that ends', [stream(status('succeeded'), 'retry: 1000\n\n'), stream(...whole)]],
  ])('comes back when the API says: by %s', async (_, replies) => {
    const { client, opened } = await start(...replies)
    const begun = performance.now()
    expect(await all(client.stream(id))).toEqual(wholeInShort)
    expect(performance.now() - begun).toBeGreaterThan(990)
    expect(opened).toHaveLength(2)
  })

  test('does not come back sooner than a timer can count', async () => {
    const { client, opened } = await start(stream(status('running'), 'retry: 99999999999999999999\n\n'), silent)
    await expect(all(client.stream(id, { timeoutMs: 400 }))).rejects.toMatchObject({ code: 'timeout' })
    expect(opened).toHaveLength(1)
  })

  test.each<[string, Reply, object]>([
    ['there is no such generation', problem(404, 'not_found'), { code: 'not_found', status: 404 }],
    ['a page answers', (response) => response.writeHead(200).end('<html>'), { code: 'unexpected_answer', status: 200 }],
    ['nothing answers but a status', (response) => response.writeHead(204).end(), { code: 'unexpected_answer' }],
    ['no token is accepted', problem(401, 'unauthorized'), { code: 'unauthorized' }],
    ['the API has no streams', problem(501, 'internal_error'), { status: 501 }],
    ['the API asks to come back too late', problem(503, 'overloaded', { 'retry-after': '900' }), { retryAfter: 900 }],
  ])('fails at once when %s', async (_, reply, error) => {
    const { client, opened } = await start(reply)
    await expect(all(client.stream(id))).rejects.toMatchObject({ ...error, generationId: id })
    expect(opened.length).toBeLessThan(3)
  })

  test('is closed when the app leaves the loop', async () => {
    const { client, opened } = await start(streaming(status('running'), provisional('a')))
    for await (const event of client.stream(id)) if (event.type === 'suggestion') break
    await opened[0]?.closed
  })
})

describe('a connection that says nothing', () => {
  /** Answers with parts, and then nothing. Each connection is the next of `answers`. */
  const fetchOf = (...answers: string[]) => {
    const signals: AbortSignal[] = []
    const fetch = async (_: unknown, { signal }: RequestInit = {}) => {
      if (!signal) throw new Error('no signal')
      const answer = answers[signals.push(signal) - 1] ?? ''
      const body = new ReadableStream({
        start: (controller) => {
          if (answer !== '') controller.enqueue(new TextEncoder().encode(answer))
          signal.addEventListener('abort', () => controller.error(signal.reason))
        },
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
    }
    return {
      signals,
      client: createClient({ url: 'http://x', getToken: () => 'token', fetch: fetch as typeof globalThis.fetch }),
    }
  }

  test.each([
    ['behind its first event is replaced after 40 seconds', status('running'), 39_000, 2_000],
    ['behind a comment is replaced after 40 seconds', ': ping\n\n', 39_000, 2_000],
    ['at all is replaced after 10 seconds', '', 9_000, 2_000],
  ])('%s', async (_, first, quietMs, moreMs) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { client, signals } = fetchOf(first, whole.join(''))
    const events = all(client.stream(id, { timeoutMs: 100_000 }))
    await vi.advanceTimersByTimeAsync(quietMs)
    expect(signals).toHaveLength(1)
    expect(signals[0]?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(moreMs)
    expect(signals).toHaveLength(2)
    expect(signals[0]?.aborted).toBe(true)
    expect((await events).at(-1)).toBe('done')
  })
})

describe('an abort of a stream', () => {
  test.each<[string, Reply[], number, boolean?]>([
    ['before the API has answered', [silent], 1],
    ['before the first event', [streaming()], 1],
    ['behind an event', [streaming(status('running'))], 1],
    ['within an event', [streaming(status('running'), 'data: {"a"')], 1],
    ['after a connection has ended', [stream(status('running'), 'retry: 60000\n\n')], 1, false],
    ['after a refusal', [problem(429, 'rate_limited', { 'retry-after': '60' })], 1, false],
    ['while another connection is opened', [stream(status('running')), silent], 2],
  ])('%s ends it within 20 ms', async (_, replies, connections, isOpen = true) => {
    const { client, opened } = await start(...replies)
    const controller = new AbortController()
    const failure = all(client.stream(id, { signal: controller.signal })).catch((error: unknown) => error)
    await expect.poll(() => opened.length).toBe(connections)
    await new Promise((resolve) => setTimeout(resolve, 50))
    // A timer, because it is due as late as the abort when the machine gives this process no time in between.
    const late = new Promise((resolve) => setTimeout(resolve, 20, 'more than 20 ms'))
    controller.abort()
    const error = await Promise.race([failure, late])
    expect(isRectoError(error) && error).toMatchObject({ code: 'aborted', generationId: id })
    if (isOpen) await opened.at(-1)?.closed
  })

  test('between two events that came together leaves out the second one', async () => {
    const { client } = await start(stream(...whole))
    const controller = new AbortController()
    const seen: string[] = []
    const failure = (async () => {
      for await (const event of client.stream(id, { signal: controller.signal })) {
        seen.push(event.type)
        controller.abort()
      }
    })()
    await expect(failure).rejects.toMatchObject({ code: 'aborted' })
    expect(seen).toEqual(['status'])
  })

  test('before it begins sends nothing', async () => {
    const { client, opened } = await start(stream(...whole))
    await expect(all(client.stream(id, { signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'aborted' })
    expect(opened).toEqual([])
  })
})

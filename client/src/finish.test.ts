import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Generation, Suggestion } from './api.ts'
import type { GenerationEvent } from './events.ts'
import { createClient } from './index.ts'
import {
  accepted,
  generation,
  id,
  json,
  lost,
  problem,
  type Reply,
  sent,
  serve,
  stream,
  streaming,
} from './testing/scripted-api.ts'

const running: Awaited<ReturnType<typeof serve>>[] = []
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(running.splice(0).map(({ stop }) => stop()))
})

/** `seen` is what an app that keeps cards by their keys has been told, in short. */
const start = async (replies: Reply[], streams: Reply[]) => {
  const served = await serve(replies, streams)
  running.push(served)
  const seen: string[] = []
  const cards = new Map<string, { front: string; provisional: boolean }>()
  const options = {
    onSuggestion: (card: { key: string; front: string; provisional: boolean }) => {
      seen.push(`${card.provisional ? '?' : ''}${card.key}`)
      cards.set(card.key, card)
    },
    onWithdrawn: ({ key, reason }: { key: string; reason: string }) => {
      seen.push(`-${key} ${reason}`)
      cards.delete(key)
    },
  }
  return { ...served, seen, cards, options, client: createClient({ url: served.url, getToken: () => 'token' }) }
}

const text = 'A fact about lighthouses. '.repeat(50)
const gen = (more: object): Generation =>
  ({ id, status: 'succeeded', attempts: 1, finished_at: 'now', error: null, ...more }) as Generation
const status = (attempts: number, of = 'running') =>
  sent({ type: 'status', data: gen({ attempts, status: of, finished_at: null }) }, `${attempts}.0`)
const rowOf = (key: string, position: number) => ({ id: `id-${key}`, position, front: `${key}?` }) as Suggestion
const provisional = (key: string, attempt = 1): string =>
  sent({ type: 'suggestion', data: { provisional: true, key, attempt, front: `${key}?` } } as GenerationEvent)
const stored = (key: string, place: number, attempt = 1): string =>
  sent({ type: 'suggestion', data: { provisional: false, key, ...rowOf(key, place) } }, `${attempt}.${place}`)
const done = (count: number, more: object = {}): string =>
  sent({ type: 'done', data: gen({ suggestions_count: count, ...more }) }, `1.${count + 1}`)
const rows = (...keys: string[]): Reply => json({ data: keys.map((key, n) => rowOf(key, n + 1)), next_cursor: null })
const over = generation({ suggestions_count: 2 })

describe('generate at an API with streams', () => {
  test('tells of cards while they are written and when they are stored, and asks nothing else', async () => {
    const live = stream(status(1), provisional('a'), provisional('b'), stored('a', 1), stored('b', 2), done(2))
    const { client, requests, seen, options } = await start([accepted], [live])
    const finished = await client.generate(text, options)
    expect(finished.suggestions).toEqual([rowOf('a', 1), rowOf('b', 2)])
    expect(finished.status).toBe('succeeded')
    expect(seen).toEqual(['?a', '?b', 'a', 'b'])
    expect(requests).toHaveLength(1)
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ source_text: text })
  })

  test('takes back what an attempt has shown, and what was not kept', async () => {
    const live = stream(
      status(1),
      provisional('a'),
      provisional('b'),
      status(2),
      provisional('b', 2),
      provisional('c', 2),
    )
    const ended = stream(stored('b', 1, 2), done(1, { attempts: 2 }))
    const { client, seen, cards, options } = await start([accepted], [live, ended])
    await client.generate(text, options)
    expect(seen).toEqual(['?a', '?b', '-a reset', '-b reset', '?b', '?c', 'b', '-c not_kept'])
    expect([...cards.keys()]).toEqual(['b'])
  })

  test.each([
    ['failed', { error: { message: 'The model refused this text.' } }, 'generation_failed'],
    ['cancelled', {}, 'generation_cancelled'],
  ])('takes everything back and fails when the generation is %s', async (of, more, code) => {
    const live = stream(status(1), provisional('a'), done(0, { status: of, ...more }))
    const { client, requests, seen, options } = await start([], [live])
    await expect(client.resume(id, options)).rejects.toMatchObject({
      code,
      generationId: id,
      generation: { status: of },
    })
    expect(seen).toEqual(['?a', '-a not_kept'])
    expect(requests).toEqual([])
  })

  test('reads the rows when the stream had fewer than there are', async () => {
    const { client, seen, options } = await start([rows('a', 'b')], [stream(stored('b', 2), done(2))])
    expect((await client.resume(id, options)).suggestions).toEqual([rowOf('a', 1), rowOf('b', 2)])
    expect(seen).toEqual(['b', 'id-a'])
  })

  test('fails as onSuggestion does, and closes the stream', async () => {
    const { client, opened } = await start([], [streaming(status(1), provisional('a'))])
    const onSuggestion = () => {
      throw new RangeError('too many')
    }
    await expect(client.resume(id, { onSuggestion })).rejects.toThrow(RangeError)
    await opened[0]?.closed
  })
})

describe('generate ends right by polling', () => {
  test.each<[string, Reply[]]>([
    ['an older API has no streams', [problem(404, 'not_found')]],
    ['the API says that it has none', [problem(501, 'internal_error')]],
    ['the API has too many', [problem(503, 'overloaded', { 'retry-after': '20' })]],
    ['the API has too many of this person', [problem(429, 'rate_limited', { 'retry-after': '20' })]],
    [
      'a page of a proxy answers',
      [(response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ],
    ['a proxy ends the stream before its first event', [stream()]],
  ])('when %s', async (_, streams) => {
    const { client, requests, seen, options } = await start([accepted, over, rows('a', 'b')], streams)
    expect((await client.generate(text, options)).suggestions).toHaveLength(2)
    expect(seen).toEqual(['id-a', 'id-b'])
    expect(requests).toHaveLength(3)
  })

  test('when a proxy holds the stream back', async () => {
    const { client, requests, opened } = await start([over, rows('a', 'b')], [streaming()])
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const finished = client.resume(id)
    while (opened.length === 0) await new Promise(setImmediate)
    await vi.advanceTimersByTimeAsync(20_000)
    expect((await finished).suggestions).toHaveLength(2)
    expect(requests).toHaveLength(2)
    await opened[0]?.closed
  })

  test('and tries the stream again while the generation is not over', async () => {
    const held: Reply = (response) =>
      void setTimeout(() => generation({ status: 'running', finished_at: null })(response), 1_001)
    const streams = [problem(503, 'overloaded', { 'retry-after': '20' }), stream(stored('a', 1), done(1))]
    const { client, seen, options } = await start([held], streams)
    await client.resume(id, options)
    expect(seen).toEqual(['a'])
  })

  test('and takes back the provisional cards that no stream has resolved', async () => {
    const streams = [stream(status(1), provisional('a'), stored('b', 1)), problem(404, 'not_found')]
    const { client, seen, cards, options } = await start([over, rows('b', 'c')], streams)
    await client.resume(id, options)
    expect(seen).toEqual(['?a', 'b', '-a reset', 'id-c'])
    expect([...cards.values()].map(({ front }) => front)).toEqual(['b?', 'c?'])
  })
})

test('generate fails when neither a stream nor a poll finds the generation', async () => {
  const { client, requests } = await start([problem(404, 'not_found')], [lost, problem(404, 'not_found')])
  await expect(client.resume(id)).rejects.toMatchObject({ code: 'not_found', generationId: id })
  expect(requests).toHaveLength(1)
})

import { afterEach, expect, test } from 'vitest'
import { createClient } from './index.ts'
import { id, json, serve } from './testing/scripted-api.ts'

let served: Awaited<ReturnType<typeof serve>> | undefined
afterEach(() => served?.stop())

test.each([
  ['what the tab has read, when it says so', { reps: 3 }, '"3"'],
  ['a card that the tab has read as new', { reps: 0 }, '"0"'],
  ['any schedule else', {}, undefined],
])('rate names %s', async (_what, options, version) => {
  served = await serve([json({ id, rating: 'good' }, 201)])
  const { cards } = createClient({ url: served.url, getToken: () => 'token' })
  await cards.rate({ id }, 'good', options)
  expect(served.requests.map(({ headers }) => headers['if-match'])).toEqual([version])
})

test('due asks for cards with a tag', async () => {
  served = await serve([json({ data: [], counts: { due: 0, new: 0 }, next_cursor: null })])
  const { cards } = createClient({ url: served.url, getToken: () => 'token' })
  expect(await cards.due({ tag: 'ß & co', limit: 5 })).toEqual([])
  expect(served.requests.map(({ path }) => new URL(path, 'http://api').searchParams.toString())).toEqual([
    'tag=%C3%9F+%26+co&limit=5',
  ])
})

test('each call ends with an AbortController that is given as its options, whose signal is no property of its own', async () => {
  const controller = new AbortController()
  const { cards, ...client } = createClient({ url: 'http://127.0.0.1:1', getToken: () => new Promise(() => {}) })
  const calls = [
    client.generate('text', controller),
    client.resume(id, controller),
    client.stream(id, controller).next(),
    client.generation(id, controller),
    client.review([], controller),
    cards.due(controller),
    cards.rate({ id }, 'good', controller),
    cards.export('csv', controller),
    cards.import('csv', '', controller),
  ]
  const ended = Promise.allSettled(calls)
  controller.abort()
  for (const call of await ended) expect(call).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } })
})

test('what is undefined is no filter: every card is listed, learnt and exported, and not those with the word undefined', async () => {
  served = await serve([json({ data: [], next_cursor: null })])
  const { cards, ...client } = createClient({ url: served.url, getToken: () => 'token' })
  // As an app writes it that is compiled without `exactOptionalPropertyTypes`, or not at all.
  const none = JSON.parse('{}').none
  await cards.list({ search: none, tag: none }).next()
  await client.generations({ status: none }).next()
  await cards.due({ tag: none, limit: 5 })
  await cards.export('csv', { tag: none })
  const queries = served.requests.map(({ path }) => new URL(path, 'http://api').searchParams.toString())
  expect(queries).toEqual(['limit=100', 'limit=100', 'limit=5', 'format=csv'])
})

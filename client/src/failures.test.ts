import { describe, expect, onTestFinished, test } from 'vitest'
import { createClient } from './index.ts'
import { accepted, generation, id, json, problem, type Reply, serve, silent } from './testing/scripted-api.ts'
import { failureOf, start } from './testing/scripted-client.ts'

const cards = json({ status: 'succeeded', data: [{ front: 'A' }, { front: 'B' }], next_cursor: null })
const text = 'A fact about lighthouses. '.repeat(50)

describe('a getToken that throws', () => {
  const gone = new Error('Auth is away')

  /** A client whose token cannot be had at these of its requests. */
  const startWithout = async (failing: number[], ...replies: Reply[]) => {
    const served = await serve(replies)
    onTestFinished(served.stop)
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

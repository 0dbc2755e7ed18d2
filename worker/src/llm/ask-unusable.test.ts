import { describe, expect, test } from 'vitest'
import { askOnce, dropConnection, failWith, succeed } from '../testing/ask-harness.ts'
import { delta, done, type Reply, replyStream } from '../testing/scripted-provider.ts'

const unknownWord = replyStream([delta('{"n":1}', 'because'), done])
const noJson = replyStream([delta('Sure!', 'stop'), done])
const slowly =
  (reply: Reply): Reply =>
  (response) =>
    void setTimeout(() => reply(response), 150)

describe('ask, for answers that cannot be used,', () => {
  test.each([
    ['one route', { a: { script: [unknownWord] } }, 2],
    ['two routes', { a: { script: [unknownWord] }, b: { script: [noJson] } }, 2],
    ['three routes', { a: { script: [noJson] }, b: { script: [unknownWord] }, c: { script: [succeed] } }, 2],
  ])('sends two requests in all with %s, and no later try', async (_, scripted, expected) => {
    const { answer, outcomes } = await askOnce(scripted)
    expect(outcomes).toHaveLength(expected)
    expect(answer).toMatchObject({ ok: false, failure: { class: 'malformed_response', retryable: false } })
  })

  test('returns the answer of the one repeat', async () => {
    const { answer, outcomes } = await askOnce({ a: { script: [unknownWord, succeed] } })
    expect(outcomes).toEqual(['a malformed_response', 'a ok'])
    expect(answer).toMatchObject({ ok: true })
  })

  test('sends one request when an earlier delivery had one such answer', async () => {
    const { answer, outcomes } = await askOnce({ a: { script: [noJson] } }, { unusableBefore: 1 })
    expect(outcomes).toEqual(['a malformed_response'])
    expect(answer).toMatchObject({ failure: { class: 'malformed_response', retryable: false, provider: 'a' } })
  })

  test('sends nothing when earlier deliveries had two such answers', async () => {
    const { answer, outcomes } = await askOnce({ a: { script: [succeed] } }, { unusableBefore: 2 })
    expect(outcomes).toEqual([])
    expect(answer).toMatchObject({ failure: { class: 'malformed_response', retryable: false, provider: null } })
  })

  test('goes back to the queue when other failures end the run after one such answer', async () => {
    const { answer } = await askOnce({ a: { script: [noJson, dropConnection] }, b: { script: [dropConnection] } })
    expect(answer).toMatchObject({ failure: { class: 'network', retryable: true } })
  })

  test('does not go back to the queue for another failure before two such answers', async () => {
    const { answer, outcomes } = await askOnce({ a: { script: [failWith(503), noJson] } })
    expect(outcomes).toEqual(['a upstream_error', 'a malformed_response', 'a malformed_response'])
    expect(answer).toMatchObject({ failure: { class: 'malformed_response', retryable: false } })
  })

  test('sends no hedge when only one such answer is left', async () => {
    const scripted = { a: { script: [slowly(noJson)] }, b: { script: [slowly(noJson)] } }
    const hedged = await askOnce(scripted, { hedgeMs: 20 })
    expect(hedged.outcomes).toEqual(['a malformed_response', 'b malformed_response'])
    const left = await askOnce(scripted, { hedgeMs: 20, unusableBefore: 1 })
    expect(left.outcomes).toEqual(['a malformed_response'])
  })
})

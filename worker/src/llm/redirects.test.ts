import { describe, expect, test } from 'vitest'
import { createLookup } from '../calls/cost-lookup.ts'
import { attemptWith } from '../testing/scripted-attempt.ts'
import { delta, done, replyStream, replyWith, scriptedProvider } from '../testing/scripted-provider.ts'
import { createKeyRing } from './keys/key-ring.ts'
import { createClient } from './wire/client.ts'

/** A host that would answer like a provider, but that no catalog names. */
const strangeHost = () => scriptedProvider(replyStream([delta('[1]', 'stop'), done]))

describe('makeAttempt with a provider that redirects', () => {
  test.each([301, 302, 303, 307, 308])(
    'sends nothing to the target of a %i, and fails as redirected',
    async (status) => {
      await using strange = await strangeHost()
      const reply = replyWith(status, '', { location: `${strange.baseURL}/chat/completions` })
      const { attempt, result } = await attemptWith(reply)
      expect(strange.received).toEqual([])
      expect(attempt.outcome).toMatchObject({ ok: false, class: 'redirected' })
      expect(result).toMatchObject({
        outcome: 'redirected',
        httpStatus: status,
        usage: { costUsd: '0', costSource: null },
      })
    },
  )

  test.each([
    ['to itself', 308, { location: '/v1/chat/completions' }],
    ['without a target', 307, {}],
    ['to another scheme', 301, { location: 'ftp://elsewhere.example/' }],
    ['to no URL', 302, { location: 'http://' }],
  ])('fails as redirected after a redirect %s, whatever the body says', async (_, status, headers) => {
    const { attempt } = await attemptWith(replyWith(status, { error: { code: 429, message: 'slow down' } }, headers))
    expect(attempt.outcome).toMatchObject({ ok: false, class: 'redirected', retryAfterMs: null })
  })
})

test('the cost lookup sends no key to the target of a redirect', async () => {
  await using strange = await scriptedProvider(replyWith(200, { data: { total_cost: 1 } }))
  await using provider = await scriptedProvider(replyWith(307, '', { location: `${strange.baseURL}/generation` }))
  const ring = createKeyRing(['sk-lookup-1'], { now: Date.now })
  const clients = { acme: createClient({ baseURL: provider.baseURL }) }
  const lookUp = createLookup({ clients, keys: { ringOf: () => ring } })
  expect(await lookUp('acme', 'gen-1', new AbortController().signal)).toBeNull()
  expect([provider.received.length, strange.received.length]).toEqual([1, 0])
})

import { describe, expect, test } from 'vitest'
import { createLookup } from '../calls/cost-lookup.ts'
import { attemptWith, completeBody, stream } from '../testing/scripted-attempt.ts'
import { delta, frame, type Reply, replyWith, scriptedProvider } from '../testing/scripted-provider.ts'
import { createKeyRing } from './keys/key-ring.ts'
import { createClient } from './wire/client.ts'

/** Keys without a prefix or a form that a pattern could know. */
const key = 'Lark.Umber/Quill+Fennel=Wicket~Ochre'
const sibling = 'Basalt:Drizzle:Magpie:Lantern:Sorrel'

/** Every run of eight characters of the keys. */
const pieces = [key, sibling].flatMap((text) =>
  Array.from({ length: text.length - 7 }, (_, start) => text.slice(start, start + 8)),
)
const leaked = (value: unknown): string[] => {
  const text = JSON.stringify(value)
  return pieces.filter((piece) => text.includes(piece))
}

const cutMidKey = `${'x'.repeat(185)}-${key}`
const finished = (finish: string, native: string) =>
  frame({ choices: [{ index: 0, delta: { content: '1' }, finish_reason: finish, native_finish_reason: native }] })

describe('makeAttempt records no key and no part of one', () => {
  test.each<[string, Reply]>([
    ['in the id header', replyWith(200, completeBody('[1]', 'stop'), { 'x-request-id': `req ${key}` })],
    ['in a long id header', replyWith(200, completeBody('[1]', 'stop'), { 'x-generation-id': cutMidKey })],
    ['in the id header of an error', replyWith(500, {}, { 'request-id': `${key}${key}` })],
    ['in the id', stream(frame({ id: `gen-${key}` }), delta('[1]', 'stop', { id: `gen-${key}` }))],
    ['in a long model name', stream(delta('[1]', 'stop', { model: cutMidKey }))],
    ['that another request sent', stream(delta('[1]', 'stop', { id: sibling, model: `${sibling}/m` }))],
    ['in a finish reason', stream(finished(`end:${key}`, `end:${key}`))],
    ['in the reason of an error', stream(finished('error', `key ${key.slice(0, 20)}… is over`))],
    ['in the reason of a refusal', stream(finished('content_filter', cutMidKey))],
    [
      'in any field of an error',
      replyWith(400, {
        error: {
          message: `no such key ${key}`,
          type: key,
          code: sibling,
          metadata: { error_type: key, provider_name: key, limit_source: sibling, raw: `upstream got ${key}` },
        },
      }),
    ],
    ['in a long error text', replyWith(400, `${`${key} `.repeat(53)}${' '.repeat(30)}${key}`)],
    ['in an error of a stream', stream(frame({ error: { message: `${key} is no key` } }))],
    ['in escaped form', replyWith(400, { error: { message: `url ?key=${encodeURIComponent(key)}` } })],
  ])('%s', async (_, reply) => {
    const { attempt, result, log } = await attemptWith(reply, { keys: [key, sibling], route: { costLookup: true } })
    expect(leaked([attempt.excerpt, result, log])).toEqual([])
  })
})

test('makeAttempt keeps an answer, an id and a model that share short words with a key', async () => {
  const reply = stream(delta('["local"]', 'stop', { id: 'gen-local-1', model: 'local/small' }))
  const { attempt } = await attemptWith(reply, { keys: ['local'] })
  expect(attempt).toMatchObject({
    outcome: { value: ['local'] },
    providerRequestId: 'gen-local-1',
    modelServed: 'local/small',
  })
})

test('makeAttempt records ids, models and errors without characters that no one sees', async () => {
  const hidden = '\u202egen\u200b-\u2028\u001b[31m\ufeff\u00ad\ue000\u2066x'
  const clean = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u
  const answered = await attemptWith(stream(delta('[1]', 'stop', { id: hidden, model: hidden })))
  expect(answered.result.providerRequestId).toMatch(clean)
  expect(answered.result.modelServed).toMatch(clean)
  const failed = await attemptWith(replyWith(400, { error: { message: hidden, type: hidden } }))
  expect(failed.result.error?.excerpt).toMatch(clean)
  const blank = await attemptWith(stream(delta('[1]', 'stop', { id: '\u200b', model: '\u2066\u2069' })))
  expect(blank.result).toMatchObject({ providerRequestId: null, modelServed: null })
})

test('the cost lookup answers a model name without the key', async () => {
  await using provider = await scriptedProvider(replyWith(200, { data: { total_cost: 1, model: `m-${key}` } }))
  const ring = createKeyRing([key], { now: Date.now })
  const clients = { acme: createClient({ baseURL: provider.baseURL }) }
  const lookUp = createLookup({ clients, keys: { ringOf: () => ring } })
  expect(await lookUp('acme', 'gen-1', new AbortController().signal)).toMatchObject({ modelServed: 'm-[…]' })
})

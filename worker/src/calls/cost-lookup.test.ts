import { expect, test } from 'vitest'
import { createKeyRing } from '../llm/keys/key-ring.ts'
import { createClient } from '../llm/wire/client.ts'
import { replyWith, scriptedProvider } from '../testing/scripted-provider.ts'
import { createLookup } from './cost-lookup.ts'

const charged = replyWith(200, { data: { model: 'm', total_cost: 0.25 } })

test('lookups of costs do not take a key that generations may try again after its provider did not accept it', async () => {
  const time = { ms: 1_000_000 }
  const ring = createKeyRing(['sk-only'], { now: () => time.ms })
  const [fingerprint = ''] = ring.fingerprints()
  await using provider = await scriptedProvider(charged)
  const lookUp = createLookup({
    clients: { acme: createClient({ baseURL: provider.baseURL }) },
    keys: { ringOf: () => ring },
  })
  const ask = () => lookUp('acme', 'gen-1', new AbortController().signal)

  ring.reportUnauthorized(fingerprint)
  expect([await ask(), provider.received.length]).toEqual([null, 0])
  time.ms += 30_000
  expect(await ask()).toMatchObject({ costUsd: '0.25' })
  expect([ring.freeAt(), ring.next()?.fingerprint]).toEqual([0, fingerprint])
})

test('a lookup asks with each key until one is accepted', async () => {
  const ring = createKeyRing(['sk-one', 'sk-two', 'sk-three'], { now: () => 0 })
  await using provider = await scriptedProvider(replyWith(401, {}), charged)
  const clients = { acme: createClient({ baseURL: provider.baseURL }) }
  const lookUp = createLookup({ clients, keys: { ringOf: () => ring } })
  expect(await lookUp('acme', 'gen-1', new AbortController().signal)).toMatchObject({ costUsd: '0.25' })
  expect(provider.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-one', 'Bearer sk-two'])
})

import { createLog } from '@recto/shared/log'
import pg from 'pg'
import { expect, test } from 'vitest'
import type { Charge } from './charge.ts'
import { createSettle, type SettlementResult } from './settle.ts'
import type { Due, Settlement } from './settlement-store.ts'

const call = (id: string, more: Partial<Due> = {}): Due => ({
  id,
  account_id: 'ann',
  generation_id: null,
  provider: 'telling',
  provider_request_id: `gen-${id}`,
  reserved_usd: '0.02',
  believed_input: 4000,
  believed_output: 1000,
  outcome: 'network',
  settle_tries: 1,
  ...more,
})

const charge: Charge = { costUsd: '0.000001', modelServed: 'm', tokensInput: 1, tokensOutput: 2 }

/**
 * `batches`: the calls that the store claims, claim by claim. `told`: the charges that the provider reports, by request
 * id. `errors`: why an account cannot be written.
 */
const start = (batches: Due[][], told: Record<string, Charge> = {}, errors: Record<string, Error> = {}) => {
  const stop = new AbortController()
  const written: Settlement[] = []
  const writes: string[] = []
  const results: SettlementResult[] = []
  const logged: unknown[] = []
  const settle = createSettle({
    store: {
      claim: async () => batches.shift() ?? [],
      settle: async (account, settlements) => {
        for (const { call } of settlements) expect(call.account_id).toBe(account)
        const error = errors[account]
        if (error) throw error
        written.push(...settlements)
        writes.push(account)
      },
    },
    tells: (provider) => provider === 'telling',
    lookUp: async (_, id) => {
      if (id === 'gen-stops') stop.abort()
      return told[id] ?? null
    },
    onSettled: (result) => void results.push(result),
    stop: stop.signal,
    log: createLog('worker', 'info', { write: (line) => void logged.push(JSON.parse(line)) }),
  })
  return { settle, written, writes, results, logged, batches }
}

test('settle writes a cost that the provider reports as final', async () => {
  const due = call('a')
  const { settle, written, logged } = start([[due]], { 'gen-a': charge })
  await settle()
  expect(written).toEqual([{ call: due, charge: { ...charge, costSource: 'provider' }, final: true }])
  expect(logged).toMatchObject([{ calls: 1, provider: 1, estimate: 0, later: 0 }])
})

test('settle writes ten times the reservation when a provider reports more', async () => {
  const { settle, written, results } = start([[call('a')]], { 'gen-a': { ...charge, costUsd: '9999' } })
  await settle()
  expect(written[0]?.charge).toMatchObject({ costUsd: '0.2', costSource: 'capped' })
  expect(results).toEqual(['capped'])
})

test('settle writes the most tokens that are believed of a request when a provider reports more', async () => {
  const told = { ...charge, tokensInput: 100_000_000, tokensOutput: 100_000_000 }
  const { settle, written } = start([[call('a'), call('b')]], { 'gen-a': told, 'gen-b': charge })
  await settle()
  expect(written.map((one) => [one.charge?.tokensInput, one.charge?.tokensOutput])).toEqual([
    [4000, 1000],
    [1, 2],
  ])
})

test('settle keeps an estimate until the last try, and meanwhile counts a lost call at its reservation', async () => {
  const [estimate, lost] = [call('estimate'), call('lost', { outcome: null })]
  const last = call('last', { settle_tries: 5 })
  const { settle, written, results } = start([[estimate, lost, last]])
  await settle()
  expect(written).toEqual([
    { call: lost, charge: null, final: false },
    { call: last, charge: null, final: true },
  ])
  expect(results).toEqual(['later', 'later', 'estimate'])
})

test('settle makes a call final at once when no provider reports its cost', async () => {
  const due = [call('no-id', { outcome: null, provider_request_id: null }), call('silent', { provider: 'silent' })]
  const { settle, written, results } = start([due])
  await settle()
  expect(written.map(({ final }) => final)).toEqual([true, true])
  expect(results).toEqual(['estimate', 'estimate'])
})

test('settle writes the calls of each account by themselves', async () => {
  const own = { settle_tries: 5 }
  const { settle, written, writes } = start([
    [call('a', own), call('b', { ...own, account_id: 'bob' }), call('c', own)],
  ])
  await settle()
  expect(written.map((one) => one.call.id)).toEqual(['a', 'c', 'b'])
  expect(writes).toEqual(['ann', 'bob'])
})

test('settle writes the other accounts when one of them cannot be written, and reports its error', async () => {
  const own = { settle_tries: 5 }
  const locked = Object.assign(new pg.DatabaseError('', 0, 'error'), { code: '55P03' })
  const { settle, writes, results } = start(
    [[call('a', own), call('b', { ...own, account_id: 'bob' }), call('c', { ...own, account_id: 'cyd' })]],
    {},
    { ann: new Error('invalid row'), bob: locked },
  )
  await expect(settle()).rejects.toThrow('invalid row')
  expect([writes, results]).toEqual([['cyd'], ['later', 'later', 'estimate']])
})

test('settle gives up when the database cannot be reached', async () => {
  const own = { settle_tries: 5 }
  const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
  const due = [call('a', own), call('b', { ...own, account_id: 'bob' })]
  const { settle, writes, results } = start([due], {}, { ann: away })
  await expect(settle()).rejects.toBe(away)
  expect([writes, results]).toEqual([[], []])
})

test('settle claims again after a full batch, and ends after a partial one', async () => {
  const full = Array.from({ length: 50 }, (_, n) => call(`${n}`))
  const { settle, results, batches } = start([full, [call('a')], [call('b')]])
  await settle()
  expect(results).toHaveLength(51)
  expect(batches).toHaveLength(1)
})

test('settle writes nothing when the worker stops during the lookups', async () => {
  const { settle, written, results } = start([[call('stops', { settle_tries: 5 })]])
  await settle()
  expect([written, results]).toEqual([[], []])
})

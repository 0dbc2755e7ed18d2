import { setImmediate } from 'node:timers/promises'
import { AppError } from '@recto/shared/errors'
import { kindContracts } from '@recto/shared/kinds/registry'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFairQueue } from '../db/fair-queue.ts'
import type { InTurn } from '../db/write-as.ts'
import type { Batch, Inserted, Sent } from './insert.ts'
import { submitTogether } from './submit-together.ts'

const [contract] = kindContracts()
if (!contract) throw new Error('there is no kind')

type Who = { person?: string; token?: string; account?: string; length?: number }
const sentBy = (name: string, { person = 'ann', token = person, account = person, length = 0 }: Who = {}): Sent => ({
  actor: { caller: { userId: person, claims: token, expiresAt: 0 }, requestId: name },
  contract,
  input: {
    kind: 'flashcards',
    input: { source_text: 'x'.repeat(length) },
    model: 'balanced',
    prompt_version: 'flashcards@1',
    options: {},
    data_residency: 'any',
    account_id: account,
    reserved_usd: null,
  },
})

const pool = new pg.Pool()

/**
 * Submissions over turns and a store whose statements the test ends: `answer` answers the
 * oldest one, or fails it. `stored` has the names in each statement.
 */
const setUp = ({ places = 1, most = 100 } = {}) => {
  const stored: string[][] = []
  const ends: ((error?: Error) => void)[] = []
  const runInTurn = createFairQueue({ places, most, waitMs: 5_000 })
  const inTurn: InTurn = ({ caller }, work, signal) => runInTurn(caller.userId, () => work(pool), signal)
  const store = async (_: pg.Pool, sent: Batch): Promise<Inserted[]> => {
    const names = sent.map(({ actor }) => actor.requestId)
    stored.push(names)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    ends.push((error) => (error ? reject(error) : resolve()))
    await promise
    return names.map((name) => ({ id: name, admission: { windows: [], waiting: false, priority: 0, in_flight: 0 } }))
  }
  const answer = async (error?: Error) => {
    ends.shift()?.(error)
    await setImmediate()
  }
  const submit = submitTogether(inTurn, store)
  const outcomes: Record<string, string> = {}
  const send = async (name: string, who?: Who) => {
    submit(sentBy(name, who)).then(
      ({ id }) => {
        outcomes[name] = id
      },
      (error: Error) => {
        outcomes[name] = error.message
      },
    )
    await setImmediate()
  }
  return { send, answer, stored, outcomes }
}

describe('submissions that wait for turns', () => {
  it('of one person share the next statement, at most ten of them, in their order', async () => {
    const { send, answer, stored, outcomes } = setUp()
    const names = Array.from({ length: 12 }, (_, n) => `n${n}`)
    for (const name of names) await send(name)
    expect(stored).toEqual([['n0']])
    await answer()
    expect(stored[1]).toEqual(names.slice(1, 11))
    expect(outcomes).toEqual({ n0: 'n0' })
    await answer()
    expect(stored[2]).toEqual(['n11'])
    await answer()
    expect(outcomes).toEqual(Object.fromEntries(names.map((name) => [name, name])))
  })

  it('share no statement with those of another person, account or token', async () => {
    const { send, answer, stored } = setUp()
    await send('first')
    await send('own')
    await send('of another token', { token: 'another' })
    await send('of a team', { account: 'team' })
    await send('of ben', { person: 'ben' })
    for (let n = 0; n < 5; n++) await answer()
    expect(stored.toSorted()).toEqual([['first'], ['of a team'], ['of another token'], ['of ben'], ['own']])
  })

  it('are stored one by one when their statement is refused, and only the refused one fails', async () => {
    const { send, answer, stored, outcomes } = setUp()
    for (const name of ['first', 'a', 'denied', 'b']) await send(name)
    await answer()
    await answer(new AppError('invalid_request'))
    await answer()
    await answer(new Error('denied by itself'))
    await answer()
    expect(stored).toEqual([['first'], ['a', 'denied', 'b'], ['a'], ['denied'], ['b']])
    expect(outcomes).toEqual({ first: 'first', a: 'a', denied: 'denied by itself', b: 'b' })
  })

  it('are not sent again when the database did not answer: they may have been stored', async () => {
    const { send, answer, stored, outcomes } = setUp()
    for (const name of ['first', 'a', 'b']) await send(name)
    await answer()
    await answer(new Error('Connection terminated unexpectedly'))
    expect(stored).toEqual([['first'], ['a', 'b']])
    expect(outcomes).toMatchObject({ a: 'Connection terminated unexpectedly', b: 'Connection terminated unexpectedly' })
  })

  it('are stored one in each turn when their statement is refused, so that others have turns in between', async () => {
    const { send, answer, stored } = setUp()
    for (const name of ['first', 'a', 'b', 'c']) await send(name)
    await answer()
    await send('of ben', { person: 'ben' })
    await answer(new AppError('invalid_request'))
    await send('after')
    for (let n = 0; n < 5; n++) await answer()
    expect(stored).toEqual([['first'], ['a', 'b', 'c'], ['a'], ['of ben'], ['b'], ['c'], ['after']])
  })

  it('are not sent again when their answer cannot be read: they were stored', async () => {
    const { send, answer, stored, outcomes } = setUp()
    for (const name of ['first', 'a', 'b']) await send(name)
    await answer()
    await answer(new Error('the statement returned 1 rows of 2'))
    expect(stored).toEqual([['first'], ['a', 'b']])
    expect(outcomes).toMatchObject({ a: 'the statement returned 1 rows of 2', b: 'the statement returned 1 rows of 2' })
  })

  it.each([
    ['stored', undefined, { first: 'first', a: 'a', b: 'b', c: 'c' }],
    ['failed', new Error('gone'), { first: 'first', a: 'gone', b: 'gone', c: 'gone' }],
  ])('keep no place when a statement that took them along has %s them', async (_what, error, outcome) => {
    const { send, answer, stored, outcomes } = setUp({ most: 6 })
    for (const name of ['first', 'a', 'b', 'c']) await send(name)
    await answer()
    await send('of ben', { person: 'ben' })
    await answer(error)
    expect(outcomes).toEqual(outcome)
    // Ben's statement has the place, and nobody waits: as many may wait as ever.
    for (const name of ['d', 'e', 'f']) await send(name)
    expect(outcomes).toEqual(outcome)
    for (let n = 0; n < 2; n++) await answer()
    expect(stored).toEqual([['first'], ['a', 'b', 'c'], ['of ben'], ['d', 'e', 'f']])
  })

  it('of one statement have at most 400,000 characters together', async () => {
    const { send, answer, stored } = setUp()
    await send('first')
    const lengths = { a: 150_000, b: 150_000, c: 150_000, d: 390_000, e: 390_000, f: 10, g: 390_000, h: 10 }
    for (const [name, length] of Object.entries(lengths)) await send(name, { length })
    for (let n = 0; n < 6; n++) await answer()
    expect(stored).toEqual([['first'], ['a', 'b'], ['c'], ['d'], ['e', 'f'], ['g', 'h']])
  })

  it('that a statement took along are no answer of the database', async () => {
    const { send, answer, stored, outcomes } = setUp({ places: 2 })
    await send('first')
    await send('a')
    await send('b')
    await answer()
    await send('of ben', { person: 'ben' })
    await answer(new Error('timeout exceeded when trying to connect'))
    await answer(new Error('timeout exceeded when trying to connect'))
    expect(stored).toEqual([['first'], ['a', 'b'], ['of ben']])
    expect(outcomes).toMatchObject({ 'of ben': 'timeout exceeded when trying to connect' })
  })

  it('are sent again when they got no connection, while the database answers others', async () => {
    const { send, answer, stored, outcomes } = setUp({ places: 2 })
    await send('of ben', { person: 'ben' })
    await send('of ann')
    await answer()
    await answer(new Error('timeout exceeded when trying to connect'))
    await answer()
    expect(stored).toEqual([['of ben'], ['of ann'], ['of ann']])
    expect(outcomes).toEqual({ 'of ben': 'of ben', 'of ann': 'of ann' })
  })

  describe('for too long', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
    afterEach(() => void vi.useRealTimers())
    const wait = async () => {
      vi.advanceTimersByTime(5_000)
      await setImmediate()
    }

    it('fail, and are not stored after that', async () => {
      const { send, answer, stored, outcomes } = setUp()
      await send('first')
      await send('late')
      await wait()
      expect(outcomes).toEqual({ late: 'The database cannot be reached' })
      await answer()
      await send('next')
      expect(stored).toEqual([['first'], ['next']])
    })

    it('fail as well when the statement that took them along is refused after that', async () => {
      const { send, answer, stored, outcomes } = setUp()
      for (const name of ['first', 'a', 'b', 'c']) await send(name)
      await answer()
      await wait()
      await send('d')
      await answer(new AppError('invalid_request'))
      await answer()
      await answer()
      expect(stored).toEqual([['first'], ['a', 'b', 'c'], ['a'], ['d']])
      const late = 'Too much is waiting already'
      expect(outcomes).toEqual({ first: 'first', a: 'a', b: late, c: late, d: 'd' })
    })

    it('get the answer of the statement that took them along', async () => {
      const { send, answer, stored, outcomes } = setUp()
      await send('first')
      await send('a')
      await send('b')
      await answer()
      expect(stored[1]).toEqual(['a', 'b'])
      await wait()
      expect(outcomes).toEqual({ first: 'first' })
      await answer()
      expect(outcomes).toEqual({ first: 'first', a: 'a', b: 'b' })
    })
  })
})

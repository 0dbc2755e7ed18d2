import type { Statement } from '@recto/shared/database'
import { describe, expect, test } from 'vitest'
import { CACHE_POLL_MS } from '../deadlines.ts'
import { flashcards } from '../kinds/flashcards/kind.ts'
import type { Made } from '../kinds/kind.ts'
import { exampleRun } from '../testing/example-run.ts'
import { createCache, digestOf, keepStatement } from './cache.ts'
import type { Planned } from './plan.ts'
import type { Run } from './run.ts'

const entry = { result: ['a card'], metadata: { model: 'm' } }
const made: Made = {
  usable: true,
  failureCode: 'no_usable_cards',
  count: 1,
  suggestions: 1,
  value: entry.result,
  output: null,
  said: null,
  stored: [],
}
/** A kind whose results are lists, and to which an empty one is a failure. */
const read = (value: unknown) => (Array.isArray(value) ? { ...made, usable: value.length > 0 } : null)
const hit = { kind: 'hit', made, metadata: entry.metadata, from: 'other' }

describe('the digest of a request', () => {
  const plain = { residency: 'any', scrub: false } as const
  const digest = (run: Partial<Run> = {}, plan: Pick<Planned, 'residency' | 'scrub'> = plain) => {
    const whole = exampleRun(run)
    const prepared = flashcards.prepare({ ...whole, promptVersion: 'flashcards@1' })
    if (!prepared.ok) throw new Error(prepared.code)
    return digestOf(whole, { ...plan, work: prepared.work })
  }

  test('is equal for requests that are answered alike, for any person and time', () => {
    const same: Partial<Run> = { id: 'other', userId: 'v', requestId: null, attempt: 3, waitedMs: 9 }
    expect(digest(same)).toBe(digest())
    expect(digest({ options: { language: 'pl', max_cards: 3 } })).toBe(
      digest({ options: { max_cards: 3, language: 'pl' } }),
    )
  })

  test('differs for another text, model, order of routes, prompt version, option, residency or scrubbing', () => {
    const all = [
      digest(),
      digest({ sourceText: 'The tower is 43 metres high.' }),
      digest({ model: 'best' }),
      digest({ optimize: 'cost' }),
      digest({ optimize: 'quality' }),
      digest({ promptVersion: 'flashcards@2' }),
      digest({ options: { max_cards: 3 } }),
      digest({ options: { max_cards: 4 } }),
      digest({ options: { language: 'pl' } }),
      digest({}, { ...plain, residency: 'eu' }),
      digest({}, { ...plain, scrub: true }),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  test('differs for another kind with the same input', () => {
    const digestFor = (identity: string) => digestOf(exampleRun(), { ...plain, work: { identity } })
    expect(digestFor('["a",{}]')).not.toBe(digestFor('["b",{}]'))
  })

  test('shows nothing of the text', () => {
    expect(digest()).toMatch(/^[0-9a-f]{64}$/)
  })
})

type Row = { leads: boolean; generation_id: string | null; answer: unknown }

/** Looks into a table that answers with each of the rows in turn; the last one stays. */
const lookUp = async (
  rows: Row[],
  { ttlSeconds = 60 as number | null, abortAfter = Number.POSITIVE_INFINITY } = {},
) => {
  const statements: Statement[] = []
  const pauses: number[] = []
  const stop = new AbortController()
  const cache = createCache({
    ttlSeconds,
    query: async (statement) => {
      const row = rows[Math.min(statements.length, rows.length - 1)]
      statements.push(statement)
      return { rows: row ? [row] : [], rowCount: row ? 1 : 0 }
    },
    clock: {
      sleep: async (ms) => {
        pauses.push(ms)
        if (pauses.length >= abortAfter) stop.abort()
      },
    },
  })
  const lookup = await cache(exampleRun({ accountId: 'team' }), 'digest', read, stop.signal)
  return { lookup, statements, pauses }
}

const leading: Row = { leads: true, generation_id: null, answer: null }
const waiting: Row = { leads: false, generation_id: 'other', answer: null }
const answered: Row = { leads: false, generation_id: 'other', answer: entry }
const key = { digest: 'digest', ttlSeconds: 60 }

describe('the cache', () => {
  test('asks nothing when it is off', async () => {
    const { lookup, statements } = await lookUp([answered], { ttlSeconds: null })
    expect([lookup, statements]).toEqual([{ kind: 'miss', key: null }, []])
  })

  test('finds an earlier result and the generation it comes from', async () => {
    const { lookup, pauses } = await lookUp([answered])
    expect([lookup, pauses]).toEqual([hit, []])
  })

  test('finds nothing, and names where this run keeps its result', async () => {
    expect((await lookUp([leading])).lookup).toEqual({ kind: 'miss', key })
  })

  test('is looked up for the account of the run', async () => {
    const { statements } = await lookUp([leading])
    expect(statements.map(({ values }) => values)).toEqual([['team', 'digest', 'g', 60, 'generation', 'team']])
  })

  test('waits for a result that another run is making', async () => {
    const { lookup, pauses } = await lookUp([waiting, waiting, answered])
    expect(lookup).toEqual(hit)
    expect(pauses).toEqual([CACHE_POLL_MS, CACHE_POLL_MS])
  })

  test('finds nothing when the other run ended without a result', async () => {
    expect((await lookUp([waiting, leading])).lookup).toEqual({ kind: 'miss', key })
  })

  test('finds nothing, and keeps nothing, where an entry has another form', async () => {
    const { lookup, pauses } = await lookUp([{ ...answered, answer: { result: 'another form', metadata: {} } }])
    expect([lookup, pauses]).toEqual([{ kind: 'miss', key: null }, []])
  })

  test('finds nothing, and keeps nothing, where an empty result is no success of its kind', async () => {
    const { lookup } = await lookUp([{ ...answered, answer: { result: [], metadata: {} } }])
    expect(lookup).toEqual({ kind: 'miss', key: null })
  })

  test('stops waiting after an abort', async () => {
    const { lookup, pauses } = await lookUp([waiting], { abortAfter: 3 })
    expect([lookup, pauses.length]).toEqual([{ kind: 'miss', key: null }, 3])
  })

  test('keeps a result under the account, for the run that leads', () => {
    const { values } = keepStatement(exampleRun({ accountId: 'team' }), key, entry)
    expect(values).toEqual(['team', 'digest', 'g', JSON.stringify(entry), 60])
  })
})

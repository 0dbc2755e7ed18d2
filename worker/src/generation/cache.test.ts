import type { Statement } from '@recto/shared/database'
import { describe, expect, test } from 'vitest'
import { CACHE_POLL_MS } from '../deadlines.ts'
import { exampleRun } from '../testing/example-run.ts'
import { createCache, digestOf, keepStatement } from './cache.ts'
import type { Run } from './run.ts'

const entry = {
  cards: [
    {
      position: 1,
      front: 'How high is the tower?',
      back: '42 metres',
      source_quote: 'The tower is 42 metres high.',
      quote_start: 0,
      quote_end: 28,
      flags: [],
      fingerprint: 'f',
    },
  ],
  metadata: { model: 'm' },
}

describe('the digest', () => {
  const plain = { residency: 'any', scrub: false } as const
  const digest = (run: Partial<Run> = {}, plan: Parameters<typeof digestOf>[1] = plain) =>
    digestOf(exampleRun(run), plan)

  test('is equal for what would be answered alike, whoever asks and whenever', () => {
    const same: Partial<Run> = { id: 'other', userId: 'v', requestId: null, attempt: 3, waitedMs: 9 }
    expect(digest(same)).toBe(digest())
    expect(digest({ options: { language: 'pl', max_cards: 3 } })).toBe(
      digest({ options: { max_cards: 3, language: 'pl' } }),
    )
  })

  test('is another for another text, model, prompt, option, residency or scrubbing', () => {
    const all = [
      digest(),
      digest({ sourceText: 'The tower is 43 metres high.' }),
      digest({ model: 'best' }),
      digest({ promptVersion: 'flashcards@2' }),
      digest({ options: { max_cards: 3 } }),
      digest({ options: { max_cards: 4 } }),
      digest({ options: { language: 'pl' } }),
      digest({}, { ...plain, residency: 'eu' }),
      digest({}, { ...plain, scrub: true }),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  test('shows nothing of the text', () => {
    expect(digest()).toMatch(/^[0-9a-f]{64}$/)
  })
})

type Row = { leads: boolean; generation_id: string | null; answer: unknown }

/** Looks into a table that answers with each of the rows in turn; the last one stays. */
const look = async (rows: Row[], { ttlSeconds = 60 as number | null, abortAfter = Number.POSITIVE_INFINITY } = {}) => {
  const statements: Statement[] = []
  const pauses: number[] = []
  const stop = new AbortController()
  const cache = createCache({
    ttlSeconds,
    query: async (statement) => {
      const row = rows[Math.min(statements.length, rows.length - 1)]
      statements.push(statement)
      return { rows: row ? [row] : [] }
    },
    clock: {
      now: () => 0,
      sleep: async (ms) => {
        pauses.push(ms)
        if (pauses.length >= abortAfter) stop.abort()
      },
    },
  })
  const lookup = await cache(exampleRun({ accountId: 'team' }), 'digest', stop.signal)
  return { lookup, statements, pauses }
}

const leading: Row = { leads: true, generation_id: null, answer: null }
const waiting: Row = { leads: false, generation_id: 'other', answer: null }
const answered: Row = { leads: false, generation_id: 'other', answer: entry }
const key = { digest: 'digest', ttlSeconds: 60 }

describe('the cache', () => {
  test('that is off is not asked', async () => {
    const { lookup, statements } = await look([answered], { ttlSeconds: null })
    expect([lookup, statements]).toEqual([{ kind: 'miss', key: null }, []])
  })

  test('has the answer of before, and whose it was', async () => {
    const { lookup, pauses } = await look([answered])
    expect([lookup, pauses]).toEqual([{ kind: 'hit', entry, from: 'other' }, []])
  })

  test('has none: this run makes it, and says where it is kept', async () => {
    expect((await look([leading])).lookup).toEqual({ kind: 'miss', key })
  })

  test('is asked for the account of the run', async () => {
    const { statements } = await look([leading])
    expect(statements.map(({ values }) => values)).toEqual([['team', 'digest', 'g', 60, 'generation']])
  })

  test('has one that another run is making: it is waited for', async () => {
    const { lookup, pauses } = await look([waiting, waiting, answered])
    expect(lookup).toEqual({ kind: 'hit', entry, from: 'other' })
    expect(pauses).toEqual([CACHE_POLL_MS, CACHE_POLL_MS])
  })

  test('whose maker is over without one: this run takes the lead', async () => {
    expect((await look([waiting, leading])).lookup).toEqual({ kind: 'miss', key })
  })

  test('has what this release cannot read: it is made anew at once, and not kept in its place', async () => {
    const { lookup, pauses } = await look([{ ...answered, answer: { cards: [{ front: 1 }], metadata: {} } }])
    expect([lookup, pauses]).toEqual([{ kind: 'miss', key: null }, []])
  })

  test('is not waited for after an abort', async () => {
    const { lookup, pauses } = await look([waiting], { abortAfter: 3 })
    expect([lookup, pauses.length]).toEqual([{ kind: 'miss', key: null }, 3])
  })

  test('keeps an answer under the account, for the run that leads', () => {
    const { values } = keepStatement(exampleRun({ accountId: 'team' }), key, entry)
    expect(values).toEqual(['team', 'digest', 'g', JSON.stringify(entry), 60])
  })
})

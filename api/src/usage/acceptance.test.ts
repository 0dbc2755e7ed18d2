import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { acceptanceOf as acceptanceOfRows, OutcomeRow } from './acceptance.ts'

/** The row that every member of an account gets. */
const member = {
  section: 'member',
  kind: null,
  key: null,
  status: 'proposed',
  edited: false,
  reject_reason: null,
  suggestions: '0',
}
const none = { ...member, section: 'total', kind: 'flashcards' }
const accepted = (row: object) => ({ ...none, status: 'accepted', ...row })
const rejected = (reject_reason: string | null, row: object) => ({ ...none, status: 'rejected', reject_reason, ...row })

const noReasons = {
  ...{ wrong: 0, not_in_source: 0, duplicate: 0, too_easy: 0, unclear: 0 },
  ...{ not_relevant: 0, intended: 0, other: 0 },
}

/** The answer for rows as the driver gives them: numeric as text. */
const acceptanceOf = (rows: object[], by: 'prompt_version' | 'language' | 'flag' = 'flag') =>
  acceptanceOfRows(z.array(OutcomeRow).parse(rows), by)

describe('acceptanceOf', () => {
  test('is undefined without rows', () => expect(acceptanceOf([])).toBeUndefined())

  test('has no total where nothing was proposed', () => {
    expect(acceptanceOf([member])).toEqual({ data: [], totals: [], next_cursor: null })
  })

  test('has no rate where nothing was reviewed, and keeps kinds apart', () => {
    const review = { kind: 'code_review', section: 'total' }
    const unreviewed = { proposed: 2, accepted: 0, edited: 0, rejected: 0, acceptance_rate: null }
    const answer = acceptanceOf([
      rejected('intended', { ...review, suggestions: '1' }),
      accepted({ ...review, suggestions: '3' }),
      { ...none, suggestions: '2' },
      ...['flashcards', 'code_review'].map((kind) => accepted({ kind, section: 'group', suggestions: '1' })),
      member,
    ])
    expect(answer?.data.map(({ kind, flag }) => [kind, flag])).toEqual([
      ['code_review', null],
      ['flashcards', null],
    ])
    expect(answer?.totals).toEqual([
      {
        ...{
          kind: 'code_review',
          suggestions: 4,
          proposed: 0,
          accepted: 3,
          edited: 0,
          rejected: 1,
          acceptance_rate: 0.75,
        },
        reject_reasons: { ...noReasons, intended: 1 },
      },
      { kind: 'flashcards', suggestions: 2, ...unreviewed, reject_reasons: noReasons },
    ])
  })

  test('sums up the outcomes of each group, with the share accepted of those reviewed to four digits', () => {
    const group = { section: 'group', key: 'flashcards@2' }
    const answer = acceptanceOf(
      [
        { ...none, ...group, suggestions: '5' },
        accepted({ ...group, suggestions: '3' }),
        accepted({ ...group, edited: true, suggestions: '1' }),
        rejected('wrong', { ...group, suggestions: '1' }),
        rejected('unclear', { ...group, suggestions: '1' }),
        none,
      ],
      'prompt_version',
    )
    expect(answer?.data).toEqual([
      {
        ...{ kind: 'flashcards', prompt_version: 'flashcards@2' },
        ...{ suggestions: 11, proposed: 5, accepted: 4, edited: 1, rejected: 2, acceptance_rate: 0.6667 },
        reject_reasons: { ...noReasons, wrong: 1, unclear: 1 },
      },
    ])
  })

  test('lists the group with the most suggestions first, then by name, with null for no flag', () => {
    const rows = ['b', null, 'a'].map((key) => ({ ...none, section: 'group', key, suggestions: '2' }))
    const most = { ...none, section: 'group', key: 'c', suggestions: '10' }
    expect(acceptanceOf([...rows, most, none])?.data.map(({ flag }) => flag)).toEqual(['c', null, 'a', 'b'])
  })

  test('throws for rows of another form', () =>
    expect(() => acceptanceOf([{ ...none, suggestions: 'many' }])).toThrow())
})

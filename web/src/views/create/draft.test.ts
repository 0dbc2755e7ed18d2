import { describe, expect, test } from 'vitest'
import { bodyOf, emptyDraft, submissionOf } from './draft.ts'

test('what the person left out is left to the API', () => {
  expect(bodyOf({ ...emptyDraft, text: 'T' })).toEqual({ source_text: 'T', options: {} })
  expect(bodyOf({ text: 'T', model: 'fast', maxCards: '5', language: 'pl', residency: 'eu' })).toEqual({
    source_text: 'T',
    model: 'fast',
    data_residency: 'eu',
    options: { max_cards: 5, language: 'pl' },
  })
})

describe('a submission', () => {
  const body = bodyOf({ ...emptyDraft, text: 'T' })
  const first = submissionOf(null, 'ann', body)

  test('keeps its key while it says the same', () => {
    expect(first.key).toMatch(/^[!-+\--~]{8,200}$/)
    expect(submissionOf(first, 'ann', { ...body })).toBe(first)
  })

  test.each([
    ['another text', 'ann', { ...body, source_text: 'U' }],
    ['another option', 'ann', { ...body, options: { max_cards: 3 } }],
    ['another account', 'team', body],
  ])('has another key with %s', (_, account, next) => {
    expect(submissionOf(first, account, next).key).not.toBe(first.key)
  })
})

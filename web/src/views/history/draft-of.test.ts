import { describe, expect, test } from 'vitest'
import { bodyOf, emptyDraft } from '../create/draft.ts'
import { draftOf, wouldLose } from './draft-of.ts'

describe('draftOf', () => {
  test('asks for the same text, model, options and residency', () => {
    const generation = { model: 'fast', options: { max_cards: 5, language: 'pt-BR' } }
    const draft = draftOf(generation, { source_text: 'T', data_residency: 'eu' })
    expect(draft && bodyOf(draft)).toEqual({
      source_text: 'T',
      model: 'fast',
      data_residency: 'eu',
      options: generation.options,
    })
  })

  test('leaves to the API what was left to it', () => {
    const draft = draftOf({ model: 'balanced', options: {} }, { source_text: 'T', data_residency: 'any' })
    expect(draft).toEqual({ ...emptyDraft, text: 'T', model: 'balanced' })
  })

  test('is null when the text is gone', () =>
    expect(draftOf({ model: 'fast', options: {} }, { source_text: null, data_residency: 'any' })).toBeNull())
})

test.each([
  ['an empty draft', '', false],
  ['white space', ' \n', false],
  ['the same text', 'T', false],
  ['another text', 'U', true],
])('wouldLose of %s before the draft of another text', (_, text, expected) => {
  expect(wouldLose({ ...emptyDraft, text }, { ...emptyDraft, text: 'T' })).toBe(expected)
})

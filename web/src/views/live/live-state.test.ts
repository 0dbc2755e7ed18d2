import type { Generation, GenerationEvent, ProvisionalSuggestion, StoredSuggestion } from '@recto/client'
import { describe, expect, test } from 'vitest'
import { afterEvent, atFirst, type LiveState } from './live-state.ts'

const generation = (status: Generation['status'], attempts = 1) => ({ id: 'g', status, attempts }) as Generation
const written = (key: string, attempt = 1): GenerationEvent => ({
  type: 'suggestion',
  data: { provisional: true, key, attempt, front: `${key}?` } as ProvisionalSuggestion,
})
const stored = (key: string, position: number): GenerationEvent => ({
  type: 'suggestion',
  data: { provisional: false, key, position, front: `${key}?` } as StoredSuggestion,
})
const status = (of: Generation['status'], attempts = 1): GenerationEvent => ({
  type: 'status',
  data: generation(of, attempts),
})
const done = (of: Generation['status']): GenerationEvent => ({ type: 'done', data: generation(of) })
const withdrawn = (key: string, reason: string): GenerationEvent => ({ type: 'withdrawn', data: { key, reason } })
const reset: GenerationEvent = { type: 'reset', data: { attempt: 2 } }

/** In short: a stored card is its key, one that may still go has a question mark. */
const after = (...events: GenerationEvent[]) => {
  const state: LiveState = events.reduce(afterEvent, atFirst)
  return {
    cards: state.cards.map(({ key, provisional }) => `${key}${provisional ? '?' : ''}`).join(' '),
    withdrawn: state.withdrawn.map(({ key, reason }) => `${key} ${reason}`).join(', '),
    status: state.generation?.status,
    isOver: state.isOver,
  }
}

describe('the cards of a page', () => {
  test('come while the model writes, and end as what is stored, in the order of the rows', () => {
    expect(after(status('running'), written('a'), written('b'), written('a'), stored('b', 1))).toMatchObject({
      cards: 'b a?',
      withdrawn: '',
    })
    const all = [status('running'), written('a'), written('b'), stored('b', 1), stored('a', 2), done('succeeded')]
    expect(after(...all)).toEqual({ cards: 'b a', withdrawn: '', status: 'succeeded', isOver: true })
  })

  test('lose what is withdrawn, with its reason', () => {
    expect(after(written('a'), written('b'), withdrawn('a', 'duplicate'), withdrawn('x', 'duplicate'))).toMatchObject({
      cards: 'b?',
      withdrawn: 'a duplicate',
    })
  })

  test('of an attempt that failed go, and come back when the next one writes them again', () => {
    expect(after(written('a'), written('b'), reset, status('running', 2), written('b', 2))).toMatchObject({
      cards: 'b?',
      withdrawn: 'a reset',
    })
  })

  test('that are only provisional are gone when the generation is over', () => {
    expect(after(written('a'), done('failed'))).toMatchObject({ cards: '', withdrawn: 'a not_kept', isOver: true })
  })

  test('that are stored stay, whatever comes late', () => {
    const late = [stored('a', 1), written('a'), withdrawn('a', 'late'), reset, done('succeeded')]
    expect(after(...late)).toMatchObject({ cards: 'a', withdrawn: '' })
  })
})

test('the text of a page grows, begins anew at offset 0 and after a reset, and ends as what is stored', () => {
  const delta = (offset: number, text: string, provisional = true): GenerationEvent => ({
    type: 'delta',
    data: { provisional, attempt: 1, offset, text },
  })
  const textAfter = (...events: GenerationEvent[]) => events.reduce(afterEvent, atFirst).text
  expect(textAfter(delta(0, 'One'), delta(3, ' two'))).toBe('One two')
  expect(textAfter(delta(0, 'One'), delta(0, 'One two'))).toBe('One two')
  expect(textAfter(delta(0, 'One'), reset, delta(0, 'Two'))).toBe('Two')
  expect(textAfter(delta(0, 'One'), delta(0, 'One two.', false), done('succeeded'))).toBe('One two.')
})

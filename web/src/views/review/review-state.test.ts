import { describe, expect, test } from 'vitest'
import { afterRefusal, afterStop, afterStored } from './after-answer.ts'
import { countsOf } from './counts.ts'
import { statusOf } from './entry.ts'
import { activate, begin, decide, flaggedFirst, move, type ReviewState, undo, undoOne } from './review-state.ts'
import { accept, reject, reviewOf, suggestion } from './testing.ts'

const sent = ({ queue }: ReviewState) =>
  queue.map((batch) => batch.map(({ id, action }) => `${action} ${id}`).join(', '))
const statusIn = ({ entries }: ReviewState, id: string) => entries[id] && statusOf(entries[id])

describe('a review', () => {
  test('begins with the first flagged suggestion, and keeps the order within each part', () => {
    const state = begin(flaggedFirst(['a', 'B', 'c', 'D'].map(suggestion)), {})
    expect([state.order.join(''), state.active]).toEqual(['BDac', 'B'])
    expect(begin([], {}).active).toBeNull()
  })

  test('goes to the next open one after a decision, around the end, and stays where none is left', () => {
    let state = activate(reviewOf('abc'), 'b')
    state = decide(state, [accept('b')])
    expect(state.active).toBe('c')
    state = decide(state, [reject('c')])
    expect(state.active).toBe('a')
    expect(decide(state, [accept('a')]).active).toBe('a')
  })

  test('moves by one, and not beyond its ends', () => {
    const state = reviewOf('ab')
    expect([move(state, 1).active, move(move(state, 1), 1).active, move(state, -1).active]).toEqual(['b', 'b', 'a'])
    expect(move(reviewOf(''), 1).active).toBeNull()
  })

  test('decides nothing about what is decided', () => {
    const state = decide(reviewOf('ab'), [accept('a')])
    expect(decide(state, [reject('a')])).toBe(state)
  })

  test('keeps every row that a decision is not about', () => {
    const state = reviewOf('abc')
    const next = decide(state, [accept('b')])
    expect(['a', 'c'].filter((id) => next.entries[id] !== state.entries[id])).toEqual([])
  })

  test('sends many decisions in requests of a hundred', () => {
    const ids = Array.from({ length: 250 }, (_, n) => `n${n}`)
    const state = decide(begin(ids.map(suggestion), {}), ids.map(accept))
    expect(state.queue.map((batch) => batch.length)).toEqual([100, 100, 50])
    expect(undo(state).queue.map((batch) => batch.length)).toEqual([100, 100, 50, 100, 100, 50])
  })
})

describe('undo', () => {
  test('goes back through the decisions of this visit, and to what it took back', () => {
    let state = reviewOf('abc')
    for (const id of 'abc') state = decide(state, [accept(id)])
    state = undo(undo(state))
    expect([statusIn(state, 'a'), statusIn(state, 'b'), statusIn(state, 'c')]).toEqual([
      'accepted',
      'proposed',
      'proposed',
    ])
    expect(state.active).toBe('b')
    expect(undo(undo(state)).history).toEqual([])
  })

  test('takes back many decisions that were one', () => {
    const state = undo(decide(reviewOf('abc'), [accept('a'), accept('c')]))
    expect(sent(state).at(-1)).toBe('undo a, undo c')
  })

  test('of one row leaves out what was taken back before', () => {
    let state = decide(reviewOf('abc'), [accept('a')])
    state = undoOne(decide(state, [accept('b')]), 'b')
    expect(sent(undo(state)).at(-1)).toBe('undo a')
  })

  test('without a decision of this visit takes back that of the active one', () => {
    const accepted = { ...suggestion('a'), status: 'accepted' as const }
    const state = activate(begin([accepted, suggestion('b')], {}), 'a')
    expect(sent(undo(state))).toEqual(['undo a'])
    expect(sent(undo(activate(state, 'b')))).toEqual([])
  })
})

describe('after an answer', () => {
  test('a suggestion is as it was answered, unless a later decision about it is on its way', () => {
    const state = undo(decide(reviewOf('a'), [accept('a')]))
    const next = afterStored(state, [{ ...suggestion('a'), status: 'accepted' }])
    expect([statusIn(next, 'a'), sent(next)]).toEqual(['proposed', ['undo a']])
    const last = afterStored(next, [suggestion('a')])
    expect(last.entries.a?.unsent).toBeNull()
  })

  test('that did not come, what waits is open again, and another decision about it takes the first one back', () => {
    const state = afterStop(decide(reviewOf('ab'), [accept('a')]), new TypeError('gone'))
    expect(countsOf(state)).toMatchObject({ left: 2, failed: 1, decided: 0 })
    const next = decide(activate(state, 'a'), [reject('a')])
    expect(sent(next)).toEqual(['accept a', 'undo a', 'reject a'])
    expect(next.active).toBe('b')
  })

  test('that refuses, the suggestion is as it is now, and later decisions about it are void', () => {
    const state = decide(undo(decide(reviewOf('ab'), [accept('a')])), [reject('b')])
    const now = [{ ...suggestion('a'), status: 'rejected' as const }]
    const next = afterRefusal(state, { error: 'no', refused: ['a'], now, gone: [] })
    expect(sent(next)).toEqual(['reject b'])
    expect(statusIn(next, 'a')).toBe('rejected')
    expect(next.entries.a).toMatchObject({ isElsewhere: true, error: 'no' })
  })

  test('that refuses, words of the person stay as a draft', () => {
    const words = { front: 'a?', back: 'Better' }
    const state = decide(begin([suggestion('a')], { a: words }), [{ id: 'a', action: 'accept', ...words }])
    const next = afterRefusal(state, { error: 'no', refused: ['a'], now: [], gone: [] })
    expect(next.entries.a).toMatchObject({ draft: words, accepted: null, unsent: null })
    expect(statusIn(next, 'a')).toBe('proposed')
  })

  test('what was wrong with a decided one is forgotten when the person goes on, and that of an open one is not', () => {
    const state = reviewOf('abc')
    const accepted = { ...suggestion('a'), status: 'accepted' as const }
    const refused = { error: 'no', refused: ['a', 'b'], now: [accepted], gone: [] }
    const next = activate(activate(activate(afterRefusal(state, refused), 'a'), 'b'), 'c')
    expect([next.entries.a?.error, next.entries.b?.error]).toEqual([null, 'no'])
  })
})

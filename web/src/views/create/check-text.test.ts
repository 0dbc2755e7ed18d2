import { cardBounds as apiCards, textBounds as apiText, SourceText } from '@recto/shared/kinds/flashcards/flashcards'
import { describe, expect, test } from 'vitest'
import { cardBounds, textBounds } from './bounds.ts'
import { checkText } from './check-text.ts'

test('the bounds of the page are those of the API', () => {
  expect([textBounds, cardBounds]).toEqual([apiText, apiCards])
})

describe('checkText', () => {
  test.each([
    ['', 0, 'blank'],
    [' '.repeat(1000), 1000, 'blank'],
    ['a'.repeat(999), 999, 'short'],
    ['a'.repeat(1000), 1000, null],
    ['😀'.repeat(1000), 1000, null],
    ['😀'.repeat(10_000), 10_000, null],
    ['a'.repeat(10_001), 10_001, 'long'],
    [`${'a'.repeat(1000)}\u0000`, 1001, 'characters'],
    [`${'a'.repeat(1000)}\ud83d`, 1001, 'characters'],
  ])('of a text finds what the API finds (case %#)', (text, length, problem) => {
    expect(checkText(text)).toEqual({ length, problem })
    expect(SourceText.safeParse(text).success).toBe(problem === null)
  })

  test('finds a text too long that is longer than the plan allows', () => {
    expect(checkText('a'.repeat(2001), 2000).problem).toBe('long')
  })
})

import { describe, expect, test } from 'vitest'
import { hasUnknownPlaceholder, isLarge } from './unknown-placeholders.ts'

const card = (front: string, back: string) => ({ front, back, source_quote: 'x' })
const known = new Set(['[EMAIL_1]'])

describe('hasUnknownPlaceholder', () => {
  test.each([
    [card('Who wrote?', 'anna@example.org'), false],
    [card('Which mark stands for an address?', '[EMAIL_1]'), false],
    [card('Whose number is [phone 7]?', 'Hers'), true],
    [card('Whose?', '[EMAIL_2]'), true],
    [null, false],
    [3, false],
    [undefined, false],
    ['[EMAIL_1]', false],
    ['[EMAIL_2]', true],
    [[1, undefined, null, { deep: [{ deeper: '\\[EMAIL\\_2\\]' }] }], true],
  ])('finds a placeholder that the source does not contain, at any depth: %j', (element, expected) => {
    expect(hasUnknownPlaceholder(element, known)).toBe(expected)
  })

  test('finds it below thousands of brackets', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(5_000)}"[EMAIL_2]"${']'.repeat(5_000)}`)
    expect(hasUnknownPlaceholder(deep, known)).toBe(true)
  })
})

describe('isLarge', () => {
  test.each([
    [{ front: 'a' }, false],
    [Array.from({ length: 1_999 }, () => 1), false],
    [Array.from({ length: 2_000 }, () => 1), true],
    [{ inside: Array.from({ length: 2_000 }, () => null) }, true],
    ['a'.repeat(10_000), false],
  ])('tells whether a value has more than 2,000 values inside', (element, expected) => {
    expect(isLarge(element)).toBe(expected)
  })
})

import { describe, expect, test } from 'vitest'
import { digestOf } from './idempotency.ts'

describe('digestOf', () => {
  test.each([
    ['the order of the fields', { model: 'm', options: { a: 1, b: [2] } }, { options: { b: [2], a: 1 }, model: 'm' }],
    ['the input', { source_text: 'one', model: 'm' }, { source_text: 'two', messages: [], model: 'm' }],
    ['the account, which is compared by itself', { account_id: 'a' }, {}],
  ])('does not depend on %s', (_, one, other) => expect(digestOf(one)).toBe(digestOf(other)))

  test('differs for every body that names something else', () => {
    const bodies = [
      ...[
        {},
        { model: 'm' },
        { prompt_version: 'm' },
        { kind: 'm' },
        { data_residency: 'm' },
        { optimize: 'm' },
        { max_total_tokens: 7 },
        { options: {} },
      ],
      ...[{ options: { a: 1 } }, { options: { a: '1' } }, { options: { a: [1] } }, { options: { a: { b: 1 } } }],
      ...[{ options: { a: [['b', 1]] } }, { options: { a: null } }, { model: 'm', options: {} }],
    ]
    expect(new Set(bodies.map(digestOf)).size).toBe(bodies.length)
  })

  test('has 64 hex digits, also of what is no object', () => {
    for (const body of [{}, null, 'text', 3, [1]]) expect(digestOf(body)).toMatch(/^[\da-f]{64}$/)
  })
})

import { describe, expect, it } from 'vitest'
import { readList } from './read-list.ts'

const listOf = (...data: unknown[]) => readList(JSON.stringify({ data }))
const priced = (prompt: unknown, completion: unknown) =>
  listOf({ id: 'a/b', pricing: { prompt, completion } }).byId.get('a/b')?.price

describe('a list of models', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['texts per token', '0.00000005', '0.00000025', { input_per_million: '0.05', output_per_million: '0.25' }],
    ['scientific notation', '5e-8', '2.5E-7', { input_per_million: '0.05', output_per_million: '0.25' }],
    ['numbers', 5e-8, 0.0000025, { input_per_million: '0.05', output_per_million: '2.5' }],
    ['a free model', '0', 0, { input_per_million: '0', output_per_million: '0' }],
    ['no prices', undefined, undefined, 'no'],
    ['null', null, null, 'no'],
    ['one price', '0.00000005', undefined, 'invalid'],
    ['a negative price', '-1', '-1', 'invalid'],
    ['words', 'cheap', '0.1', 'invalid'],
    ['an empty text', '', '', 'invalid'],
    ['a price of another unit', '2.5', '10', 'invalid'],
    ['a price without an end', '1e99', '0', 'invalid'],
    ['a price of many digits', `0.${'1'.repeat(200)}`, '0', 'invalid'],
    ['objects', {}, [], 'invalid'],
  ])('with %s is read', (_, prompt, completion, price) => {
    expect(priced(prompt, completion)).toEqual(price)
  })

  it('has windows and ends where they make sense', () => {
    const { byId } = listOf(
      { id: 'a', context_length: 131072, expiration_date: '2027-01-31T00:00:00Z' },
      { id: 'b', context_length: -1, expiration_date: 7 },
      { id: 'c', context_length: '131072', pricing: 'free' },
      { id: 'd', context_length: 1.5 },
    )
    expect([...byId.values()].map(({ contextTokens, endsOn }) => [contextTokens, endsOn])).toEqual([
      [131072, '2027-01-31'],
      [null, null],
      [null, null],
      [null, null],
    ])
    expect(byId.get('c')?.price).toBe('no')
  })

  it('knows other names of a model, which hide no id', () => {
    const { byId } = listOf(
      { id: 'new', canonical_slug: 'old' },
      { id: 'old' },
      { id: 'models/gemini' },
      { id: 'gemini' },
    )
    expect([byId.get('old')?.id, byId.get('gemini')?.id, byId.get('models/gemini')?.id]).toEqual([
      'old',
      'gemini',
      'models/gemini',
    ])
    const renamed = listOf({ id: 'new', canonical_slug: 'old' }, { id: 'models/gemini' })
    expect([renamed.byId.get('old')?.id, renamed.byId.get('gemini')?.id]).toEqual(['new', 'models/gemini'])
  })

  it('leaves out what is no model, and says whether it is whole', () => {
    const list = readList('{"data": [null, 7, "a", {}, {"id": ""}, {"id": "a"}], "has_more": true}')
    expect([[...list.byId.keys()], list.isWhole]).toEqual([['a'], false])
    expect(listOf({ id: 'a' }).isWhole).toBe(true)
  })

  it.each([
    ['<!doctype html><title>Sign in</title>', 'the answer is not JSON'],
    ['', 'the answer is not JSON'],
    ['{"data": [{"id": "a"}', 'the answer is not JSON'],
    ['[]', 'the answer is no list of models'],
    ['{"error": {"message": "no"}}', 'the answer is no list of models'],
    ['{"data": []}', 'the list has no models'],
    ['{"data": [{}]}', 'the list has no models'],
  ])('is refused: %s', (body, message) => {
    expect(() => readList(body)).toThrow(message)
  })
})

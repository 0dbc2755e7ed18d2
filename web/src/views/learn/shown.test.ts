import type { DueCard } from '@recto/client'
import { expect, test } from 'vitest'
import { cardToShow, keyOf } from './shown.ts'

const due = (...keys: string[]) =>
  keys.map((key) => {
    const [id, reps] = key.split('/')
    return { card: { id }, schedule: { reps: Number(reps) } } as DueCard
  })

test.each([
  ['the first one at first', due('a/1', 'b/0'), null, [], 'a/1'],
  ['the one that is shown, also when another one has come before it', due('c/2', 'a/1', 'b/0'), 'a/1', [], 'a/1'],
  ['the next one when it was rated, also in a list of before', due('a/1', 'b/0'), 'a/1', ['a/1'], 'b/0'],
  ['the same card again when it comes back', due('a/2', 'b/0'), null, ['a/1'], 'a/2'],
  ['another one when it is gone', due('b/0'), 'a/1', [], 'b/0'],
  ['none when all were rated', due('a/1'), 'a/1', ['a/1'], null],
])('the card to show is %s', (_, cards, shown, rated, key) => {
  const card = cardToShow(cards, shown, new Set(rated))
  expect(card && keyOf(card)).toBe(key)
})

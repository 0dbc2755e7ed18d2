import type { DueCard } from '@recto/client'
import { expect, test } from 'vitest'
import { cardToShow, keyOf, mostDue } from './shown.ts'

const one = (key: string) => {
  const [id, reps] = key.split('/')
  return { card: { id }, schedule: { reps: Number(reps) } } as DueCard
}
const full = Array.from({ length: mostDue }, (_, n) => `x${n}/1`)

test.each([
  ['the first one at first', ['a/1', 'b/0'], null, [], 'a/1'],
  ['the one that is shown, also when another one has come before it', ['c/2', 'a/1', 'b/0'], 'a/1', [], 'a/1'],
  ['the next one when it was rated, also in a list of before', ['a/1', 'b/0'], 'a/1', ['a/1'], 'b/0'],
  ['the same card again when it comes back', ['a/2', 'b/0'], null, ['a/1'], 'a/2'],
  ['another one when it is gone', ['b/0'], 'a/1', [], 'b/0'],
  ['the one that is shown when the list has no room for it', full, 'a/0', [], 'a/0'],
  ['the next one when it was rated and the list is full', full, 'a/0', ['a/0'], 'x0/1'],
  ['none when all were rated', ['a/1'], 'a/1', ['a/1'], null],
])('the card to show is %s', (_, cards, shown, rated, key) => {
  const card = cardToShow(cards.map(one), shown === null ? null : one(shown), new Set(rated))
  expect(card && keyOf(card)).toBe(key)
})

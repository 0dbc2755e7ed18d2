import { describe, expect, test } from 'vitest'
import { createFormat } from './format.ts'
import { pluralEn, pluralPl } from './plural.ts'

const [en, pl] = [createFormat('en'), createFormat('pl')]
/** Intl writes spaces that do not break. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('money', () => {
  test.each([
    ['0', 'US$0.00', '0,00 USD'],
    ['12.5', 'US$12.50', '12,50 USD'],
    ['0.0001656', 'US$0.00017', '0,00017 USD'],
    ['0.01', 'US$0.01', '0,01 USD'],
  ])('of %s is %s and %s', (usd, english, polish) => {
    expect([plain(en.money(usd)), plain(pl.money(usd))]).toEqual([english, polish])
  })
})

describe('a duration', () => {
  test.each([
    [1, '1 second', '1 sekunda'],
    [119, '119 seconds', '119 sekund'],
    [300, '5 minutes', '5 minut'],
    [7_200, '2 hours', '2 godziny'],
    [2_592_000, '30 days', '30 dni'],
  ])('of %i s is %s and %s', (seconds, english, polish) => {
    expect([plain(en.duration(seconds)), plain(pl.duration(seconds))]).toEqual([english, polish])
  })
})

test.each([
  [0, '0 days', '0 dni'],
  [1, '1 day', '1 dzień'],
  [104, '104 days', '104 dni'],
])('%i whole days are %s and %s', (count, english, polish) => {
  expect([plain(en.days(count)), plain(pl.days(count))]).toEqual([english, polish])
})

test.each([
  [0, 'cards', 'fiszek'],
  [1, 'card', 'fiszka'],
  [3, 'cards', 'fiszki'],
  [5, 'cards', 'fiszek'],
  [12, 'cards', 'fiszek'],
  [22, 'cards', 'fiszki'],
  [101, 'cards', 'fiszek'],
])('%i of a noun are %s and %s', (count, english, polish) => {
  expect([pluralEn(count, 'card', 'cards'), pluralPl(count, 'fiszka', 'fiszki', 'fiszek')]).toEqual([english, polish])
})

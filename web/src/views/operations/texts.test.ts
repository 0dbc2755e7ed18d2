import { expect, test } from 'vitest'
import { createFormat } from '../../i18n/format.ts'
import { operationsTexts } from './texts.ts'

test.each([
  [1, 'najstarsze: 1 sekunda'],
  [180, 'najstarsze: 3 minuty'],
  [7_200, 'najstarsze: 2 godziny'],
])('the age of the oldest job, of %i s, is Polish', (seconds, words) => {
  expect(operationsTexts.pl.oldest(createFormat('pl').duration(seconds)).replace('\u00a0', ' ')).toBe(words)
})

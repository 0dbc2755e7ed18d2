import { expect, test } from 'vitest'
import { scrub } from './scrub.ts'
import { scrubTexts } from './scrub-texts.ts'

const letter = 'Write to ana@school.example or call +48 22 555 01 23.'

test('one text is scrubbed as it is by itself', () => {
  const { texts, counts } = scrubTexts([letter])
  expect({ texts, counts }).toEqual({ texts: [scrub(letter).text], counts: scrub(letter).counts })
})

test('the same value has the same placeholder in every text', () => {
  const { texts, counts, restore } = scrubTexts([
    'ana@school.example',
    '',
    'To ana@school.example and ben@school.example',
  ])
  expect(texts).toEqual(['[EMAIL_1]', '', 'To [EMAIL_1] and [EMAIL_2]'])
  expect(counts).toEqual({ email: 2 })
  expect(texts.map(restore).at(-1)).toBe('To ana@school.example and ben@school.example')
})

test('no value is found across the end of a text', () => {
  const texts = ['call +48 22 555', '01 23 tomorrow', 'ana@', 'school.example']
  expect(scrubTexts(texts).texts).toEqual(texts)
})

test('no text gives no text', () => expect(scrubTexts(['']).texts).toEqual(['']))

import { describe, expect, test } from 'vitest'
import { scrub, scrubTexts } from './scrub.ts'

const letter = 'Write to ana@school.example or call +48 22 555 01 23.'
const base64 = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj'.repeat(3)

describe('scrubTexts', () => {
  test('scrubs one text as scrub does', () => {
    const { texts, counts } = scrubTexts([letter])
    expect({ texts, counts }).toEqual({ texts: [scrub(letter).text], counts: scrub(letter).counts })
  })

  test('gives a value the same placeholder in every text', () => {
    const originals = ['ana@school.example', '', 'To ana@school.example and ben@school.example']
    const { texts, counts, restore } = scrubTexts(originals)
    expect(texts).toEqual(['[EMAIL_1]', '', 'To [EMAIL_1] and [EMAIL_2]'])
    expect(counts).toEqual({ email: 2 })
    expect(texts.map(restore)).toEqual(originals)
  })

  test('gives out no placeholder that any of the texts contains', () => {
    const { texts } = scrubTexts(['ana@school.example', 'The form says [EMAIL_1].'])
    expect(texts).toEqual(['[EMAIL_2]', 'The form says [EMAIL_1].'])
  })

  test.each([
    ['a telephone number', ['call +48 22 555', '01 23 tomorrow']],
    ['an e-mail address', ['ana@', 'school.example']],
    ['a private key', [`-----BEGIN PRIVATE KEY-----\n${base64}`, 'and', `${base64}\n-----END PRIVATE KEY-----`]],
  ])('detects nothing across the end of a text: %s', (_kind, originals) => {
    expect(scrubTexts(originals).texts).toEqual(originals)
  })

  test('answers as many texts as it gets, whatever they contain', () => {
    const originals = [
      '-----BEGIN PRIVATE KEY-----',
      `${base64}-----END PRIVATE KEY----- ${letter}`,
      'a\u0000b',
      '\n\n',
    ]
    const { texts, restore } = scrubTexts(originals)
    expect(texts.map(restore)).toEqual(originals)
    expect(texts[1]).not.toContain('ana@school.example')
  })

  test('answers no text for none', () => expect(scrubTexts([]).texts).toEqual([]))
})

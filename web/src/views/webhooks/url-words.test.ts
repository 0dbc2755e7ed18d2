import { readEndpoint } from '@recto/shared/webhooks/endpoint-url'
import { expect, test } from 'vitest'
import { urlWords } from './url-words.ts'

const urls = [
  `https://a.example/${'x'.repeat(2_048)}`,
  'hook',
  'ftp://a.example',
  'http://a.example',
  'https://a:b@a.example',
  'https://10.0.0.1/hook',
  'https://a.example:8443',
  'https://host',
  'https://under_score.example',
  'https://printer.local',
]

test.each(urls)('what the API says of the URL %.30s is told in Polish too, and in English as it is', (url) => {
  const said = readEndpoint(url, []).problem ?? 'nothing'
  expect(urlWords(said, 'en')).toBe(said)
  expect(urlWords(said, 'pl')).toMatch(/^[Mm](usi|oże) |^[Nn]ie może /)
})

test('what is new in the API stays in English', () => {
  expect(urlWords('must rhyme', 'pl')).toBe('must rhyme')
})

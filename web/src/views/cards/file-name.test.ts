import { expect, test } from 'vitest'
import { fileNameOf } from './file-name.ts'

const day = new Date(2026, 10, 8, 0, 30)
const generation = '3f2b8c1e-5f7a-4a52-9d6b-0f2f6a1c9e77'

test.each([
  ['apkg', { tag: '', generation: null }, 'recto-cards-2026-11-08.apkg'],
  ['anki', { tag: 'łódź', generation: null }, 'recto-cards-łódź-2026-11-08.txt'],
  ['csv', { tag: '../a:b?"<\u202e', generation: null }, 'recto-cards-.._a_b_-2026-11-08.csv'],
  ['markdown', { tag: '', generation }, 'recto-cards-3f2b8c1e-2026-11-08.md'],
  ['json', { tag: 'bio', generation }, 'recto-cards-3f2b8c1e-bio-2026-11-08.json'],
] as const)('a file of the format %s and %j is called %s', (format, of, name) => {
  expect(fileNameOf(format, of, day)).toBe(name)
})

import { expect, test } from 'vitest'
import { type ImportFormat, readCards } from '../../../../api/src/cards/formats/read-cards.ts'
import { issueWords } from './issue-texts.ts'

const issuesOf = async (format: ImportFormat, file: string | Uint8Array): Promise<string[]> => {
  const found: string[] = []
  const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file
  for await (const { issues } of readCards(format, [bytes])) found.push(...issues.map(({ message }) => message))
  return found
}

const long = 'x'.repeat(600)
const tags = Array.from({ length: 21 }, (_, n) => `t${n}`).join(' ')

test.each([
  ['csv', 'front,back\n,b\na,\n'],
  ['csv', 'front,back\na\u0000,b\n'],
  ['csv', `front,back\n${long},b\n`],
  ['csv', `front,back,tags\na,b,${tags}\na,b,${long}\n`],
  ['csv', `id,front,back\n${long},a,b\n`],
  ['csv', 'id,front,back\n7,a,b\n7,c,d\n'],
  ['csv', ''],
  ['csv', Uint8Array.of(0xff, 0xfe, 0)],
  ['csv', `front,back\n${'x'.repeat(200_001)},b`],
  ['csv', 'front,back\n"a"b,c\n'],
  ['csv', 'front,back\n"a,c\n'],
  ['csv', 'front,back,front\na,b,c\n'],
  ['csv', 'front,other\na,b\n'],
  ['csv', 'front,tags\na,b\n'],
  ['csv', 'front,back\na,b,c\n'],
  ['csv', `front,back\n${'a,b\n'.repeat(100_001)}`],
  ['anki', '#html:true\n<img src="a.png">\tb\n'],
  ['anki', 'a\tb\tc\td\n'],
] as const)('each mistake of a file has Polish words (%s, case %#)', async (format, file) => {
  const issues = await issuesOf(format, file)
  expect(issues).not.toEqual([])
  for (const message of issues) {
    const { words, language } = issueWords(message, 'pl')
    expect(language, message).toBe('pl')
    expect(words).not.toMatch(/undefined|\b(?:has|must|the)\b/)
    expect(issueWords(message, 'en')).toEqual({ words: message, language: 'en' })
  }
})

test('a mistake that the page does not know stays in English and says so', () => {
  expect(issueWords('is something new', 'pl')).toEqual({ words: 'is something new', language: 'en' })
})

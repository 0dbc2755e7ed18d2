import { expect, test } from 'vitest'
import { piecesOf } from './pieces.ts'

test('piecesOf leaves a short text whole', () => {
  expect(piecesOf('')).toEqual([''])
  expect(piecesOf('x'.repeat(2000))).toEqual(['x'.repeat(2000)])
})

test.each([
  ['words', 'Many words, and then some more. '.repeat(300)],
  ['Han', '富士山は日本で最も高い山である。'.repeat(500)],
  ['letters', 'a'.repeat(9001)],
])('piecesOf gives short pieces of a text of %s that overlap and hold all of it', (_what, text) => {
  let end = 0
  for (const piece of piecesOf(text)) {
    expect(piece.length).toBeLessThanOrEqual(2000)
    const at = text.indexOf(piece, Math.max(0, end - 200))
    expect(at).toBeLessThanOrEqual(end)
    end = Math.max(end, at + piece.length)
  }
  expect(end).toBe(text.length)
})

test('piecesOf divides no link of a text with spaces', () => {
  const links = Array.from({ length: 300 }, (_, n) => `https://rivers.example/${'vistula'.repeat(3)}/${n}`)
  for (const piece of piecesOf(links.join(' ')))
    for (const link of piece.split(' ').filter((part) => part !== '')) expect(links).toContain(link)
})

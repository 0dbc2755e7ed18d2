import { describe, expect, it } from 'vitest'
import { Back, Front, Tags } from './card.ts'

describe('Front and Back', () => {
  it.each(['x', '😀'.repeat(200), 'שלום\n\tעולם'])('take a text that fits', (text) => {
    expect([Front.parse(text), Back.parse(text)]).toEqual([text, text])
  })

  it.each(['', ' \u3000\u0085', 'a\0', '\ud800', '😀'.repeat(501)])('refuse a text that a card cannot hold', (text) => {
    expect([Front.safeParse(text).success, Back.safeParse(text).success]).toEqual([false, false])
  })
})

describe('Tags', () => {
  it.each([[[]], [['biology', 'Zellen', '細胞', 'a::b']], [Array.from({ length: 20 }, (_, n) => `t${n}`)]])(
    'take %j',
    (tags) => {
      expect(Tags.parse(tags)).toEqual(tags)
    },
  )

  it.each([
    ['an empty tag', ['']],
    ['a space', ['a b']],
    ['an ideographic space', ['a\u3000b']],
    ['a control character', ['a\u0007']],
    ['a lone surrogate', ['\ud800']],
    ['a tag of 51 characters', ['x'.repeat(51)]],
    ['a tag twice', ['a', 'a']],
    ['21 tags', Array.from({ length: 21 }, (_, n) => `t${n}`)],
  ])('refuse %s', (_what, tags) => expect(Tags.safeParse(tags).success).toBe(false))
})

import { cardBounds as apiBounds, Back, Front, Tags } from '@recto/shared/card'
import { describe, expect, test } from 'vitest'
import { cardBounds } from '../../card/bounds.ts'
import { contentOf, draftOf, problemsOf, saysSame } from './card-draft.ts'

const draft = { front: 'Who?', back: 'Me.', tags: '' }

test('the bounds of the page are those of the API', () => {
  expect(apiBounds).toMatchObject(cardBounds)
})

describe('the tags of a draft', () => {
  test('are separated by any white space, and each stands once', () => {
    expect(contentOf({ ...draft, tags: '  łódź\tbio \u00a0#1\nbio ' }).tags).toEqual(['łódź', 'bio', '#1'])
  })

  test('of a card become the same tags again', () => {
    const card = { front: ' a\n', back: 'b', tags: ['x', 'ß-1', '"q"'] }
    expect(contentOf(draftOf(card))).toEqual(card)
  })
})

test('drafts that make the same card say the same, whatever white space separates their tags', () => {
  expect(saysSame({ ...draft, tags: 'a b' }, { ...draft, tags: ' a  b a' })).toBe(true)
  expect(saysSame({ ...draft, tags: 'a b' }, { ...draft, tags: 'b a' })).toBe(false)
  expect(saysSame(draft, { ...draft, back: 'Me. ' })).toBe(false)
})

describe('the problems of a draft are those that the API finds', () => {
  test.each([
    ['', 'blank'],
    [' \n\u00a0', 'blank'],
    ['a\u0000', 'characters'],
    ['\ud83d', 'characters'],
    ['😀'.repeat(200), null],
    ['a'.repeat(201), 'long'],
  ])('in its front (case %#)', (front, problem) => {
    expect(problemsOf({ ...draft, front }).front).toBe(problem)
    expect(Front.safeParse(front).success).toBe(problem === null)
  })

  test.each([
    ['😀'.repeat(500), null],
    ['a'.repeat(501), 'long'],
  ])('in its back (case %#)', (back, problem) => {
    expect(problemsOf({ ...draft, back }).back).toBe(problem)
    expect(Back.safeParse(back).success).toBe(problem === null)
  })

  test.each([
    [Array.from({ length: 20 }, (_, n) => `t${n}`).join(' '), null],
    [Array.from({ length: 21 }, (_, n) => `t${n}`).join(' '), 'manyTags'],
    ['😀'.repeat(50), null],
    ['a'.repeat(51), 'longTag'],
    ['\udc00', 'characters'],
  ])('in its tags (case %#)', (tags, problem) => {
    expect(problemsOf({ ...draft, tags }).tags).toBe(problem)
    expect(Tags.safeParse(contentOf({ ...draft, tags }).tags).success).toBe(problem === null)
  })
})

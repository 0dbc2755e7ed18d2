import { expect, test } from 'vitest'
import { cleanTag, withQuery } from './address.ts'

test.each([
  ['#/cards', { search: 'łódź' }, '/cards?search=%C5%82%C3%B3d%C5%BA'],
  ['#/cards?search=a&tag=b', { search: '' }, '/cards?tag=b'],
  ['#/cards?tag=b', { tag: '' }, '/cards'],
  ['#/cards?tag=b', { tag: 'c&d=e#f' }, '/cards?tag=c%26d%3De%23f'],
  ['#/cards?generation_id=7', { open: 'import', generation_id: '' }, '/cards?open=import'],
])('the address %s with %j becomes %s', (hash, changes, path) => {
  expect(withQuery(hash, changes)).toBe(path)
})

test('white space in a tag is taken away, because no tag has any', () => {
  expect(cleanTag(' bio \t logia ')).toBe('biologia')
})

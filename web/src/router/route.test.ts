import { describe, expect, test } from 'vitest'
import { matchPath, placeOf } from './route.ts'

describe('placeOf', () => {
  test.each([
    ['', '/', ''],
    ['#', '/', ''],
    ['#/cards?tag=a%20b', '/cards', 'tag=a+b'],
    // Supabase Auth answers errors of a magic link there.
    ['#error=access_denied&error_code=otp_expired', '/', ''],
  ])('of the address part %j is %s with the query %j', (hash, path, query) => {
    const place = placeOf(hash)
    expect([place.path, place.query.toString()]).toEqual([path, query])
  })
})

describe('matchPath', () => {
  test.each([
    ['/generations/:id', '/generations/7', { id: '7' }],
    ['/generations/:id', '/generations/a%2Fb', { id: 'a/b' }],
    ['/generations/:id', '/generations/%', { id: '%' }],
    ['/generations/:id', '/generations/', null],
    ['/generations/:id', '/generations/7/more', null],
    ['/cards', '/cards', {}],
    ['/cards', '/card', null],
  ])('of %s and %s is %j', (pattern, path, found) => {
    expect(matchPath(pattern, path)).toEqual(found)
  })
})

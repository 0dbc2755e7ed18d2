import { describe, expect, it } from 'vitest'
import { etagOf, versionsOf } from './etag.ts'

const updated_at = '2026-11-28T18:15:00.123456Z'

describe('versionsOf', () => {
  it.each([
    ['the ETag of a card', etagOf({ updated_at }), [updated_at]],
    ['one that a proxy weakened', `W/${etagOf({ updated_at })}`, [updated_at]],
    ['one of several', `"x", "${updated_at}"`, [updated_at]],
    ['no ETag of a card', '"x"', []],
    ['a time that Postgres cannot hold', '"0000-01-01T00:00:00.000000Z"', []],
    ['no tag', updated_at, []],
    ['an empty header', '', []],
    ['a star', ' * ', undefined],
    ['no header', undefined, undefined],
  ])('reads %s', (_what, header, versions) => expect(versionsOf(header)).toEqual(versions))
})

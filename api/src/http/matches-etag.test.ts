import { describe, expect, it } from 'vitest'
import { matchesEtag } from './matches-etag.ts'

describe('matchesEtag', () => {
  const etag = 'W/"5f0f7b5e.20261121.0"'

  it.each([
    ['the tag itself', etag],
    ['its strong form', etag.slice(2)],
    ['one of a list', `"other", ${etag} , W/"third"`],
    ['a list without spaces', `"other",${etag}`],
    ['a star', '*'],
    ['a star with space', ' * '],
    ['a list with a comma inside a tag', `"a,b", ${etag}`],
  ])('is true for %s', (_, header) => expect(matchesEtag(header, etag)).toBe(true))

  it.each(['"v1"', 'W/"v1"', '"v0", W/"v1"'])(
    'is true for a strong tag and %s, which a proxy may have weakened',
    (header) => expect(matchesEtag(header, '"v1"')).toBe(true),
  )

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['another tag', 'W/"other"'],
    ['the tag without quotes', etag.slice(3, -1)],
    ['a tag that only begins alike', `${etag.slice(0, -1)}1"`],
    ['a quoted star', '"*"'],
  ])('is false for %s', (_, header) => expect(matchesEtag(header, etag)).toBe(false))
})

import { describe, expect, it } from 'vitest'
import { readTraceId } from './trace-id.ts'

const id = '4bf92f3577b34da6a3ce929d0e0e4736'
const span = '00f067aa0ba902b7'

describe('readTraceId', () => {
  it.each([
    ['of this version', `00-${id}-${span}-01`],
    ['of a later version with more fields', `01-${id}-${span}-01-what-the-future-brings`],
  ])('returns the trace id of a header %s', (_, header) => expect(readTraceId(header)).toBe(id))

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${span}-01`],
    ['a parent id of zeros', `00-${id}-${'0'.repeat(16)}-01`],
    ['upper-case digits', `00-${id.toUpperCase()}-${span}-01`],
    ['a version that is forbidden', `ff-${id}-${span}-01`],
    ['more fields than the version has', `00-${id}-${span}-01-more`],
    ['two headers', `00-${id}-${span}-01, 00-${id}-${span}-01`],
    ['other text', `{"injected":true}${id}`],
    ['a line break behind it', `00-${id}-${span}-01\n{"injected":true}`],
  ])('returns nothing for %s', (_, header) => expect(readTraceId(header)).toBeUndefined())
})

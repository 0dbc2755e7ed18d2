import { expect, test } from 'vitest'
import { personOf } from './person-of.ts'

const ann = 'a0000000-0000-4000-8000-000000000001'
const tokenOf = (payload: unknown) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.signature`
const personIn = (headers: Record<string, string>) => personOf({ headers: new Headers(headers) })

test('the person of a request is the subject of its token, whichever account it names', () => {
  const authorization = `Bearer ${tokenOf({ sub: ann.toUpperCase() })}`
  expect(personIn({ authorization })).toBe(ann)
  expect(personIn({ authorization, 'x-recto-account': 'b0000000-0000-4000-8000-000000000002' })).toBe(ann)
})

test('a request without a token that can be read is of nobody', () => {
  expect(personIn({})).toBeUndefined()
  for (const token of [
    '',
    'Bearer',
    'Bearer abc',
    'Bearer a.%%%.c',
    `Bearer ${tokenOf(null)}`,
    `Bearer ${tokenOf({})}`,
  ])
    expect(personIn({ authorization: token }), token).toBeUndefined()
})

import { expect, test } from 'vitest'
import { accountOf } from './account-of.ts'

const ann = 'a0000000-0000-4000-8000-000000000001'
const team = 'b0000000-0000-4000-8000-000000000002'
const tokenOf = (payload: unknown) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.signature`
const accountIn = (headers: Record<string, string>, query = '') =>
  accountOf(new Request(`http://recto/api/ai/generations${query}`, { headers }))
const signedIn = { authorization: `Bearer ${tokenOf({ sub: ann.toUpperCase() })}` }

test('the account of a request is its person, unless it names another one', () => {
  expect(accountIn(signedIn)).toBe(ann)
  expect(accountIn(signedIn, `?limit=5&account_id=${team}`)).toBe(team)
  expect(accountIn({ ...signedIn, 'x-recto-account': team.toUpperCase() }, `?account_id=${ann}`)).toBe(team)
})

test('a request without a token that can be read is about no account', () => {
  expect(accountIn({})).toBeUndefined()
  for (const token of [
    '',
    'Bearer',
    'Bearer abc',
    'Bearer a.%%%.c',
    `Bearer ${tokenOf(null)}`,
    `Bearer ${tokenOf({})}`,
  ])
    expect(accountIn({ authorization: token }), token).toBeUndefined()
})

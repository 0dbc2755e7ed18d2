import { createHmac } from 'node:crypto'
import { AuthApiError, AuthRetryableFetchError } from '@supabase/supabase-js'
import { describe, expect, it } from 'vitest'
import { checkByAuth, checkBySecret } from './check-symmetric.ts'
import { createFairPlaces } from './fair-places.ts'

const secret = 'a secret of at least thirty-two characters'
const sign = (head: string, key = secret, encoding: 'base64url' | 'hex' = 'base64url') =>
  `${head}.${createHmac('sha256', key).update(head).digest(encoding)}`

describe('checkBySecret', () => {
  it('takes a token that was signed by the secret', async () => {
    await expect(checkBySecret(secret)(sign('header.payload'), '')).resolves.toBeUndefined()
  })

  it.each([
    ['signed by another secret', sign('header.payload', 'another secret of thirty-two characters')],
    ['signed by an empty secret', sign('header.payload', '')],
    ['with another payload', sign('header.payload').replace('payload', 'payloads')],
    ['with a signature that is cut short', sign('header.payload').slice(0, -6)],
    ['with a signature that is too long', `${sign('header.payload')}AAAA`],
    ['with a signature in hex', sign('header.payload', secret, 'hex')],
    ['without a signature', 'header.payload.'],
    ['without parts', ''],
  ])('throws unauthorized for a token %s', async (_, token) => {
    await expect(checkBySecret(secret)(token, '')).rejects.toMatchObject({ code: 'unauthorized' })
  })
})

/** A check at an auth service that rejects tokens by the status that stands in them, and records what it was asked. */
const setUp = (max = 10) => {
  const seen = { time: 0, asked: [] as string[] }
  const check = checkByAuth({
    auth: {
      getUser: async (token = '') => {
        seen.asked.push(token)
        if (token === 'broken') throw new Error('broken')
        const status = Number(token.split('.')[0])
        if (status === 200)
          return {
            data: { user: { id: token, app_metadata: {}, user_metadata: {}, aud: '', created_at: '' } },
            error: null,
          }
        const error = status ? new AuthApiError('no', status, undefined) : new AuthRetryableFetchError('no', 0)
        return { data: { user: null }, error }
      },
    },
    places: createFairPlaces(4),
    rememberMs: 60_000,
    max,
    now: () => seen.time,
  })
  return { seen, check }
}

describe('checkByAuth', () => {
  it.each([
    ['401.a', 'unauthorized'],
    ['403.a', 'unauthorized'],
    ['429.a', 'auth_unavailable'],
    ['500.a', 'auth_unavailable'],
    ['away', 'auth_unavailable'],
    ['broken', 'auth_unavailable'],
  ])('throws for the token %s %s', async (token, code) => {
    await expect(setUp().check(token, 'a')).rejects.toMatchObject({ code })
  })

  it('asks about a rejected token again only when `rememberMs` have passed', async () => {
    const { seen, check } = setUp()
    for (const time of [0, 1, 59_999, 60_000, 60_001]) {
      seen.time = time
      await expect(check('401.a', 'a')).rejects.toMatchObject({ code: 'unauthorized' })
    }
    expect(seen.asked).toEqual(['401.a', '401.a'])
  })

  it('remembers neither good tokens nor failures of the service', async () => {
    const { seen, check } = setUp()
    for (const token of ['200.a', '200.a', '500.a', '500.a']) await check(token, 'a').catch(() => undefined)
    expect(seen.asked).toEqual(['200.a', '200.a', '500.a', '500.a'])
  })

  it('forgets the oldest rejected token when it remembers `max` others', async () => {
    const { seen, check } = setUp(2)
    for (const token of ['401.a', '401.b', '401.c', '401.b', '401.a']) await check(token, 'a').catch(() => undefined)
    expect(seen.asked).toEqual(['401.a', '401.b', '401.c', '401.a'])
  })
})

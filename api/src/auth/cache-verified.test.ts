import { describe, expect, it } from 'vitest'
import { cacheVerified } from './cache-verified.ts'

/** A cache in front of a verifier that records its tokens. Each token expires at 100,000. */
const setUp = (max = 10) => {
  const seen = { time: 0, verified: [] as string[] }
  const verify = cacheVerified(
    async (token) => {
      if (token === 'bad') throw new Error('bad')
      seen.verified.push(token)
      return { userId: token, claims: '{}', expiresAt: 100_000 }
    },
    { trustMs: 60_000, max, now: () => seen.time },
  )
  return { seen, verify }
}

describe('cacheVerified', () => {
  it('verifies a token again when `trustMs` have passed', async () => {
    const { seen, verify } = setUp()
    await verify('a')
    seen.time = 59_999
    expect(await verify('a')).toMatchObject({ userId: 'a' })
    expect(seen.verified).toEqual(['a'])
    seen.time = 60_000
    await verify('a')
    expect(seen.verified).toEqual(['a', 'a'])
  })

  it('rejects a cached token from its expiry on', async () => {
    const { seen, verify } = setUp()
    seen.time = 50_000
    await verify('a')
    seen.time = 100_000
    await expect(verify('a')).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('drops the least recently used token when the cache is full', async () => {
    const { seen, verify } = setUp(2)
    for (const token of ['a', 'b', 'a', 'c', 'a', 'b']) await verify(token)
    expect(seen.verified).toEqual(['a', 'b', 'c', 'b'])
  })

  it('verifies a bad token each time and never caches it', async () => {
    const { verify } = setUp()
    await expect(verify('bad')).rejects.toThrow('bad')
    await expect(verify('bad')).rejects.toThrow('bad')
  })
})

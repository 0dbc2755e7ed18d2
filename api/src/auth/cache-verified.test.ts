import { describe, expect, it } from 'vitest'
import { cacheVerified } from './cache-verified.ts'

/** A memory over a verifier that counts, with tokens that expire at 100,000. */
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

describe('a token that was verified', () => {
  it('is verified again after a minute', async () => {
    const { seen, verify } = setUp()
    await verify('a')
    seen.time = 59_999
    expect(await verify('a')).toMatchObject({ userId: 'a' })
    expect(seen.verified).toEqual(['a'])
    seen.time = 60_000
    await verify('a')
    expect(seen.verified).toEqual(['a', 'a'])
  })

  it('is refused from its expiry on, though it is remembered', async () => {
    const { seen, verify } = setUp()
    seen.time = 50_000
    await verify('a')
    seen.time = 100_000
    await expect(verify('a')).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('is forgotten when it is the one not seen for longest', async () => {
    const { seen, verify } = setUp(2)
    for (const token of ['a', 'b', 'a', 'c', 'a', 'b']) await verify(token)
    expect(seen.verified).toEqual(['a', 'b', 'c', 'b'])
  })

  it('that is bad is not remembered as good', async () => {
    const { verify } = setUp()
    await expect(verify('bad')).rejects.toThrow('bad')
    await expect(verify('bad')).rejects.toThrow('bad')
  })
})

import { describe, expect, it } from 'vitest'
import { createKeySet } from './key-set.ts'

const minute = 60_000

/** A key set over a fetch and a clock that the test controls. */
const setUp = (kids: string[] = ['a']) => {
  const served = { kids, up: true, requests: 0, time: 1_000_000_000 }
  const fetch = async () => {
    served.requests++
    if (!served.up) throw new Error('unreachable')
    const keys = served.kids.map((kid) => ({ kid, kty: 'EC', crv: 'P-256', alg: 'ES256', x: 'x', y: 'y' }))
    return Response.json({ keys: [...keys, { kid: 'secret', kty: 'oct', k: 'x' }, 'nonsense', { kty: 'EC' }] })
  }
  const keySet = createKeySet({ url: 'http://auth/jwks', fetch, now: () => served.time, unknownKidMs: 10_000 })
  return { served, ...keySet }
}

describe('a key set', () => {
  it('is fetched once for several keys at a time', async () => {
    const { served, find } = setUp()
    const found = await Promise.all([find('a'), find('a'), find('a')])
    await find('a')
    expect(found.map((key) => key?.kid)).toEqual(['a', 'a', 'a'])
    expect(served.requests).toBe(1)
  })

  it('leaves out a symmetric key', async () => {
    expect(await setUp().find('secret')).toBeUndefined()
  })

  it('is fetched at most once in `unknownKidMs` for unknown ids', async () => {
    const { served, find } = setUp()
    await find('a')
    for (let n = 0; n < 100; n++) expect(await find(`made up ${n}`)).toBeUndefined()
    expect(served.requests).toBe(1)
    served.time += 11_000
    served.kids = ['a', 'new']
    expect((await find('new'))?.kid).toBe('new')
    expect(served.requests).toBe(2)
  })

  it('that cannot be reached rejects with auth_unavailable, and is fetched at most once a second', async () => {
    const { served, find } = setUp()
    served.up = false
    for (let n = 0; n < 50; n++) await expect(find('a')).rejects.toMatchObject({ code: 'auth_unavailable' })
    expect(served.requests).toBe(1)
    served.up = true
    served.time += 2_000
    expect((await find('a'))?.kid).toBe('a')
  })

  it('serves known keys during an outage of up to an hour', async () => {
    const { served, find, ready } = setUp()
    await find('a')
    served.up = false
    served.time += 11 * minute
    expect((await find('a'))?.kid).toBe('a')
    await ready()
    served.time += 50 * minute
    await expect(find('a')).rejects.toMatchObject({ code: 'auth_unavailable' })
    await expect(ready()).rejects.toMatchObject({ code: 'auth_unavailable' })
  })

  it('drops a key that the project removed', async () => {
    const { served, find } = setUp(['a', 'b'])
    await find('a')
    served.kids = ['b']
    served.time += 11 * minute
    await find('a')
    await expect.poll(() => find('a')).toBeUndefined()
  })
})

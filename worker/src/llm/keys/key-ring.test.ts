import { format, inspect } from 'node:util'
import { createLog } from '@recto/shared/log'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createKeyRing, fingerprintOf } from './key-ring.ts'

const [first, second, third] = [
  'sk-own-first-0123456789',
  'sk-own-second-0123456789',
  'sk-own-third-0123456789',
] as const
const start = 1_000_000
const minute = 60_000

const ringHarness = (...keys: string[]) => {
  const clock = { ms: start }
  const ring = createKeyRing(keys, { now: () => clock.ms })
  const next = () => ring.next()?.reveal() ?? null
  return { clock, ring, next }
}

test('fingerprintOf returns the first 12 hex digits of the SHA-256', () => {
  expect(fingerprintOf('abc')).toBe('ba7816bf8f01')
})

describe('the key ring', () => {
  test('returns its keys in turn', () => {
    const { next } = ringHarness(first, second, third)
    expect([next(), next(), next(), next()]).toEqual([first, second, third, first])
  })

  test('holds a key once that is given twice', () => {
    expect(ringHarness(first, first).ring.size()).toBe(1)
  })

  test('skips a key until its rest is over', () => {
    const { clock, ring, next } = ringHarness(first, second)
    ring.rest(fingerprintOf(first), minute)
    expect([next(), next(), ring.restingCount(), ring.freeAt()]).toEqual([second, second, 1, 0])
    clock.ms += minute
    expect([next(), next(), ring.restingCount()]).toEqual([first, second, 0])
  })

  test('returns null when all keys rest, and the time when the first becomes free', () => {
    const { ring, next } = ringHarness(first, second)
    ring.rest(fingerprintOf(first), 5 * minute)
    ring.rest(fingerprintOf(second), 2 * minute)
    expect([next(), ring.freeAt(), ring.restingCount()]).toEqual([null, start + 2 * minute, 2])
  })

  test('returns null and never becomes free when it has no keys', () => {
    const { ring, next } = ringHarness()
    expect([next(), ring.freeAt(), ring.size()]).toEqual([null, Number.POSITIVE_INFINITY, 0])
  })

  test('limits a rest to an hour, and does not shorten it by another rest', () => {
    const { ring } = ringHarness(first)
    ring.rest(fingerprintOf(first), Number.POSITIVE_INFINITY)
    ring.rest(fingerprintOf(first), minute)
    expect(ring.freeAt()).toBe(start + 60 * minute)
  })
})

describe('the key ring after a 401', () => {
  /** Reports a 401 `times` times, each after the rest of the one before. Returns the rests in seconds. */
  const restsAfter401 = (harness: ReturnType<typeof ringHarness>, times: number) =>
    Array.from({ length: times }, () => {
      const key = harness.ring.next()
      harness.ring.reportUnauthorized(key?.fingerprint ?? '')
      const rest = harness.ring.freeAt() - harness.clock.ms
      harness.clock.ms += rest
      return rest / 1000
    })

  test('doubles the rest after a further 401, to a minute at most', () => {
    expect(restsAfter401(ringHarness(first), 7)).toEqual([30, 60, 60, 60, 60, 60, 60])
  })

  test('starts with the shortest rest again after a success', () => {
    const harness = ringHarness(first)
    restsAfter401(harness, 3)
    harness.ring.reportAccepted(harness.ring.next()?.fingerprint ?? '')
    expect(restsAfter401(harness, 1)).toEqual([30])
  })

  test('counts the 401s of a hundred concurrent requests once', () => {
    const { ring } = ringHarness(first)
    for (let late = 0; late < 100; late++) ring.reportUnauthorized(fingerprintOf(first))
    expect(ring.freeAt()).toBe(start + 30_000)
  })

  test('does not end the rest by a late success of an earlier request', () => {
    const { ring } = ringHarness(first)
    ring.reportUnauthorized(fingerprintOf(first))
    ring.reportAccepted(fingerprintOf(first))
    expect(ring.freeAt()).toBe(start + 30_000)
  })

  test('gives the key to one request after the rest, and to others once that one succeeded', () => {
    const { clock, ring, next } = ringHarness(first, second)
    ring.reportUnauthorized(fingerprintOf(first))
    clock.ms += 30_000
    expect([next(), next(), next()]).toEqual([first, second, second])
    ring.reportAccepted(fingerprintOf(first))
    expect([next(), next()]).toEqual([first, second])
  })

  test('gives the key to another request when nothing was reported about its trial', () => {
    const { clock, ring, next } = ringHarness(first)
    ring.reportUnauthorized(fingerprintOf(first))
    clock.ms += 30_000
    expect([next(), next()]).toEqual([first, null])
    clock.ms = ring.freeAt()
    expect(next()).toBe(first)
  })
})

test('keyRing.replace keeps the rest of known keys, removes missing keys and adds new ones as free', () => {
  const { ring, next } = ringHarness(first, second)
  ring.reportUnauthorized(fingerprintOf(second))
  ring.replace([second, third])
  expect([next(), next(), ring.size(), ring.restingCount()]).toEqual([third, third, 2, 1])
  expect(ring.hasFreshKey()).toBe(true)
  ring.rest(fingerprintOf(first), minute)
  expect(ring.restingCount()).toBe(1)
})

test('keyRing.hasFreshKey is false for a key that has rested, until the key is removed and added again', () => {
  const { clock, ring } = ringHarness(first)
  ring.rest(fingerprintOf(first), minute)
  clock.ms += minute
  ring.replace([first])
  expect(ring.hasFreshKey()).toBe(false)
  ring.replace([second])
  ring.replace([first])
  expect(ring.hasFreshKey()).toBe(true)
})

test('the key ring returns every key within an hour after any sequence of steps', () => {
  const keys = [first, second, third]
  const step = fc.record({
    do: fc.constantFrom(
      'next' as const,
      'rest' as const,
      'reportUnauthorized' as const,
      'reportAccepted' as const,
      'wait' as const,
    ),
    key: fc.constantFrom(...keys, 'sk-unknown'),
    ms: fc.oneof(fc.nat(10 * minute), fc.double()),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { clock, ring } = ringHarness(...keys)
      for (const { do: action, key, ms } of steps) {
        if (action === 'next') ring.next()
        else if (action === 'wait') clock.ms += Math.min(Math.max(ms || 0, 0), 100 * minute)
        else if (action === 'rest') ring.rest(fingerprintOf(key), ms)
        else ring[action](fingerprintOf(key))
      }
      const isFree = ring.freeAt() === 0
      expect(ring.next() !== null).toBe(isFree)
      clock.ms += 60 * minute
      expect(new Set(keys.map(() => ring.next()?.reveal()))).toEqual(new Set(keys))
    }),
  )
})

describe('a key of the key ring', () => {
  const { ring } = ringHarness(first)
  const key = ring.next()
  const deep = { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true }
  const logLines: string[] = []
  createLog('worker', 'info', { write: (line) => logLines.push(line) }).info({ key, ring, keys: [key] }, 'a call')

  test.each([
    ['inspect(key)', inspect(key, deep)],
    ['inspect(ring)', inspect(ring, deep)],
    ['JSON.stringify', JSON.stringify({ key, ring })],
    ['util.format', format('%s %o %O %j', key, key, ring, key)],
    ['string conversion', `${key} ${ring}`],
    ['the log', logLines.join('')],
    ['its properties', Object.entries(key ?? {}).join()],
    ['an error about it', inspect(new Error('refused', { cause: { key, ring } }), deep)],
  ])('is not shown by %s', (_, shown) => {
    expect(shown.length).toBeGreaterThan(0)
    expect(shown).not.toContain(first.slice(3))
    expect(shown).not.toContain(Buffer.from(first).toString('hex').slice(6))
  })

  test('is logged by its fingerprint', () => {
    expect(logLines.join('')).toContain(fingerprintOf(first))
  })
})

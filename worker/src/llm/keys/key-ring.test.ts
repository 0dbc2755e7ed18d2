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

const breakerHarness = (...keys: string[]) => {
  const clock = { ms: start }
  const ring = createKeyRing(keys, { now: () => clock.ms })
  const next = () => ring.next()?.reveal() ?? null
  return { clock, ring, next }
}

test('a fingerprint is the first 12 hex digits of the SHA-256', () => {
  expect(fingerprintOf('abc')).toBe('ba7816bf8f01')
})

describe('turns', () => {
  test('every key has its turn', () => {
    const { next } = breakerHarness(first, second, third)
    expect([next(), next(), next(), next()]).toEqual([first, second, third, first])
  })

  test('a key that is given twice is one key', () => {
    expect(breakerHarness(first, first).ring.size()).toBe(1)
  })

  test('a key that rests is passed over until its time', () => {
    const { clock, ring, next } = breakerHarness(first, second)
    ring.rest(fingerprintOf(first), minute)
    expect([next(), next(), ring.restingCount(), ring.freeAt()]).toEqual([second, second, 1, 0])
    clock.ms += minute
    expect([next(), next(), ring.restingCount()]).toEqual([first, second, 0])
  })

  test('all rest: none, and when the first comes back', () => {
    const { ring, next } = breakerHarness(first, second)
    ring.rest(fingerprintOf(first), 5 * minute)
    ring.rest(fingerprintOf(second), 2 * minute)
    expect([next(), ring.freeAt(), ring.restingCount()]).toEqual([null, start + 2 * minute, 2])
  })

  test('without a key there is none, ever', () => {
    const { ring, next } = breakerHarness()
    expect([next(), ring.freeAt(), ring.size()]).toEqual([null, Number.POSITIVE_INFINITY, 0])
  })

  test('a shorter rest does not cut a longer one; an hour is the longest', () => {
    const { ring } = breakerHarness(first)
    ring.rest(fingerprintOf(first), Number.POSITIVE_INFINITY)
    ring.rest(fingerprintOf(first), minute)
    expect(ring.freeAt()).toBe(start + 60 * minute)
  })
})

describe('a 401', () => {
  const refuse = (generated: ReturnType<typeof breakerHarness>, times: number) =>
    Array.from({ length: times }, () => {
      const key = generated.ring.next()
      generated.ring.failed(key?.fingerprint ?? '')
      const rest = generated.ring.freeAt() - generated.clock.ms
      generated.clock.ms += rest
      return rest / 1000
    })

  test('rests longer each time in a row, ten minutes at most', () => {
    expect(refuse(breakerHarness(first), 7)).toEqual([30, 60, 120, 240, 480, 600, 600])
  })

  test('a success begins anew', () => {
    const generated = breakerHarness(first)
    refuse(generated, 3)
    generated.ring.worked(generated.ring.next()?.fingerprint ?? '')
    expect(refuse(generated, 1)).toEqual([30])
  })

  test('a hundred at once, of requests under way, are one', () => {
    const { ring } = breakerHarness(first)
    for (let late = 0; late < 100; late++) ring.failed(fingerprintOf(first))
    expect(ring.freeAt()).toBe(start + 30_000)
  })

  test('a late success of a request that was sent before does not wake the key', () => {
    const { ring } = breakerHarness(first)
    ring.failed(fingerprintOf(first))
    ring.worked(fingerprintOf(first))
    expect(ring.freeAt()).toBe(start + 30_000)
  })

  test('afterwards one request tries the key, and the others take it once it worked', () => {
    const { clock, ring, next } = breakerHarness(first, second)
    ring.failed(fingerprintOf(first))
    clock.ms += 30_000
    expect([next(), next(), next()]).toEqual([first, second, second])
    ring.worked(fingerprintOf(first))
    expect([next(), next()]).toEqual([first, second])
  })

  test('a trial of which nothing was heard is made again', () => {
    const { clock, ring, next } = breakerHarness(first)
    ring.failed(fingerprintOf(first))
    clock.ms += 30_000
    expect([next(), next()]).toEqual([first, null])
    clock.ms = ring.freeAt()
    expect(next()).toBe(first)
  })
})

test('keys that stay keep their rest, those that go are gone, new ones are free', () => {
  const { ring, next } = breakerHarness(first, second)
  ring.failed(fingerprintOf(second))
  ring.replace([second, third])
  expect([next(), next(), ring.size(), ring.restingCount()]).toEqual([third, third, 2, 1])
  expect(ring.hasUntried()).toBe(true)
  ring.rest(fingerprintOf(first), minute)
  expect(ring.restingCount()).toBe(1)
})

test('of a key that rested once something is known, until it is gone and comes back', () => {
  const { clock, ring } = breakerHarness(first)
  ring.rest(fingerprintOf(first), minute)
  clock.ms += minute
  ring.replace([first])
  expect(ring.hasUntried()).toBe(false)
  ring.replace([second])
  ring.replace([first])
  expect(ring.hasUntried()).toBe(true)
})

test('whatever happens, no key rests for more than an hour, and none is left out', () => {
  const keys = [first, second, third]
  const step = fc.record({
    do: fc.constantFrom('next' as const, 'rest' as const, 'failed' as const, 'worked' as const, 'wait' as const),
    key: fc.constantFrom(...keys, 'sk-unknown'),
    ms: fc.oneof(fc.nat(10 * minute), fc.double()),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { clock, ring } = breakerHarness(...keys)
      for (const { do: what, key, ms } of steps) {
        if (what === 'next') ring.next()
        else if (what === 'wait') clock.ms += Math.min(Math.max(ms || 0, 0), 100 * minute)
        else if (what === 'rest') ring.rest(fingerprintOf(key), ms)
        else ring[what](fingerprintOf(key))
      }
      const free = ring.freeAt() === 0
      expect(ring.next() !== null).toBe(free)
      clock.ms += 60 * minute
      expect(new Set(keys.map(() => ring.next()?.reveal()))).toEqual(new Set(keys))
    }),
  )
})

describe('no key is shown by', () => {
  const { ring } = breakerHarness(first)
  const key = ring.next()
  const deep = { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true }
  const lines: string[] = []
  createLog('worker', 'info', { write: (line) => lines.push(line) }).info({ key, ring, keys: [key] }, 'a call')

  test.each([
    ['inspecting it', inspect(key, deep)],
    ['inspecting the ring', inspect(ring, deep)],
    ['serialising it', JSON.stringify({ key, ring })],
    ['formatting', format('%s %o %O %j', key, key, ring, key)],
    ['making it a string', `${key} ${ring}`],
    ['the log', lines.join('')],
    ['its properties', Object.entries(key ?? {}).join()],
    ['an error about it', inspect(new Error('refused', { cause: { key, ring } }), deep)],
  ])('%s', (_, shown) => {
    expect(shown.length).toBeGreaterThan(0)
    expect(shown).not.toContain(first.slice(3))
    expect(shown).not.toContain(Buffer.from(first).toString('hex').slice(6))
  })

  test('but its fingerprint is', () => {
    expect(lines.join('')).toContain(fingerprintOf(first))
  })
})

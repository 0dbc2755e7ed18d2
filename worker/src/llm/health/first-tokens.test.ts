import { describe, expect, test } from 'vitest'
import { createFirstTokens } from './first-tokens.ts'

const withMeasured = (...all: number[]) => {
  const firstTokens = createFirstTokens()
  for (const ms of all) firstTokens.add('a', ms)
  return firstTokens
}

/** Numbers in [0, 1) that are the same in each run. */
const seeded = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return seed / 2 ** 31
}

/** Times to the first token in milliseconds, spread as those of real models: most near the median, a few far beyond. */
const spread = (medianMs: number, random: () => number) => {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return medianMs * Math.exp(0.7 * normal)
}

/** Of `requests` to a route, the share that is left because it is silent for too long, when another answers in 300 ms. */
const shareLeft = (medianMs: number, requests: number): number => {
  const firstTokens = createFirstTokens()
  const random = seeded(7)
  let left = 0
  for (let request = 0; request < requests; request++) {
    const takesMs = spread(medianMs, random)
    const leftAfterMs = (firstTokens.silenceMs('a') ?? Number.POSITIVE_INFINITY) + 300
    if (takesMs <= leftAfterMs) firstTokens.add('a', takesMs)
    else {
      left++
      firstTokens.addSilent('a', leftAfterMs)
    }
  }
  return left / requests
}

describe('silenceMs', () => {
  test('is 10 s before the first token of a route, and for other routes', () => {
    expect(createFirstTokens().silenceMs('a')).toBe(10_000)
    expect(withMeasured(100).silenceMs('b')).toBe(10_000)
  })

  test('is null once for a route that was left before anybody heard it, which is then heard if it is only slow', () => {
    const firstTokens = createFirstTokens()
    firstTokens.addSilent('a', 10_200)
    expect(firstTokens.silenceMs('a')).toBeNull()
    firstTokens.add('a', 14_000)
    expect(firstTokens.silenceMs('a')).toBe(15_800)
    const dead = createFirstTokens()
    for (const ms of [10_200, 30_000]) dead.addSilent('a', ms)
    expect(dead.silenceMs('a')).toBe(10_000)
  })

  test('is at least 2 s, and less than 2 s beyond what 95 of 100 first tokens take', () => {
    expect(withMeasured(100).silenceMs('a')).toBe(2_000)
    expect(withMeasured(9_000).silenceMs('a')).toBe(10_800)
    expect(withMeasured(...Array(39).fill(1_000), 20_000).silenceMs('a')).toBe(2_800)
    expect(withMeasured(...Array(37).fill(1_000), 20_000, 20_000, 20_000).silenceMs('a')).toBe(21_800)
  })

  test('follows the last 50 first tokens', () => {
    expect(withMeasured(...Array(50).fill(9_000), ...Array(50).fill(500)).silenceMs('a')).toBe(2_300)
  })

  test('does not grow while a route that has turned silent is left again and again, nor after that', () => {
    const firstTokens = withMeasured(...Array(10).fill(200))
    for (let request = 0; request < 20; request++) {
      expect(firstTokens.silenceMs('a')).toBe(2_000)
      firstTokens.addSilent('a', 2_100)
    }
    firstTokens.add('a', 200)
    expect(firstTokens.silenceMs('a')).toBe(2_000)
  })

  test('grows with silences between the first tokens of a slow route', () => {
    const firstTokens = withMeasured(200)
    firstTokens.addSilent('a', 2_300)
    firstTokens.add('a', 200)
    expect(firstTokens.silenceMs('a')).toBe(4_100)
  })

  test.each([300, 1_000, 3_000, 8_000])(
    'lets a healthy route with a median of %i ms finish: fewer than 7 of 100 requests are paid for twice',
    (medianMs) => {
      expect(shareLeft(medianMs, 5_000)).toBeLessThan(0.07)
    },
  )
})

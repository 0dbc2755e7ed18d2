import { expect, test } from 'vitest'
import { backoffSeconds } from './backoff.ts'

test.for([
  { retry: 0, random: 0, seconds: 1 },
  { retry: 0, random: 0.999, seconds: 2 },
  { retry: 2, random: 0, seconds: 4 },
  { retry: 2, random: 0.999, seconds: 8 },
  { retry: 30, random: 0.999, seconds: 60 },
])('without a hint, retry $retry comes after $seconds s (random $random)', ({ retry, random, seconds }) => {
  expect(backoffSeconds(retry, null, () => random)).toBe(seconds)
})

test.for([
  { hintMs: 30_000, random: 0, seconds: 30 },
  { hintMs: 30_000, random: 0.999, seconds: 36 },
  { hintMs: 100, random: 0, seconds: 1 },
  { hintMs: 86_400_000, random: 0, seconds: 3_600 },
])('with a hint of $hintMs ms it comes no earlier: $seconds s (random $random)', ({ hintMs, random, seconds }) => {
  expect(backoffSeconds(0, hintMs, () => random)).toBe(seconds)
})

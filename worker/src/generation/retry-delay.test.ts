import { expect, test } from 'vitest'
import { retryDelaySeconds } from './retry-delay.ts'

test.for([
  { retry: 0, random: 0, seconds: 1 },
  { retry: 0, random: 0.999, seconds: 2 },
  { retry: 2, random: 0, seconds: 4 },
  { retry: 2, random: 0.999, seconds: 8 },
  { retry: 30, random: 0.999, seconds: 60 },
])(
  'the delay without a wait of the provider is $seconds s at retry $retry (random $random)',
  ({ retry, random, seconds }) => {
    expect(retryDelaySeconds(retry, null, random)).toBe(seconds)
  },
)

test.for([
  { waitMs: 30_000, random: 0, seconds: 30 },
  { waitMs: 30_000, random: 0.999, seconds: 36 },
  { waitMs: 100, random: 0, seconds: 1 },
  { waitMs: 86_400_000, random: 0, seconds: 3_600 },
])('the delay with a wait of $waitMs ms is $seconds s (random $random)', ({ waitMs, random, seconds }) => {
  expect(retryDelaySeconds(0, waitMs, random)).toBe(seconds)
})

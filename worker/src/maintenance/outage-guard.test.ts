import { expect, test } from 'vitest'
import { STALE_AFTER_MS, STALE_CHECK_MS } from '../deadlines.ts'
import { createOutageGuard } from './outage-guard.ts'

const found = async () => ['job']
const down = async () => {
  throw new Error('connection refused')
}

test('looks that succeed in time leave a worker seeing', async () => {
  let now = 1000
  const outageGuard = createOutageGuard(() => now)
  for (let n = 0; n < 5; n++) {
    now += STALE_CHECK_MS
    expect(await outageGuard.check(found)).toEqual(['job'])
    expect(outageGuard.isRecovering()).toBe(false)
  }
})

test('after an outage a worker is blind until the others could touch their jobs', async () => {
  let now = 1000
  const outageGuard = createOutageGuard(() => now)
  for (let n = 0; n < 6; n++) {
    now += STALE_CHECK_MS
    await expect(outageGuard.check(down)).rejects.toThrow('refused')
  }
  now += STALE_CHECK_MS
  await outageGuard.check(found)
  expect(outageGuard.isRecovering()).toBe(true)
  for (let n = 1; n < STALE_AFTER_MS / STALE_CHECK_MS; n++) {
    now += STALE_CHECK_MS
    await outageGuard.check(found)
    expect(outageGuard.isRecovering()).toBe(true)
  }
  now += STALE_CHECK_MS
  await outageGuard.check(found)
  expect(outageGuard.isRecovering()).toBe(false)
})

test('a process that stood still is blind too, and so is one whose look took that long', async () => {
  let now = 1000
  const outageGuard = createOutageGuard(() => now)
  now += 3 * STALE_AFTER_MS
  await outageGuard.check(found)
  expect(outageGuard.isRecovering()).toBe(true)

  const slow = createOutageGuard(() => now)
  await slow.check(async () => {
    now += STALE_AFTER_MS
    return []
  })
  expect(slow.isRecovering()).toBe(true)
})

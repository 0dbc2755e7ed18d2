import { expect, test } from 'vitest'
import { STALE_AFTER_MS, STALE_CHECK_MS } from '../deadlines.ts'
import { createOutageGuard } from './outage-guard.ts'

const found = async () => ['job']
const down = async () => {
  throw new Error('connection refused')
}

test('the outage guard is not recovering while checks succeed in time', async () => {
  let now = 1000
  const outageGuard = createOutageGuard(() => now)
  for (let n = 0; n < 5; n++) {
    now += STALE_CHECK_MS
    expect(await outageGuard.check(found)).toEqual(['job'])
    expect(outageGuard.isRecovering()).toBe(false)
  }
})

test('the outage guard recovers after an outage until all workers had time for a heartbeat', async () => {
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

test('the outage guard recovers after the process stood still, and after a check that took as long', async () => {
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

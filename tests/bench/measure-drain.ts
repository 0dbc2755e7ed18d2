import type pg from 'pg'
import { databaseNow, waitUntilDrained } from './backlog.ts'
import { median } from './numbers.ts'
import { type Measured, measureUsed, medianUsed, type Used } from './spent.ts'

const warmUp = 100
const longestMs = 60_000

/** What a generation of a backlog takes, and how many a second end. */
export type Drain = { used: Used; rate: number }

/** Adds so many generations with their jobs. */
type Enqueue = (count: number) => Promise<void>

/**
 * Drains so many generations after a warm-up. Returns how many a second ended.
 * @throws Error when some of them have not succeeded within a minute
 */
export const drainAll = async (admin: pg.Pool, enqueue: Enqueue, count: number): Promise<number> => {
  const since = await databaseNow(admin)
  await enqueue(count)
  const { finished, rate } = await waitUntilDrained(admin, since, longestMs)
  if (finished < count) throw new Error(`${finished} of ${count} generations succeeded`)
  return rate
}

/** Warms up a consumer that has just started, and then measures how it drains a backlog. */
export const measureDrain = async (
  admin: pg.Pool,
  measured: Measured,
  enqueue: Enqueue,
  count: number,
): Promise<Drain> => {
  await drainAll(admin, enqueue, warmUp)
  let rate = 0
  const used = await measureUsed(admin, measured, async () => {
    rate = await drainAll(admin, enqueue, count)
    return count
  })
  return { used, rate }
}

/** The median of each figure. */
export const medianDrain = (drains: readonly Drain[]): Drain => ({
  used: medianUsed(drains.map(({ used }) => used)),
  rate: median(drains.map(({ rate }) => rate)),
})

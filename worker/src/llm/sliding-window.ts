const buckets = 10

export type OutcomeCounts = {
  /** Of the window. */
  total: number
  failed: number
  /** Failures since the last success, and for how long (ms) there have been nothing else. */
  inARow: number
  inARowMs: number
}

/** What came of the last requests. The window, `windowMs` long, moves on in tenths. */
export const createSlidingWindow = (windowMs: number, now: () => number) => {
  const bucketMs = windowMs / buckets
  const ring = Array.from({ length: buckets }, () => ({ tick: Number.NaN, total: 0, failed: 0 }))
  let inARow = 0
  let inARowSince = 0

  return {
    add: (failed: boolean): void => {
      const tick = Math.floor(now() / bucketMs)
      const there = ring[tick % buckets]
      const bucket = there?.tick === tick ? there : { tick, total: 0, failed: 0 }
      bucket.total++
      if (failed) bucket.failed++
      inARow = failed ? inARow + 1 : 0
      if (inARow === 1) inARowSince = now()
      ring[tick % buckets] = bucket
    },

    counts: (): OutcomeCounts => {
      const oldest = Math.floor(now() / bucketMs) - buckets + 1
      const recent = ring.filter((one) => one.tick >= oldest)
      const sum = (of: 'total' | 'failed') => recent.reduce((count, one) => count + one[of], 0)
      return { total: sum('total'), failed: sum('failed'), inARow, inARowMs: inARow > 0 ? now() - inARowSince : 0 }
    },

    clear: (): void => {
      for (const bucket of ring) bucket.tick = Number.NaN
      inARow = 0
    },
  }
}

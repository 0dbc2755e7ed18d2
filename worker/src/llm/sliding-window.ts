const buckets = 10

export type OutcomeCounts = {
  /** Outcomes within the window. */
  total: number
  failed: number
  /** Failures since the last success, and milliseconds since the first of them. Neither is limited to the window. */
  consecutiveFailures: number
  consecutiveMs: number
}

/**
 * Counts the outcomes of recent requests. The window of `windowMs` milliseconds moves in steps of a tenth of its
 * length.
 */
export const createSlidingWindow = (windowMs: number, now: () => number) => {
  const bucketMs = windowMs / buckets
  const ring = Array.from({ length: buckets }, () => ({ tick: Number.NaN, total: 0, failed: 0 }))
  let consecutiveFailures = 0
  let failingSince = 0

  return {
    add: (failed: boolean): void => {
      const tick = Math.floor(now() / bucketMs)
      const existing = ring[tick % buckets]
      const bucket = existing?.tick === tick ? existing : { tick, total: 0, failed: 0 }
      bucket.total++
      if (failed) bucket.failed++
      consecutiveFailures = failed ? consecutiveFailures + 1 : 0
      if (consecutiveFailures === 1) failingSince = now()
      ring[tick % buckets] = bucket
    },

    counts: (): OutcomeCounts => {
      const oldest = Math.floor(now() / bucketMs) - buckets + 1
      const recent = ring.filter((bucket) => bucket.tick >= oldest)
      const sum = (field: 'total' | 'failed') => recent.reduce((count, bucket) => count + bucket[field], 0)
      const consecutiveMs = consecutiveFailures > 0 ? now() - failingSince : 0
      return { total: sum('total'), failed: sum('failed'), consecutiveFailures, consecutiveMs }
    },

    clear: (): void => {
      for (const bucket of ring) bucket.tick = Number.NaN
      consecutiveFailures = 0
    },
  }
}

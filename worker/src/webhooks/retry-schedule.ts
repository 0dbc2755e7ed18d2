const minute = 60
const hour = 60 * minute

/** The seconds between the tries of a delivery, as Standard Webhooks recommends: ten tries in three days. */
const pauses = [5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]

/** The most seconds that a receiver can ask for. */
const longestRetryAfter = 24 * hour

/** Spreads tries of events that failed together. A fraction of the pause. */
const jitter = 0.1

/**
 * The seconds until a delivery is tried again that failed `tries` times, or null when it is given up. Never sooner than
 * the receiver asks by Retry-After. `random`: from 0 to 1.
 */
export const secondsUntilRetry = (tries: number, retryAfterSeconds: number | null, random: number): number | null => {
  const pause = pauses[tries - 1]
  if (pause === undefined) return null
  return Math.max(pause * (1 + jitter * random), Math.min(retryAfterSeconds ?? 0, longestRetryAfter))
}

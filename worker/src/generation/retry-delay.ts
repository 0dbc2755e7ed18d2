/**
 * Seconds before the queue delivers a job again: doubling from 2, or the provider's own wait (`waitMs`) if that is longer,
 * with jitter so that many jobs do not return together. `random` is in [0, 1).
 */
export const retryDelaySeconds = (retryCount: number, waitMs: number | null, random: number): number => {
  const own = Math.min(60, 2 * 2 ** retryCount) * (0.5 + random / 2)
  const hinted = (Math.min(waitMs ?? 0, 3_600_000) / 1000) * (1 + random / 5)
  return Math.ceil(Math.max(own, hinted))
}

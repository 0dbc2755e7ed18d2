/** Seconds before the queue delivers a job again: doubling from 2, or the provider's own wait, with jitter so that many do not return together. */
export const backoffSeconds = (retryCount: number, hintMs: number | null, random: () => number): number => {
  const own = Math.min(60, 2 * 2 ** retryCount) * (0.5 + random() / 2)
  const hinted = (Math.min(hintMs ?? 0, 3_600_000) / 1000) * (1 + random() / 5)
  return Math.ceil(Math.max(own, hinted))
}

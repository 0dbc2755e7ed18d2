import { RETRY_BACKOFF_MS } from '../deadlines.ts'

/**
 * The pause before retry number `retry` (0 for the first), in milliseconds; `random` is in [0, 1). A provider's hint is kept to
 * in full, with up to 20 % on top so that many workers do not come back at once; without one, 0.5 s doubling, halved at most.
 */
export const pauseBefore = (retry: number, hintMs: number | null, random: number): number =>
  hintMs ? hintMs * (1 + 0.2 * random) : RETRY_BACKOFF_MS * 2 ** retry * (1 - 0.5 * random)

import { AppError } from '@recto/shared/errors'
import { createKeyedCounts } from '../keyed-counts.ts'

/**
 * Runs at most `max` works at once. Who holds as many places as are free gets no further one, so that somebody who holds
 * none finds a place although another takes all that can be had.
 */
export const createFairPlaces = (max: number) => {
  const held = createKeyedCounts()
  let taken = 0

  /** @throws AppError auth_unavailable when there is no place; else what `work` throws */
  return async <T>(who: string, work: () => Promise<T>): Promise<T> => {
    if (held.of(who) >= max - taken) throw new AppError('auth_unavailable', undefined, { retryAfter: 1 })
    held.increment(who)
    taken++
    try {
      return await work()
    } finally {
      taken--
      held.decrement(who)
    }
  }
}

export type FairPlaces = ReturnType<typeof createFairPlaces>

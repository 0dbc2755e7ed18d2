import { AppError } from '@recto/shared/errors'

/**
 * Runs at most `max` works at once. Who holds as many places as are free gets no further one, so that somebody who holds
 * none finds a place although another takes all that can be had.
 */
export const createFairPlaces = (max: number) => {
  const held = new Map<string, number>()
  let taken = 0

  /** @throws AppError auth_unavailable when there is no place; else what `work` throws */
  return async <T>(who: string, work: () => Promise<T>): Promise<T> => {
    const own = held.get(who) ?? 0
    if (own >= max - taken) throw new AppError('auth_unavailable', undefined, { retryAfter: 1 })
    held.set(who, own + 1)
    taken++
    try {
      return await work()
    } finally {
      taken--
      const left = (held.get(who) ?? 1) - 1
      if (left > 0) held.set(who, left)
      else held.delete(who)
    }
  }
}

export type FairPlaces = ReturnType<typeof createFairPlaces>

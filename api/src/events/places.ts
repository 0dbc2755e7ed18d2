import { AppError } from '@recto/shared/errors'

export type Bounds = { all: number; each: number }

/** The places that streams have in this process: `all` of them, and of those `each` person at most so many. */
export const createPlaces = ({ all, each }: Bounds) => {
  const held = new Map<string, number>()
  let taken = 0

  /**
   * Takes a place. The answer frees it.
   * @throws AppError rate_limited when the person holds too many, overloaded when all are taken
   */
  return (person: string): (() => void) => {
    const own = held.get(person) ?? 0
    if (own >= each)
      throw new AppError('rate_limited', `You have ${own} event streams open. Close one before you open another.`, {
        retryAfter: 5,
        limit: { name: 'event_streams', limit: each },
      })
    if (taken >= all) throw new AppError('overloaded', undefined, { retryAfter: 5, countedAs: 'streams' })
    held.set(person, own + 1)
    taken++
    return () => {
      taken--
      const left = (held.get(person) ?? 1) - 1
      if (left > 0) held.set(person, left)
      else held.delete(person)
    }
  }
}

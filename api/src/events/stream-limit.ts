import { AppError } from '@recto/shared/errors'
import { createKeyedCounts } from '../keyed-counts.ts'

export type Bounds = { all: number; each: number }

/** Limits the streams that are open in this process: `all` of them, and those of `each` person. */
export const createStreamLimit = ({ all, each }: Bounds) => {
  const open = createKeyedCounts()
  let openInAll = 0

  /**
   * Acquires a stream for a person. Returns what releases it.
   * @throws AppError rate_limited when the person has too many open, overloaded when the process has
   */
  return (person: string): (() => void) => {
    const own = open.of(person)
    if (own >= each)
      throw new AppError('rate_limited', `You have ${own} event streams open. Close one before you open another.`, {
        retryAfter: 5,
        limit: { name: 'event_streams', limit: each },
      })
    if (openInAll >= all) throw new AppError('overloaded', undefined, { retryAfter: 5, countedAs: 'streams' })
    open.increment(person)
    openInAll++
    return () => {
      openInAll--
      open.decrement(person)
    }
  }
}

import { isBusy, isUnreachable, neverConnected } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'

type TurnsOptions = {
  /** How many pieces of work may run at the same time. */
  places: number
  /** How many may wait for a place. A name that has as many waiting as others still could gets no further one in. */
  most: number
  /** How long one may wait, in milliseconds. */
  waitMs: number
}

/**
 * Runs the pieces of work of one name one after the other, and gives names their turns in the order of their asking. Work
 * that returns no promise has not asked the database.
 */
export type Turns = <T>(name: string, work: () => T) => Promise<Awaited<T>>

/**
 * Lets work wait for the database in front of its connections, where waiting costs nothing and is fair: a flood of one
 * name delays the others by one piece of work.
 * @throws AppError overloaded when too many wait, or the turn does not come in time; AppError database_unavailable when
 * no work came to an end meanwhile; else what `work` throws. Work that got no connection in time is done again while the
 * database answers others: a busy machine opens connections slowly.
 */
export const createTurns = ({ places, most, waitMs }: TurnsOptions): Turns => {
  /** Those who wait, by name. A name whose work runs has an entry, too. */
  const waiting = new Map<string, (() => void)[]>()
  /** Names with waiting work of which none runs, in the order of their turns. */
  const ready: string[] = []
  let waitingInAll = 0
  let free = places
  let answeredAt = Number.NEGATIVE_INFINITY

  const startNext = () => {
    while (free > 0) {
      const name = ready.shift()
      if (name === undefined) return
      const start = waiting.get(name)?.shift()
      if (start) {
        free--
        waitingInAll--
        start()
      } else waiting.delete(name)
    }
  }

  const leave = (name: string) => {
    if (waiting.get(name)?.length === 0) waiting.delete(name)
    else ready.push(name)
    free++
    startNext()
  }

  const turnOf = (name: string): Promise<void> => {
    const line = waiting.get(name)
    if (line === undefined && free > 0) {
      waiting.set(name, [])
      free--
      return Promise.resolve()
    }
    if ((line?.length ?? 0) >= most - waitingInAll) throw new AppError('overloaded', undefined, { retryAfter: 5 })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const askedAt = performance.now()
    const timer = setTimeout(() => {
      const left = waiting.get(name) ?? []
      left.splice(left.indexOf(start), 1)
      waitingInAll--
      const code = answeredAt > askedAt ? 'overloaded' : 'database_unavailable'
      reject(new AppError(code, undefined, { retryAfter: 5 }))
    }, waitMs)
    const start = () => {
      clearTimeout(timer)
      resolve()
    }
    waitingInAll++
    if (line) line.push(start)
    else {
      waiting.set(name, [start])
      ready.push(name)
    }
    return promise
  }

  const answeredOnce = async <T>(work: () => T): Promise<Awaited<T>> => {
    const begunAt = performance.now()
    try {
      const working = work()
      const result = await working
      if (working instanceof Promise) answeredAt = performance.now()
      return result
    } catch (error) {
      if (isBusy(error) || !isUnreachable(error)) answeredAt = performance.now()
      if (neverConnected(error) && answeredAt > begunAt) return answeredOnce(work)
      throw error
    }
  }

  return async <T>(name: string, work: () => T): Promise<Awaited<T>> => {
    await turnOf(name)
    try {
      return await answeredOnce(work)
    } finally {
      leave(name)
    }
  }
}

import { isBusy, isUnreachable, neverConnected } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'

type FairQueueOptions = {
  /** How many pieces of work may run at the same time. */
  places: number
  /** How many may wait for a place. A name that has as many waiting as others still could gets no further one in. */
  most: number
  /** How long one may wait for a place, and for a connection behind it, in milliseconds. */
  waitMs: number
}

/**
 * Runs the pieces of work of one name one after the other, and gives names their turns in the order of their asking. Work
 * that returns no promise has not asked the database. Work whose `signal` aborts while it waits gives its place up at once,
 * and rejects with the signal's reason.
 */
export type FairQueue = <T>(name: string, work: () => T, signal?: AbortSignal) => Promise<Awaited<T>>

const refusal = (code: 'overloaded' | 'database_unavailable', cause?: unknown) =>
  new AppError(code, undefined, { retryAfter: 5, cause })

/**
 * Creates a fair queue in front of the connections to the database, where waiting costs nothing: a flood of one name
 * delays the others by one piece of work.
 * @throws AppError overloaded when too many wait, or the turn does not come in time; AppError database_unavailable when
 * no work came to an end meanwhile; else what `work` throws. Work that got no connection in time is done again while the
 * database answers others, because a busy machine opens connections slowly, and is overloaded when its time is over.
 */
export const createFairQueue = ({ places, most, waitMs }: FairQueueOptions): FairQueue => {
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

  const turnOf = (name: string, askedAt: number, signal?: AbortSignal): Promise<void> => {
    const line = waiting.get(name)
    if (line === undefined && free > 0) {
      waiting.set(name, [])
      free--
      return Promise.resolve()
    }
    if ((line?.length ?? 0) >= most - waitingInAll) throw refusal('overloaded')
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const stopWaiting = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const giveUp = (error: unknown) => {
      stopWaiting()
      const left = waiting.get(name) ?? []
      left.splice(left.indexOf(start), 1)
      waitingInAll--
      reject(error)
    }
    const onAbort = () => giveUp(signal?.reason)
    const onLate = () => giveUp(refusal(answeredAt > askedAt ? 'overloaded' : 'database_unavailable'))
    const timer = setTimeout(onLate, waitMs)
    signal?.addEventListener('abort', onAbort)
    const start = () => {
      stopWaiting()
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

  const answeredOnce = async <T>(work: () => T, until: number): Promise<Awaited<T>> => {
    const begunAt = performance.now()
    try {
      const working = work()
      const result = await working
      if (working instanceof Promise) answeredAt = performance.now()
      return result
    } catch (error) {
      if (isBusy(error) || !isUnreachable(error)) answeredAt = performance.now()
      if (!neverConnected(error) || answeredAt <= begunAt) throw error
      if (performance.now() >= until) throw refusal('overloaded', error)
      return answeredOnce(work, until)
    }
  }

  return async <T>(name: string, work: () => T, signal?: AbortSignal): Promise<Awaited<T>> => {
    const askedAt = performance.now()
    await turnOf(name, askedAt, signal)
    try {
      return await answeredOnce(work, askedAt + waitMs)
    } finally {
      leave(name)
    }
  }
}

import { createSemaphore } from '@recto/shared/semaphore'

/**
 * A fetch with a deadline of `ms` that follows no redirects. It never queues: while `max` requests are under way, a
 * further one fails at once.
 * @throws Error for that; else what `fetch` throws
 */
export const createBoundedFetch = (max: number, ms: number): typeof globalThis.fetch => {
  const semaphore = createSemaphore({ places: max })
  return async (input, init) => {
    if (semaphore.isFull()) throw new Error('too many requests to the auth service are under way')
    return semaphore.run(() => fetch(input, { ...init, redirect: 'error', signal: AbortSignal.timeout(ms) }))
  }
}

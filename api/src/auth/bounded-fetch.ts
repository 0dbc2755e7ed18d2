/** A fetch with a deadline, of which only so many run at once: beyond that it fails at once instead of queueing up. */
export const createBoundedFetch = (max: number, ms: number): typeof globalThis.fetch => {
  let running = 0
  return async (input, init) => {
    if (running >= max) throw new Error('too many requests to the auth service are under way')
    running++
    try {
      return await fetch(input, { ...init, redirect: 'error', signal: AbortSignal.timeout(ms) })
    } finally {
      running--
    }
  }
}

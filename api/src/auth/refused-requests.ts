import { REFUSED_WINDOW_MS } from '../deadlines.ts'

/** How many requests without a valid token one address may send in a window of one minute. */
const mostRefused = 120
/** The addresses that are remembered; then the oldest is forgotten. */
const maxAddresses = 10_000

/** The window of an address. `remaining` may be negative; `reset`: seconds until it starts anew, at least 1. */
export type RefusedWindow = { limit: number; remaining: number; window_seconds: number; reset: number }

/** Counts the requests without a valid token of each address, in this process. `now` is epoch milliseconds. */
export const createRefusedRequests = (now: () => number) => {
  const windows = new Map<string, { count: number; endsAt: number }>()

  /** Counts one request. */
  return (address: string): RefusedWindow => {
    const at = now()
    let window = windows.get(address)
    if (window === undefined || window.endsAt <= at) {
      window = { count: 0, endsAt: at + REFUSED_WINDOW_MS }
      windows.delete(address)
      windows.set(address, window)
      const [oldest] = windows.keys()
      if (windows.size > maxAddresses && oldest !== undefined) windows.delete(oldest)
    }
    window.count++
    return {
      limit: mostRefused,
      remaining: mostRefused - window.count,
      window_seconds: REFUSED_WINDOW_MS / 1000,
      reset: Math.ceil((window.endsAt - at) / 1000),
    }
  }
}

export type CountRefused = ReturnType<typeof createRefusedRequests>

import { z } from 'zod'

/** The state of a breaker. `half_open`: one probe is running, in this worker or in another. */
export const BreakerState = z.enum(['closed', 'open', 'half_open'])
export type BreakerState = z.infer<typeof BreakerState>

/** The breaker state of one route as workers share it: plain data. Times are milliseconds of the steady clock. */
export type RouteHealth = {
  state: BreakerState
  /** When open: the time from which a probe may be sent. When half open: the time at which the probe counts as lost. */
  until: number
  /** The failure class that opened the breaker, or `quota_of_keys`; null when closed. */
  reason: string | null
  /** How many times the breaker has opened since it was last closed. The rest grows with it. */
  openings: number
  /**
   * When a worker found this state. It is later than every state that the worker knew before, so the newest state wins.
   */
  at: number
}

/**
 * Whether a route rests because one worker's keys were rejected. That says nothing about the route for other workers.
 */
export const isAboutKeys = ({ reason }: Pick<RouteHealth, 'reason'>): boolean =>
  reason === 'auth' || reason === 'provider_credit_exhausted' || reason === QUOTA_OF_KEYS

/** The reason of a route that rests because the quota of each key is used up. */
export const QUOTA_OF_KEYS = 'quota_of_keys'

const severity: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 }

/** Whether `received` replaces `known`. At the same instant the more severe state wins, so that all workers agree. */
export const isNewer = (received: RouteHealth, known: RouteHealth): boolean => {
  if (received.at !== known.at) return received.at > known.at
  if (received.state !== known.state) return severity[received.state] > severity[known.state]
  return received.until > known.until
}

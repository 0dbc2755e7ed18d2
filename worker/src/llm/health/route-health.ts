/** `half_open`: one probe is under way, here or at another worker. */
export type BreakerState = 'closed' | 'open' | 'half_open'

/** What a worker says to others of a route; plain data. Times are epoch milliseconds. */
export type RouteHealth = {
  state: BreakerState
  /** Open: when a probe may go. Half open: when the probe counts as lost. Of no meaning when closed. */
  until: number
  /** Why it opened; null when closed. */
  reason: string | null
  /** How often it opened in a row, for the growing rest. */
  openings: number
  /** When this was found, always later than what its finder knew before: newer news override older. */
  at: number
}

/** Whether a route rests because the keys of who found it were refused: of the route itself that says nothing. */
export const isOfKeys = ({ reason }: Pick<RouteHealth, 'reason'>): boolean =>
  reason === 'auth' || reason === 'provider_credit_exhausted'

const caution: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 }

/** Whether `news` override `known`. Of the same instant the more cautious win, so that all workers come to the same end. */
export const isNewer = (news: RouteHealth, known: RouteHealth): boolean => {
  if (news.at !== known.at) return news.at > known.at
  if (news.state !== known.state) return caution[news.state] > caution[known.state]
  return news.until > known.until
}

import type { Logger } from '@recto/shared/log'
import { isOldPrice } from '@recto/shared/price-age'
import { type Route, routeKey } from '../llm/route.ts'

/** How many routes one message names. */
const MOST = 20

/** Warns, once for all, of the prices that are more than 90 days old. */
export const warnOfOldPrices = (routes: readonly Route[], log: Pick<Logger, 'warn'>, now: number): void => {
  const old = routes
    .filter(({ pricedOn }) => isOldPrice(pricedOn, now))
    .toSorted((a, b) => a.pricedOn.localeCompare(b.pricedOn))
  if (old.length === 0) return
  log.warn(
    { prices: old.length, oldest: old[0]?.pricedOn, routes: old.slice(0, MOST).map(routeKey) },
    'prices of the catalog are more than 90 days old: run npm run -s providers -- models',
  )
}

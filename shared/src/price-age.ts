/** A price that is older is to be compared with the provider's price list: what is spent is not known well any more. */
const PRICE_DAYS = 90

const DAY_MS = 86_400_000

/** How old a price is, in whole days; 0 when its date (`2026-11-01`) has not come yet. `now`: epoch milliseconds. */
export const priceAgeDays = (pricedOn: string, now: number): number =>
  Math.max(0, Math.floor((now - Date.parse(pricedOn)) / DAY_MS))

/** Whether a price is more than 90 days old. */
export const isOldPrice = (pricedOn: string, now: number): boolean => priceAgeDays(pricedOn, now) > PRICE_DAYS

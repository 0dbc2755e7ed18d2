import type { Logger } from '@recto/shared/log'
import type { CallResult } from '../llm/request.ts'
import type { Route } from '../llm/route.ts'

/** Logs a call whose provider claimed more than is believed. `cost_usd` is what was booked. */
export const warnOfCappedCost = (
  log: Logger,
  { provider, model }: Pick<Route, 'provider' | 'model'>,
  { usage, providerRequestId }: Pick<CallResult, 'usage' | 'providerRequestId'>,
): void => {
  if (usage.costSource !== 'capped') return
  log.warn(
    { provider, model, provider_request_id: providerRequestId, cost_usd: usage.costUsd },
    'provider claimed too high a cost',
  )
}

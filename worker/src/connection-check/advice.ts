import type { CallResult } from '../llm/request.ts'

const invalidRequest = (httpStatus: number | null): string =>
  httpStatus === 404
    ? 'the provider does not know the model, or the base URL is wrong: check both in the catalog'
    : 'the provider does not accept the request: describe what it needs in the quirks of the catalog'

/** What an operator can do about a failure; null for no failure, and when only the provider can do something. */
export const adviceFor = (
  outcome: CallResult['outcome'],
  httpStatus: number | null,
  keyVariable: string,
): string | null => {
  switch (outcome) {
    case 'auth':
      return `the provider does not accept the key in ${keyVariable}: check that it is complete, valid and of this provider`
    case 'provider_credit_exhausted':
      return 'the account’s credit or the key’s limit is used up: add credit or raise the limit at the provider'
    case 'capacity_own_account':
      return 'too many requests are in flight for the credit of the account: add credit at the provider'
    case 'quota_exhausted_until_reset':
      return 'the quota is used up until its reset: raise it at the provider, or wait'
    case 'no_route_for_policy':
      return 'no provider serves the model under the privacy settings of the account and the catalog’s quirks: check both'
    case 'invalid_request':
      return invalidRequest(httpStatus)
    case 'redirected':
      return 'the provider redirects, which no request follows: the base URL in the catalog must be the final address'
    case 'network':
      return 'no connection: check the base URL, and whether the network allows it'
    case 'timeout':
      return 'no answer in time: MODEL_FIRST_TOKEN_MS, MODEL_GAP_MS and MODEL_TOTAL_MS set how long to wait'
    default:
      return null
  }
}

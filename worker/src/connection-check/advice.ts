import type { FailureClass } from '../llm/errors/failure.ts'

const invalidRequest = (httpStatus: number | null): string =>
  httpStatus === 404
    ? 'the provider knows no such model, or its base URL is wrong: look at both in the catalog'
    : 'the provider does not take the request as it is sent: say in the quirks of the catalog what it wants otherwise'

/** What an operator can do about a failure; null where only the provider can do something. */
export const adviceFor = (failure: FailureClass, httpStatus: number | null, keyVariable: string): string | null => {
  switch (failure) {
    case 'auth':
      return `the key is refused: is it whole, in force, and of this provider? It comes from ${keyVariable}`
    case 'provider_credit_exhausted':
      return 'the account, or the limit of this key, is used up: add credit or raise the limit at the provider'
    case 'capacity_own_account':
      return 'too much is under way for the credit of the account: add credit at the provider'
    case 'quota_exhausted_until_reset':
      return 'the quota is used up until it is reset: raise it at the provider, or wait'
    case 'no_route_for_policy':
      return 'nobody serves this model under the privacy settings: those of the account, and those in the quirks of the catalog'
    case 'invalid_request':
      return invalidRequest(httpStatus)
    case 'network':
      return 'no connection: look at the base URL, and at what the network lets out'
    case 'timeout':
      return 'nothing came in time: MODEL_FIRST_TOKEN_MS, MODEL_GAP_MS and MODEL_TOTAL_MS say how long is waited'
    default:
      return null
  }
}

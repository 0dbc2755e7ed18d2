import { leastAnswerOf } from '@recto/shared/cost'
import { readTokens } from './max-cost.ts'
import type { TokenBudget, Usage } from './request.ts'
import type { Route } from './route.ts'

/** Thrown before a request that does not fit into what is left of its generation's tokens. It must not be sent. */
export class TokenBudgetExceeded extends Error {
  /** What the model of the route may think with. A model that thinks less may still fit. */
  readonly thinkingTokens: number

  constructor({ thinkingTokens }: Pick<Route, 'thinkingTokens'>) {
    super('token budget exceeded')
    this.name = 'TokenBudgetExceeded'
    this.thinkingTokens = thinkingTokens
  }
}

/**
 * What a call used; as much as was reserved when that is not known and the call may have been processed. Only a call that
 * was not processed has no source of its cost: a free model's cost of 0 has one.
 */
const usedOf = ({ tokensInput, tokensOutput, costSource }: Usage, reserved: number): number => {
  if (tokensInput !== null && tokensOutput !== null) return tokensInput + tokensOutput
  return costSource === null ? 0 : reserved
}

/**
 * Keeps the calls of one run within `left` tokens, those that run at the same time too: each reserves the most that it can
 * use before it is sent.
 */
export const createTokenBudget = (left: number): TokenBudget => {
  let free = left
  return {
    reserve: (request, route) => {
      const read = readTokens(request)
      const granted = Math.min(request.maxCompletionTokens, free - read)
      const answer = request.maxCompletionTokens - route.thinkingTokens
      if (granted < leastAnswerOf(answer) + route.thinkingTokens) throw new TokenBudgetExceeded(route)
      const reserved = read + granted
      free -= reserved
      return {
        request: { ...request, maxCompletionTokens: granted },
        settle: (used) => {
          free += reserved - (used === null ? 0 : usedOf(used, reserved))
        },
      }
    },
  }
}

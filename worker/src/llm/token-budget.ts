import { leastAnswerOf } from '@recto/shared/cost'
import { readTokens } from './max-cost.ts'
import type { ChatRequest, Usage } from './request.ts'
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

/** A request that fits, with a shorter answer where needed. `settle` is called once with what it used; null for nothing. */
export type TokenGrant = { request: ChatRequest; settle(used: Usage | null): void }

/**
 * What a call used; as much as was reserved when that is not known and the call may have been processed. A call that cost
 * nothing was not.
 */
const usedOf = ({ tokensInput, tokensOutput, costUsd }: Usage, reserved: number): number => {
  if (tokensInput !== null && tokensOutput !== null) return tokensInput + tokensOutput
  return costUsd === '0' ? 0 : reserved
}

/**
 * Keeps the calls of one run within `left` tokens, those that run at the same time too: each reserves the most that it can
 * use before it is sent.
 */
export const createTokenBudget = (left: number) => {
  let free = left
  return {
    /**
     * Reserves the tokens of a request whose limit has room for thinking.
     * @throws TokenBudgetExceeded when no useful answer fits
     */
    reserve: (request: ChatRequest, route: Pick<Route, 'thinkingTokens'>): TokenGrant => {
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

export type TokenBudget = ReturnType<typeof createTokenBudget>

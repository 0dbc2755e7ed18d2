import { isMoreMoney, maxMoney, multiplyMoney } from '@recto/shared/money'
import { readTokens } from './max-cost.ts'
import type { ChatRequest, Usage } from './request.ts'

/**
 * A provider is believed up to so many times what its request reserved. Honest ones stay far below: they may think more
 * than the token limit, add a long template, or have become dearer than the price list.
 */
const believedFactor = 10

/** A fee per request, or the cost of a route whose listed price is 0, may be more than the factor allows. */
const believedFeeUsd = '0.1'

/**
 * The cost that is booked for a request that reserved `reservedUsd`: what its provider claims, or the most that is believed.
 * All three are decimal strings.
 */
export const believedCost = (claimedUsd: string, reservedUsd: string): string => {
  const most = maxMoney(multiplyMoney(reservedUsd, String(believedFactor)), believedFeeUsd)
  return isMoreMoney(claimedUsd, most) ? most : claimedUsd
}

/** The most tokens that a request is believed to have used. */
export const believedTokens = (request: ChatRequest): { input: number; output: number } => ({
  input: believedFactor * readTokens(request),
  output: believedFactor * request.maxCompletionTokens,
})

/** The tokens that are booked for a request: what its provider claims, or the most that is believed. */
export const believedCount = (claimed: number | null, most: number): number | null =>
  claimed === null ? null : Math.min(claimed, most)

/** What a request is booked with: its usage, without what no honest provider would claim. */
export const believedUsage = (claimed: Usage, request: ChatRequest, reservedUsd: string): Usage => {
  const { input, output } = believedTokens(request)
  const costUsd = believedCost(claimed.costUsd, reservedUsd)
  return {
    tokensInput: believedCount(claimed.tokensInput, input),
    tokensOutput: believedCount(claimed.tokensOutput, output),
    tokensReasoning: believedCount(claimed.tokensReasoning, output),
    tokensCached: believedCount(claimed.tokensCached, input),
    costUsd,
    costSource: costUsd === claimed.costUsd ? claimed.costSource : 'capped',
  }
}

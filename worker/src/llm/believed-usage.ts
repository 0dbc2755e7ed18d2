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

const atMost = (most: number, count: number | null): number | null => (count === null ? null : Math.min(count, most))

/** What a request is booked with: its usage, without what no honest provider would claim. */
export const believedUsage = (claimed: Usage, request: ChatRequest, reservedUsd: string): Usage => {
  const input = believedFactor * readTokens(request)
  const output = believedFactor * request.maxCompletionTokens
  const costUsd = believedCost(claimed.costUsd, reservedUsd)
  return {
    tokensInput: atMost(input, claimed.tokensInput),
    tokensOutput: atMost(output, claimed.tokensOutput),
    tokensReasoning: atMost(output, claimed.tokensReasoning),
    tokensCached: atMost(input, claimed.tokensCached),
    costUsd,
    costSource: costUsd === claimed.costUsd ? claimed.costSource : 'capped',
  }
}

import { tokensOfBytes } from '@recto/shared/cost'
import { addMoney, costOfTokens, readMoney } from '@recto/shared/money'
import type { Price } from '@recto/shared/price'
import { z } from 'zod'
import type { Usage } from '../request.ts'

/**
 * Larger numbers are treated as missing. They would not fit their columns in `ai_calls`, and a call must not fail
 * because of its bookkeeping.
 */
const maxTokenCount = 100_000_000
const maxCostUsd = 9999

/** Parses a token count of a provider; null when it is missing or implausible. */
export const tokenCount = z.int().nonnegative().max(maxTokenCount).nullable().catch(null)

const wireUsage = z.object({
  prompt_tokens: tokenCount,
  completion_tokens: tokenCount,
  cost: z.unknown().optional(),
  is_byok: z.boolean().catch(false),
  prompt_tokens_details: z.object({ cached_tokens: tokenCount }).catch({ cached_tokens: null }),
  completion_tokens_details: z.object({ reasoning_tokens: tokenCount }).catch({ reasoning_tokens: null }),
  cost_details: z.object({ upstream_inference_cost: z.unknown().optional() }).catch({ upstream_inference_cost: null }),
})

type WireUsage = z.infer<typeof wireUsage>

/**
 * What a cost is estimated from when the provider's token counts were lost: UTF-8 bytes sent and produced.
 * `notProcessed` is true when the request was never sent, or was answered by an error and nothing else: no provider
 * charges for that.
 */
export type Volume = { sentBytes: number; producedBytes: number; notProcessed: boolean }

/** The cost in USD of `input` and `output` tokens by the price list. */
const priceOfTokens = (input: number, output: number, price: Price): string =>
  addMoney(costOfTokens(input, price.input_per_million), costOfTokens(output, price.output_per_million))

type Cost = Pick<Usage, 'costUsd' | 'costSource'>

const costFromPrices = (usage: WireUsage | null, price: Price, volume: Volume): Cost => {
  const input = usage?.prompt_tokens ?? null
  const output = usage?.completion_tokens ?? null
  if (input === null && output === null && volume.notProcessed) return { costUsd: '0', costSource: null }
  if (input !== null && output !== null)
    return { costUsd: priceOfTokens(input, output, price), costSource: 'price_list' }
  const sent = input ?? tokensOfBytes(volume.sentBytes)
  return { costUsd: priceOfTokens(sent, output ?? tokensOfBytes(volume.producedBytes), price), costSource: 'estimate' }
}

/** A USD amount of a provider as a decimal string; null when it is not an amount or larger than `maxCostUsd`. */
export const plausibleCost = (amount: unknown): string | null => {
  const money = readMoney(amount)
  return money !== null && Number(money) <= maxCostUsd ? money : null
}

const costOf = (usage: WireUsage | null, price: Price, volume: Volume): Cost => {
  const fee = plausibleCost(usage?.cost)
  if (!usage?.is_byok)
    return fee === null ? costFromPrices(usage, price, volume) : { costUsd: fee, costSource: 'provider' }
  // With a key of one's own at the upstream (BYOK), `cost` is only the aggregator's fee; the upstream's bill is added
  // to it.
  const upstream = plausibleCost(usage.cost_details.upstream_inference_cost)
  if (upstream !== null) return { costUsd: addMoney(fee ?? '0', upstream), costSource: 'provider' }
  const rest = costFromPrices(usage, price, volume)
  return fee === null ? rest : { costUsd: addMoney(fee, rest.costUsd), costSource: rest.costSource ?? 'provider' }
}

/**
 * What a request used and cost. The cost is the provider's own figure, else the price list applied to its token counts,
 * else an estimate from bytes. Only a request that was not processed costs `0`, because any other may be billed.
 */
export const readUsage = (body: unknown, price: Price, volume: Volume): Usage => {
  const usage = wireUsage.safeParse(body).data ?? null
  return {
    tokensInput: usage?.prompt_tokens ?? null,
    tokensOutput: usage?.completion_tokens ?? null,
    tokensReasoning: usage?.completion_tokens_details.reasoning_tokens ?? null,
    tokensCached: usage?.prompt_tokens_details.cached_tokens ?? null,
    ...costOf(usage, price, volume),
  }
}

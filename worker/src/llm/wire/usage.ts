import { tokensOfBytes } from '@recto/shared/cost'
import { addMoney, costOfTokens, readMoney } from '@recto/shared/money'
import type { Price } from '@recto/shared/price'
import { z } from 'zod'
import type { Usage } from '../request.ts'
import { type TokenCounts, usedTokens } from './used-tokens.ts'

/**
 * Larger numbers are treated as missing. They would not fit their columns in `ai_calls`, and a call must not fail
 * because of its bookkeeping.
 */
const maxTokenCount = 100_000_000
const maxCostUsd = 9999
/** Longer texts are no amounts. One character more than `readMoney` accepts is kept, so that it rejects them. */
const maxCostLength = 101

/** Parses a token count of a provider; null when it is missing or implausible. */
export const tokenCount = z.int().nonnegative().max(maxTokenCount).nullable().catch(null)

const wireUsage = z.object({
  prompt_tokens: tokenCount,
  completion_tokens: tokenCount,
  total_tokens: tokenCount,
  cost: z.unknown().optional(),
  total_cost: z.unknown().optional(),
  estimated_cost: z.unknown().optional(),
  is_byok: z.boolean().catch(false),
  prompt_tokens_details: z.object({ cached_tokens: tokenCount }).catch({ cached_tokens: null }),
  completion_tokens_details: z.object({ reasoning_tokens: tokenCount }).catch({ reasoning_tokens: null }),
  cost_details: z.object({ upstream_inference_cost: z.unknown().optional() }).catch({ upstream_inference_cost: null }),
})

type WireUsage = z.infer<typeof wireUsage>

/** The fields of a usage that are read, with what they hold as it came. Of others a server may send any number. */
export const usageFields = z.object(
  Object.fromEntries(Object.keys(wireUsage.shape).map((name) => [name, z.unknown().optional()])),
)

/** A cost that is an object of its parts, as Perplexity sends it. */
const costObject = z.object({ total_cost: z.unknown().optional(), total: z.unknown().optional() })

/**
 * What a cost is estimated from when the provider's token counts were lost: UTF-8 bytes sent and produced, of which the
 * provider can bill at most `maxOutputTokens`. `notProcessed` is true when the request was never sent, or was answered
 * by an error and nothing else: no provider charges for that.
 */
export type Volume = { sentBytes: number; producedBytes: number; maxOutputTokens: number; notProcessed: boolean }

/** The cost in USD of `input` and `output` tokens by the price list. */
const priceOfTokens = (input: number, output: number, price: Price): string =>
  addMoney(costOfTokens(input, price.input_per_million), costOfTokens(output, price.output_per_million))

type Cost = Pick<Usage, 'costUsd' | 'costSource'>

const costFromPrices = ({ input, output }: TokenCounts, price: Price, volume: Volume): Cost => {
  if (input === null && output === null && volume.notProcessed) return { costUsd: '0', costSource: null }
  if (input !== null && output !== null)
    return { costUsd: priceOfTokens(input, output, price), costSource: 'price_list' }
  const sent = input ?? tokensOfBytes(volume.sentBytes)
  const produced = output ?? Math.min(tokensOfBytes(volume.producedBytes), volume.maxOutputTokens)
  return { costUsd: priceOfTokens(sent, produced, price), costSource: 'estimate' }
}

/** A USD amount of a provider as a decimal string; null when it is not an amount or larger than `maxCostUsd`. */
export const plausibleCost = (amount: unknown): string | null => {
  const money = readMoney(amount)
  return money !== null && Number(money) <= maxCostUsd ? money : null
}

/** The provider's own figure: a number, a text, or the total of an object; null when there is none. */
const reportedCost = ({ cost, total_cost, estimated_cost }: WireUsage): string | null => {
  const parts = costObject.safeParse(cost).data
  const amounts = [cost, parts?.total_cost, parts?.total, total_cost, estimated_cost].map((amount) =>
    plausibleCost(typeof amount === 'string' ? amount.slice(0, maxCostLength).trim() : amount),
  )
  return amounts.find((amount) => amount !== null) ?? null
}

/** The figure in a usage that counts no tokens at all is no figure, unless it charges something. */
const costOf = (usage: WireUsage | null, used: TokenCounts, price: Price, volume: Volume): Cost => {
  if (!usage) return costFromPrices(used, price, volume)
  const reported = reportedCost(usage)
  const fee = reported === '0' && used.saysNothing ? null : reported
  if (!usage.is_byok)
    return fee === null ? costFromPrices(used, price, volume) : { costUsd: fee, costSource: 'provider' }
  // With a key of one's own at the upstream (BYOK), `cost` is only the aggregator's fee; the upstream's bill is added
  // to it.
  const upstream = plausibleCost(usage.cost_details.upstream_inference_cost)
  if (upstream !== null) return { costUsd: addMoney(fee ?? '0', upstream), costSource: 'provider' }
  const rest = costFromPrices(used, price, volume)
  return fee === null ? rest : { costUsd: addMoney(fee, rest.costUsd), costSource: rest.costSource ?? 'provider' }
}

/**
 * What a request used and cost. The cost is the provider's own figure, else the price list applied to its token counts,
 * else an estimate from bytes. Only a request that was not processed costs `0`, because any other may be billed.
 */
export const readUsage = (body: unknown, price: Price, volume: Volume): Usage => {
  const usage = wireUsage.safeParse(body).data ?? null
  const used = usedTokens(
    {
      prompt: usage?.prompt_tokens ?? null,
      completion: usage?.completion_tokens ?? null,
      total: usage?.total_tokens ?? null,
      reasoning: usage?.completion_tokens_details.reasoning_tokens ?? null,
    },
    volume.producedBytes,
  )
  return {
    tokensInput: used.input,
    tokensOutput: used.output,
    tokensReasoning: used.reasoning,
    tokensCached: usage?.prompt_tokens_details.cached_tokens ?? null,
    ...costOf(usage, used, price, volume),
  }
}

import { z } from 'zod'
import { addMoney, costOfTokens, readMoney } from './money.ts'
import type { Price, Usage } from './request.ts'

/** Numbers beyond belief are taken for none: they would not fit their columns, and no call may fail for its bookkeeping. */
const mostTokens = 100_000_000
const mostDollars = 9999

const count = z.int().nonnegative().max(mostTokens).nullable().catch(null)

const wireUsage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  cost: z.unknown().optional(),
  is_byok: z.boolean().catch(false),
  prompt_tokens_details: z.object({ cached_tokens: count }).catch({ cached_tokens: null }),
  completion_tokens_details: z.object({ reasoning_tokens: count }).catch({ reasoning_tokens: null }),
  cost_details: z.object({ upstream_inference_cost: z.unknown().optional() }).catch({ upstream_inference_cost: null }),
})

type WireUsage = z.infer<typeof wireUsage>

/** Text sent and text produced, in UTF-8 bytes: what is left to go by when a provider's own count was lost. */
export type Volume = { sentBytes: number; producedBytes: number }

/** No tokenizer, an upper bound: no language measured needs more than a token for three bytes. */
const tokensOfBytes = (bytes: number): number => Math.ceil(bytes / 3)

const priced = (input: number, output: number, price: Price): string =>
  addMoney(costOfTokens(input, price.input_per_million), costOfTokens(output, price.output_per_million))

/** With a key of our own at the upstream, `cost` is only the aggregator's fee. */
const chargedCost = (usage: WireUsage): string | null => {
  const fee = readMoney(usage.cost)
  const upstream = usage.is_byok ? readMoney(usage.cost_details.upstream_inference_cost) : null
  const charged = fee !== null && upstream !== null ? addMoney(fee, upstream) : (fee ?? upstream)
  return charged !== null && Number(charged) <= mostDollars ? charged : null
}

const costOf = (
  usage: WireUsage | null,
  price: Price | null,
  volume: Volume,
): Pick<Usage, 'costUsd' | 'costSource'> => {
  const charged = usage && chargedCost(usage)
  if (charged) return { costUsd: charged, costSource: 'provider' }
  const input = usage?.prompt_tokens ?? null
  const output = usage?.completion_tokens ?? null
  if (input === null && output === null && volume.producedBytes === 0) return { costUsd: '0', costSource: null }
  if (!price) return { costUsd: null, costSource: null }
  if (input !== null && output !== null) return { costUsd: priced(input, output, price), costSource: 'price_list' }
  const sent = input ?? tokensOfBytes(volume.sentBytes)
  return { costUsd: priced(sent, output ?? tokensOfBytes(volume.producedBytes), price), costSource: 'estimate' }
}

/**
 * What a request used and cost: the provider's own figure, else the price list on its token counts, else, when something was
 * produced and the counts were lost, an estimate from bytes. Nothing counted and nothing produced costs `0`.
 */
export const readUsage = (wire: unknown, price: Price | null, volume: Volume): Usage => {
  const usage = wireUsage.safeParse(wire).data ?? null
  return {
    tokensInput: usage?.prompt_tokens ?? null,
    tokensOutput: usage?.completion_tokens ?? null,
    tokensReasoning: usage?.completion_tokens_details.reasoning_tokens ?? null,
    tokensCached: usage?.prompt_tokens_details.cached_tokens ?? null,
    ...costOf(usage, price, volume),
  }
}

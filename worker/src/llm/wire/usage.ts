import { tokensOfBytes } from '@recto/shared/cost'
import { addMoney, costOfTokens, readMoney } from '@recto/shared/money'
import type { Price } from '@recto/shared/price'
import { z } from 'zod'
import type { Usage } from '../request.ts'

/** Numbers beyond belief are taken for none: they would not fit their columns, and no call may fail for its bookkeeping. */
const mostTokens = 100_000_000
const mostDollars = 9999

/** A number of tokens off the wire. */
export const tokenCount = z.int().nonnegative().max(mostTokens).nullable().catch(null)

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
 * What is left to go by when a provider's own count was lost: text sent and text produced, in UTF-8 bytes, and whether the request
 * was turned away (it never left, or was answered by an error and nothing else), for which nobody charges.
 */
export type Volume = { sentBytes: number; producedBytes: number; turnedAway: boolean }

const priced = (input: number, output: number, price: Price): string =>
  addMoney(costOfTokens(input, price.input_per_million), costOfTokens(output, price.output_per_million))

type Cost = Pick<Usage, 'costUsd' | 'costSource'>

const fromPrices = (usage: WireUsage | null, price: Price, volume: Volume): Cost => {
  const input = usage?.prompt_tokens ?? null
  const output = usage?.completion_tokens ?? null
  if (input === null && output === null && volume.turnedAway) return { costUsd: '0', costSource: null }
  if (input !== null && output !== null) return { costUsd: priced(input, output, price), costSource: 'price_list' }
  const sent = input ?? tokensOfBytes(volume.sentBytes)
  return { costUsd: priced(sent, output ?? tokensOfBytes(volume.producedBytes), price), costSource: 'estimate' }
}

/** An amount off the wire in USD, as a decimal string. */
export const believable = (amount: unknown): string | null => {
  const money = readMoney(amount)
  return money !== null && Number(money) <= mostDollars ? money : null
}

const costOf = (usage: WireUsage | null, price: Price, volume: Volume): Cost => {
  const fee = believable(usage?.cost)
  if (!usage?.is_byok) return fee === null ? fromPrices(usage, price, volume) : { costUsd: fee, costSource: 'provider' }
  // With a key of our own at the upstream, `cost` is only the aggregator's fee: the upstream's bill comes on top.
  const upstream = believable(usage.cost_details.upstream_inference_cost)
  if (upstream !== null) return { costUsd: addMoney(fee ?? '0', upstream), costSource: 'provider' }
  const rest = fromPrices(usage, price, volume)
  return fee === null ? rest : { costUsd: addMoney(fee, rest.costUsd), costSource: rest.costSource ?? 'provider' }
}

/**
 * What a request used and cost: the provider's own figure, else the price list on its token counts, else, when the counts were
 * lost, an estimate from bytes. Only a request that was turned away costs `0`: what may have been worked on may be billed.
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

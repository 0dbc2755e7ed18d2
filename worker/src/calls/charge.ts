import { addMoney } from '@recto/shared/money'
import { z } from 'zod'
import { cleanText } from '../llm/wire/clean-text.ts'
import { plausibleCost, tokenCount } from '../llm/wire/usage.ts'

/** What a provider says later that a request was charged; `costUsd` is a decimal string. */
export type Charge = {
  costUsd: string
  modelServed: string | null
  tokensInput: number | null
  tokensOutput: number | null
}

/** OpenRouter's `GET /generation?id=`; `native_tokens_*` are those that it bills. */
const Lookup = z.object({
  data: z.object({
    model: z
      .string()
      .transform((name) => cleanText(name, 200))
      .nullable()
      .catch(null),
    total_cost: z.unknown().optional(),
    is_byok: z.boolean().catch(false),
    upstream_inference_cost: z.unknown().optional(),
    native_tokens_prompt: tokenCount,
    native_tokens_completion: tokenCount,
  }),
})

/** Null for what does not tell the whole cost: with a key of our own at the upstream, its bill comes on top of the fee. */
export const readCharge = (json: unknown): Charge | null => {
  const data = Lookup.safeParse(json).data?.data
  const fee = plausibleCost(data?.total_cost)
  const upstream = data?.is_byok ? plausibleCost(data.upstream_inference_cost) : '0'
  if (!data || fee === null || upstream === null) return null
  return {
    costUsd: addMoney(fee, upstream),
    modelServed: data.model,
    tokensInput: data.native_tokens_prompt,
    tokensOutput: data.native_tokens_completion,
  }
}

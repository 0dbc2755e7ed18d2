import { z } from 'zod'
import { maxMoney, multiplyMoney } from './money.ts'

/** Of a million tokens: decimal strings. */
export type Price = { input_per_million: string; output_per_million: string }

/** `rate`: USD for one unit of the price's currency; null for USD. */
export const inDollars = (price: Price, rate: string | null): Price =>
  rate === null
    ? price
    : {
        input_per_million: multiplyMoney(price.input_per_million, rate),
        output_per_million: multiplyMoney(price.output_per_million, rate),
      }

const amount = z.union([z.string(), z.number()]).transform(String)

/** OpenRouter's `provider.max_price`: USD per million tokens, a hard filter on those that it routes to. */
const MaxPrice = z.object({ provider: z.object({ max_price: z.object({ prompt: amount, completion: amount }) }) })

/** What may be charged at most, where `extra` of a request lets a provider route to dearer ones. */
export const maxPriceOf = (extra: unknown, price: Price): Price => {
  const told = MaxPrice.safeParse(extra)
  if (!told.success) return price
  const { prompt, completion } = told.data.provider.max_price
  return {
    input_per_million: maxMoney(prompt, price.input_per_million),
    output_per_million: maxMoney(completion, price.output_per_million),
  }
}

import { z } from 'zod'
import { maxMoney, multiplyMoney } from './money.ts'

/** The price of a million tokens, as decimal strings. */
export type Price = { input_per_million: string; output_per_million: string }

/** Converts a price to USD. `rate`: USD per unit of the price's currency; null for USD. */
export const inDollars = (price: Price, rate: string | null): Price =>
  rate === null
    ? price
    : {
        input_per_million: multiplyMoney(price.input_per_million, rate),
        output_per_million: multiplyMoney(price.output_per_million, rate),
      }

const amount = z.union([z.string(), z.number()]).transform(String)

/** The `provider.max_price` of OpenRouter: USD per million tokens. OpenRouter uses only providers up to this price. */
const MaxPrice = z.object({ provider: z.object({ max_price: z.object({ prompt: amount, completion: amount }) }) })

/** The highest price of a request, when its `extra` lets OpenRouter use more expensive providers. */
export const maxPriceOf = (extra: unknown, price: Price): Price => {
  const told = MaxPrice.safeParse(extra)
  if (!told.success) return price
  const { prompt, completion } = told.data.provider.max_price
  return {
    input_per_million: maxMoney(prompt, price.input_per_million),
    output_per_million: maxMoney(completion, price.output_per_million),
  }
}

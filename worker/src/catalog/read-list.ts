import { multiplyMoney, readMoney } from '@recto/shared/money'
import type { Price } from '@recto/shared/price'
import { z } from 'zod'

/** What a provider's own list says about a model. */
export type ListedModel = {
  id: string
  /** USD per million tokens; `no` when the list has no price, `invalid` when it is no amount. */
  price: Price | 'no' | 'invalid'
  contextTokens: number | null
  /** The day after which the provider no longer serves the model. */
  endsOn: string | null
}

/** The models of a provider's list, by each id by which the provider knows them. */
export type ModelList = {
  byId: ReadonlyMap<string, ListedModel>
  /** False when the provider says that its list has more pages. */
  isWhole: boolean
}

const List = z.looseObject({ data: z.array(z.unknown()), has_more: z.unknown().optional() })
const Entry = z.looseObject({
  id: z.string().min(1).max(200),
  canonical_slug: z.string().min(1).max(200).nullish().catch(null),
  pricing: z.looseObject({ prompt: z.unknown().optional(), completion: z.unknown().optional() }).nullish().catch(null),
  context_length: z.int().positive().nullish().catch(null),
  expiration_date: z.string().max(40).nullish().catch(null),
})

const MILLION = '1000000'
/** USD per million tokens. No provider charges as much; such a price is one of another unit. */
const dearest = 100_000

/** The price of a million tokens from that of one, as OpenRouter lists it; null when it is no amount. */
const perMillion = (perToken: unknown): string | null => {
  const amount = readMoney(perToken)
  if (amount === null) return null
  const price = multiplyMoney(amount, MILLION)
  return Number(price) <= dearest ? price : null
}

const priceOf = ({ pricing }: z.infer<typeof Entry>): ListedModel['price'] => {
  const { prompt, completion } = pricing ?? {}
  if (prompt == null && completion == null) return 'no'
  const [input, output] = [perMillion(prompt), perMillion(completion)]
  return input === null || output === null ? 'invalid' : { input_per_million: input, output_per_million: output }
}

/** Gemini's ids begin with `models/`, which requests to it leave out. */
const namesOf = ({ id, canonical_slug }: z.infer<typeof Entry>): string[] => [
  id,
  ...(id.startsWith('models/') ? [id.slice('models/'.length)] : []),
  ...(canonical_slug ? [canonical_slug] : []),
]

/**
 * Reads the answer of `GET /models`: OpenAI's form, which has ids only, or OpenRouter's with prices and windows. An entry
 * that is no model is left out.
 * @throws Error whose message says what is wrong, when the answer is no list of models
 */
export const readList = (body: string): ModelList => {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    throw new Error('the answer is not JSON')
  }
  const list = List.safeParse(json)
  if (!list.success) throw new Error('the answer is no list of models')
  const byId = new Map<string, ListedModel>()
  const entries = list.data.data.flatMap((entry) => Entry.safeParse(entry).data ?? [])
  if (entries.length === 0) throw new Error('the list has no models')
  // The ids of all entries come before other names of them, so that no other name hides an id.
  for (const at of [0, 1, 2])
    for (const entry of entries) {
      const name = namesOf(entry)[at]
      if (name === undefined || byId.has(name)) continue
      const { id, context_length, expiration_date } = entry
      byId.set(name, {
        id,
        price: priceOf(entry),
        contextTokens: context_length ?? null,
        endsOn: expiration_date?.slice(0, 10) || null,
      })
    }
  return { byId, isWhole: list.data.has_more !== true }
}

import { isMoreMoney, multiplyMoney } from '@recto/shared/money'
import type { Price } from '@recto/shared/price'
import type { Route } from '../llm/route.ts'
import type { ListedModel, ModelList } from './read-list.ts'

/**
 * What a provider's list says about a route of the catalog. `suspicious`: its price or window is more than ten times, or
 * less than a tenth, of the catalog's. `unlisted`: the list has no such model. `unread`: there is no list.
 */
export type ComparedRoute = {
  provider: string
  /** The catalog's name of the model. */
  model: string
  /** The provider's name of the model. */
  provider_model: string
  result: 'equal' | 'changed' | 'suspicious' | 'no_price' | 'invalid_price' | 'unlisted' | 'unread'
  /** USD per million tokens: the catalog's, and the list's. */
  price: Price
  listed_price: Price | null
  context_tokens: number
  listed_context_tokens: number | null
  /** Whether the catalog takes the listed price with today's date, also where it is equal. */
  takes_price: boolean
  takes_window: boolean
  /** What an operator has to know or do. */
  remarks: string[]
}

const FACTOR = '10'
const sides = ['input_per_million', 'output_per_million'] as const

const isFarFrom = (listed: string, known: string): boolean =>
  isMoreMoney(listed, multiplyMoney(known, FACTOR)) || isMoreMoney(known, multiplyMoney(listed, FACTOR))

const isEqual = (a: Price, b: Price): boolean =>
  sides.every((side) => !isMoreMoney(a[side], b[side]) && !isMoreMoney(b[side], a[side]))

/** Ids of the list that may be the model under a new name. */
const similarTo = (model: string, { byId }: ModelList): string[] => {
  const own = model.split('/').at(-1) ?? model
  return [...new Set([...byId.values()].map(({ id }) => id))]
    .filter((id) => id.includes(own) || own.includes(id.split('/').at(-1) || id))
    .slice(0, 3)
}

/** OpenRouter serves no request whose price is above the max_price that it is sent. */
const exceedsMaxPrice = ({ price, maxPrice }: Route, listed: Price): boolean =>
  sides.some((side) => maxPrice[side] !== price[side]) &&
  sides.some((side) => isMoreMoney(listed[side], maxPrice[side]))

const judge = (route: Route, { price, contextTokens }: ListedModel, isAccepted: boolean) => {
  const window = contextTokens ?? route.contextTokens
  const farWindow = !isAccepted && isFarFrom(String(window), String(route.contextTokens))
  const takesWindow = window !== route.contextTokens && !farWindow
  if (typeof price === 'string') return { result: `${price}_price` as const, takesPrice: false, takesWindow, farWindow }
  const farPrice = !isAccepted && sides.some((side) => isFarFrom(price[side], route.price[side]))
  const isChanged = takesWindow || !isEqual(price, route.price)
  const result = farPrice || farWindow ? 'suspicious' : isChanged ? 'changed' : 'equal'
  return { result, takesPrice: !farPrice, takesWindow, farWindow } as const
}

const remarksOn = (route: Route, listed: ListedModel, judged: ReturnType<typeof judge>): string[] => {
  const { price, endsOn, id } = listed
  const remarks = []
  const consent = `look at the provider's own page, then use --accept ${route.modelId}`
  if (judged.farWindow) remarks.push(`the window is not taken: ${consent}`)
  if (typeof price === 'object' && !judged.takesPrice) remarks.push(`the price is not taken: ${consent}`)
  if (price === 'invalid') remarks.push('the listed price is no amount and is not taken')
  if (id !== route.model && id !== `models/${route.model}`)
    remarks.push(`the provider lists it as ${id}: change the route's model`)
  if (endsOn !== null) remarks.push(`the provider serves it until ${endsOn}`)
  if (typeof price === 'object' && judged.takesPrice && exceedsMaxPrice(route, price))
    remarks.push('the price is above max_price in the quirks of the catalog: raise it, or no request is served')
  return remarks
}

/**
 * Compares a route with the list of its provider, which is null when there is none. `isAccepted`: an operator takes what
 * the list says, however far it is from the catalog.
 */
export const compareRoute = (route: Route, list: ModelList | null, isAccepted: boolean): ComparedRoute => {
  const known = {
    provider: route.provider,
    model: route.modelId,
    provider_model: route.model,
    price: route.price,
    listed_price: null,
    context_tokens: route.contextTokens,
    listed_context_tokens: null,
    takes_price: false,
    takes_window: false,
  }
  if (!list) return { ...known, result: 'unread', remarks: [] }
  const listed = list.byId.get(route.model)
  if (!listed && !list.isWhole)
    return { ...known, result: 'unread', remarks: ['the list has more pages, which are not read'] }
  if (!listed) {
    const similar = similarTo(route.model, list)
    const hint = similar.length > 0 ? `: it has ${similar.join(', ')}` : ''
    return { ...known, result: 'unlisted', remarks: [`the provider's list has no ${route.model}${hint}`] }
  }
  const judged = judge(route, listed, isAccepted)
  return {
    ...known,
    result: judged.result,
    listed_price: typeof listed.price === 'object' ? listed.price : null,
    listed_context_tokens: listed.contextTokens,
    takes_price: judged.takesPrice,
    takes_window: judged.takesWindow,
    remarks: remarksOn(route, listed, judged),
  }
}

/** Whether an operator has to look at a route: the list does not confirm it, or says something about it. */
export const needsLook = ({ result, remarks }: ComparedRoute): boolean =>
  remarks.length > 0 || !['equal', 'changed', 'no_price'].includes(result)

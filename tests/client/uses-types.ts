// What an app reads and sends. tests/client/types.test.ts compiles it beside types of changed APIs.
import type { Client, Generation, Limit, Problem, Suggestion } from '@recto/client'

export const titleOf = ({ id, status, created_at }: Generation): string => `${id} ${status} ${created_at}`
export const costOf = ({ cost_usd, tokens_output }: Generation): string =>
  `${cost_usd} USD, ${tokens_output ?? 0} tokens`
export const textOf = ({ front, back, source_quote, flags }: Suggestion): string =>
  [front, back, source_quote, ...flags].join('\n')
export const leftOf = ({ name, remaining }: Limit): string => `${name}: ${remaining}`
export const reasonOf = ({ title, code }: Problem): string => `${title} (${code === 'rate_limited' ? 'wait' : code})`
export const shortCards = (client: Client, text: string) =>
  client.generate(text, { model: 'balanced', options: { max_cards: 5 }, data_residency: 'eu' })

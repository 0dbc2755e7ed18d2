import type { Price } from '@recto/shared/price'
import { showTable } from '@recto/shared/show-table'
import type { ComparedRoute } from './compare.ts'
import type { ComparedCatalog } from './compare-catalog.ts'

const none = '-'

const priceText = ({ input_per_million, output_per_million }: Price): string =>
  `${input_per_million} / ${output_per_million}`

const heads = ['PROVIDER', 'MODEL', 'RESULT', 'PRICE', 'LISTED', 'WINDOW', 'LISTED']

const cellsOf = (compared: ComparedRoute): string[] => [
  compared.provider,
  compared.model,
  compared.result,
  priceText(compared.price),
  compared.listed_price ? priceText(compared.listed_price) : none,
  String(compared.context_tokens),
  String(compared.listed_context_tokens ?? none),
]

/** Formats what was compared as a table with the prices of a million tokens in USD, and remarks below it. */
export const showCompared = ({ routes, unread }: ComparedCatalog): string => {
  const remarks = routes.flatMap(({ provider, model, remarks }) =>
    remarks.map((remark) => `${provider} ${model}: ${remark}`),
  )
  const lists = [...unread].map(([provider, reason]) => `${provider}: ${reason}`)
  return [showTable([heads, ...routes.map(cellsOf)]), [...remarks, ...lists].join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
}

import type { Outcome } from './outcome.ts'

/** Formats a finished generation for the terminal: its cards with their quotes, or why there are none. */
export const formatCards = ({ generation, suggestions }: Outcome): string => {
  if (generation.status !== 'succeeded') {
    const why = generation.error ? `${generation.error.code}: ${generation.error.message}` : 'it has no cards'
    return `The generation ${generation.id} ${generation.status === 'failed' ? 'failed' : `is ${generation.status}`}: ${why}`
  }
  const cards = suggestions.map(({ front, back, source_quote }, index) => {
    const number = String(index + 1).padStart(2)
    return `${number}. ${front}\n    = ${back}\n    « ${source_quote.replaceAll(/\s+/g, ' ')} »`
  })
  const served = generation.ai_metadata.model_served
  const by = typeof served === 'string' ? ` by ${served}` : ''
  return [`${suggestions.length} cards${by}, ${generation.cost_usd} USD:`, ...cards].join('\n\n')
}

import { cleanText } from './clean-text.ts'
import type { Exchange } from './exchange.ts'

/** The id by which a provider finds a request again: OpenRouter's generation id, else the request id header, else the body's. */
export const requestIdOf = ({ completion, headers }: Pick<Exchange, 'completion' | 'headers'>): string | null => {
  const ofBody = completion.id
  if (ofBody?.startsWith('gen-')) return ofBody
  const ofHeaders = headers.get('x-generation-id') ?? headers.get('x-request-id') ?? headers.get('request-id')
  return ofHeaders === null ? ofBody : cleanText(ofHeaders, 200)
}

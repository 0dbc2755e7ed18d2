import { cleanText } from './clean-text.ts'
import type { RawResponse } from './send.ts'

/** The id that a provider's headers give a request. */
export const idInHeaders = (headers: Headers): string | null => {
  const id = headers.get('x-generation-id') ?? headers.get('x-request-id') ?? headers.get('request-id')
  return id === null ? null : cleanText(id, 200)
}

/** The id by which a provider finds a request again: OpenRouter's generation id, else the request id header, else the body's. */
export const requestIdOf = ({ completion, headers }: Pick<RawResponse, 'completion' | 'headers'>): string | null =>
  completion.id?.startsWith('gen-') ? completion.id : (idInHeaders(headers) ?? completion.id)

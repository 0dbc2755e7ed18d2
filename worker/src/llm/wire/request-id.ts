import { cleanText } from './clean-text.ts'
import type { Completion } from './completion.ts'

/** The id that a provider's headers give a request. */
export const idInHeaders = (headers: Headers): string | null => {
  const id = headers.get('x-generation-id') ?? headers.get('x-request-id') ?? headers.get('request-id')
  return id === null ? null : cleanText(id, 200)
}

/** What has been received of a response, as far as ids stand in it. */
type Identified = { completion: Pick<Completion, 'id'>; headers: Headers }

/** The id by which a provider finds a request again: OpenRouter's generation id, else the request id header, else the body's. */
export const requestIdOf = ({ completion, headers }: Identified): string | null =>
  completion.id?.startsWith('gen-') ? completion.id : (idInHeaders(headers) ?? completion.id)

import type { RawResponse } from './raw-response.ts'

/** The id of a request in the provider's response headers, as it was received; null when there is none. */
export const idInHeaders = (headers: Headers): string | null =>
  headers.get('x-generation-id') ?? headers.get('x-request-id') ?? headers.get('request-id')

/**
 * The id by which the provider can look a request up, as it was received: OpenRouter's generation id, else the id
 * header, else the body's `id`.
 */
export const requestIdOf = ({ completion, headers }: Pick<RawResponse, 'completion' | 'headers'>): string | null =>
  completion.id?.startsWith('gen-') ? completion.id : (idInHeaders(headers) ?? completion.id)

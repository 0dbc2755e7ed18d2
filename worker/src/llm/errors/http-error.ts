import { type Post, post } from '../wire/post.ts'

/** Characters read of an error body. A longer body is cut, so that an endless one cannot fill the memory. */
const maxBodyLength = 256 * 1024

/** A response whose status is not 2xx. `fetchOrThrow` throws it before the SDK reads the body. */
class HttpError extends Error {
  readonly response: Response

  constructor(response: Response) {
    super(`HTTP ${response.status}`)
    this.response = response
  }
}

/** What a completion passes beside the usual options of `fetch`, through the SDK's `fetchOptions`. */
export type CompletionInit = Pick<RequestInit, 'redirect'> & { onSend?: Post['onSend'] }

/** @throws HttpError for any status that is not 2xx */
export const okOrThrow = (response: Response): Response => {
  if (response.ok) return response
  throw new HttpError(response)
}

/**
 * The `fetch` that the OpenAI SDK uses; throws on any status that is not 2xx. Otherwise the SDK reads the whole error
 * body and keeps only its `error` field: it loses the other fields and JSON strings, and fails on deep nesting.
 * It follows no redirect, because the text and the key are meant for no other address than the catalog's.
 * A completion, which has `onSend`, goes by `post`. All other requests, as cost look-ups, go by Node's `fetch`.
 */
export const fetchOrThrow = async (
  input: string | URL | Request,
  init: RequestInit & CompletionInit = {},
): Promise<Response> => {
  const { onSend, body, headers, signal = null } = init
  // The SDK sends a completion as a text. `fetch` tells nothing of when it sends, so that it counts as sent at once.
  const isText = typeof body === 'string'
  if (!isText) onSend?.()
  const response =
    onSend && isText
      ? await post(String(input), { headers: new Headers(headers), body, signal, onSend })
      : await fetch(input, { ...init, redirect: 'manual' })
  return okOrThrow(response)
}

/** The error response that made an SDK request throw, or null when the error has another cause. */
export const httpErrorIn = (error: unknown): Response | null =>
  error instanceof Error && error.cause instanceof HttpError ? error.cause.response : null

const parseOrText = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * Reads about the first 256 Ki characters of a body and parses them if they are JSON. Never throws: after an abort or
 * when the connection breaks it returns the part that was read.
 */
export const readBody = async ({ body }: Response, signal: AbortSignal): Promise<unknown> => {
  const reader = body?.getReader()
  if (!reader) return ''
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  const utf8 = new TextDecoder()
  let text = ''
  try {
    for (let chunk = await reader.read(); !chunk.done && text.length < maxBodyLength; chunk = await reader.read())
      text += utf8.decode(chunk.value, { stream: true })
  } catch {
    // The status and the headers have arrived, so a connection that breaks now only loses the rest of the message.
  } finally {
    cancel()
    signal.removeEventListener('abort', cancel)
  }
  return parseOrText(text)
}

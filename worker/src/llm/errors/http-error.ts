/** No error of a provider is longer; a body without end is no reason to run out of memory. */
const longest = 256 * 1024

/** A response that is no success, thrown before the SDK reads its body. */
class HttpError extends Error {
  readonly response: Response

  constructor(response: Response) {
    super(`HTTP ${response.status}`)
    this.response = response
  }
}

/**
 * `fetch` for the SDK, which would read the body of a refusal itself: all of it, and then keep its `error` field alone. That loses
 * what stands beside a word (`{"error": "UNAUTHORIZED", "message": …}`), drops a body that is a JSON string, and fails on deep nesting.
 */
export const fetchOrThrow = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const response = await fetch(input, init)
  if (response.ok) return response
  throw new HttpError(response)
}

/** The refusal that made a request of the SDK throw, or null. */
export const httpErrorIn = (error: unknown): Response | null =>
  error instanceof Error && error.cause instanceof HttpError ? error.cause.response : null

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A short body, parsed where it is JSON. Never throws: what broke off or went on for too long is told as far as it was read. */
export const readBody = async ({ body }: Response, signal: AbortSignal): Promise<unknown> => {
  const reader = body?.getReader()
  if (!reader) return ''
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  const utf8 = new TextDecoder()
  let text = ''
  try {
    for (let chunk = await reader.read(); !chunk.done && text.length < longest; chunk = await reader.read())
      text += utf8.decode(chunk.value, { stream: true })
  } catch {
    // The status and the headers are there: a connection that breaks now costs the words alone.
  } finally {
    cancel()
    signal.removeEventListener('abort', cancel)
  }
  return parsed(text)
}

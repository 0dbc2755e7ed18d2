import { type AnsweredProblem, failed, problemError, type RectoError } from './errors.ts'
import { type Limit, pause, within } from './limit.ts'

export type ClientOptions = {
  /** Where the API is, for example `https://recto.example.com`. */
  url: string
  /**
   * The access token of the person's session. It is asked for each request, and once more with the token that the API
   * did not accept, for which it should get a new one. What it throws ends the call, as the `cause` of a RectoError.
   */
  getToken(rejected?: string): string | Promise<string>
  /** The account that is limited and billed: a team of the person. Without it, the person's own account. */
  account?: string
  /** In place of the global `fetch`. */
  fetch?: typeof fetch
}

type Call = {
  method?: string
  path: string
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is, in place of `body`. */
  file?: Blob | string
  headers?: Record<string, string>
  /** False for a call that would do its work twice: it is repeated only when the API says that it did nothing. */
  repeatable?: boolean
  /** What the answer is, in place of JSON. A stream of events is answered when it begins. */
  as?: 'file' | 'stream'
  /** A token that the API did not accept before. */
  rejected?: string | undefined
  /** How long an API may be away, in milliseconds. It also bounds the time after which the API asks to come back. */
  patienceMs?: number | undefined
}

/**
 * `retryAfterMs`: when to ask again, of an answer that is not final. `token` is the one that was sent. `close` ends a
 * stream.
 */
export type Answer = {
  response: Response
  body: unknown
  retryAfterMs: number | null
  token: string
  close: () => void
}

export type Send = (call: Call, limit: Limit) => Promise<Answer>

/** An API that has not answered for this long is not restarting, but away. */
const usualPatienceMs = 30_000
/** The longest time to an answer: the API holds a request for up to 30 seconds. A file of all cards may take longer. */
const answerMs = 45_000
const fileMs = 300_000
/** A stream begins at once. */
const streamMs = 10_000
export const shortestPauseMs = 250
export const longestPauseMs = 4_000

const isProblem = (body: unknown): body is AnsweredProblem =>
  typeof body === 'object' && body !== null && 'code' in body && 'title' in body

/** Of conflicts, only the one of two requests with the same idempotency key passes. */
const mayPass = (status: number, body: unknown) =>
  status === 408 || status === 429 || (status >= 500 && status !== 501) || (isProblem(body) && body.code === 'conflict')

/** A page of a proxy may have the status 200, too. Only a deletion is answered with nothing. */
const isAnswer = ({ response, body }: Answer, { method }: Call) =>
  response.ok && (body != null || (response.status === 204 && method === 'DELETE'))

/** What was answered, as far as it is of the type that was asked for. Errors are JSON always. */
const bodyOf = (response: Response, as: Call['as']): Promise<unknown> | unknown => {
  const type = response.headers.get('content-type') ?? ''
  if (as === 'file' && response.ok) return response.blob()
  if (as === 'stream' && type.startsWith('text/event-stream')) return response.body ?? undefined
  return /[/+]json\b/.test(type) ? response.json() : undefined
}

/** Waits of many clients differ, so that they do not come back together. */
export const spread = (ms: number) => ms * (0.75 + Math.random() / 2)

/**
 * Sends requests to the API. Each is repeated while it may succeed and may be sent twice: after a lost connection,
 * when the API asks to come back, and with a new token when the old one has expired.
 * @throws RectoError from the function that it returns
 */
export const createSend = ({ url, getToken, account, fetch: given }: ClientOptions): Send => {
  const base = url.replace(/\/+$/, '')

  const tokenOf = (rejected?: string) =>
    new Promise<string>((resolve) => resolve(getToken(rejected))).catch((error: unknown): never => {
      throw failed('no token', { code: 'token' }, error)
    })

  const ask = async (call: Call, token: string, signal: AbortSignal): Promise<Answer> => {
    const { method = 'GET', path, body, file = body === undefined ? undefined : JSON.stringify(body), as } = call
    const ending = new AbortController()
    const close = () => ending.abort()
    const timer = setTimeout(close, as === 'stream' ? streamMs : as || call.file !== undefined ? fileMs : answerMs)
    try {
      const response = await (given ?? fetch)(`${base}/api/${path}`, {
        method,
        // A redirect would take the token and the text elsewhere.
        redirect: 'manual',
        credentials: 'omit',
        signal: AbortSignal.any([signal, ending.signal]),
        headers: {
          authorization: `Bearer ${token}`,
          ...(account !== undefined && { 'x-recto-account': account }),
          ...(file !== undefined && { 'content-type': body === undefined ? 'text/plain' : 'application/json' }),
          ...call.headers,
        },
        ...(file !== undefined && { body: file }),
      })
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
      const retryAfterMs = Number.isNaN(seconds) ? null : seconds * 1000
      return { response, body: await bodyOf(response, as), retryAfterMs, token, close }
    } finally {
      clearTimeout(timer)
    }
  }

  /** The error of an answer, and how long to wait before the next try; null when another try does not help. */
  const judge = ({
    response,
    body,
    retryAfterMs,
  }: Answer): { error: RectoError; waitMs: number | null | undefined } => {
    const { status } = response
    const error = isProblem(body)
      ? problemError(status, body, retryAfterMs && retryAfterMs / 1000)
      : failed(`what answered is not the API (status ${status})`, { code: 'unexpected_answer', status })
    return { error, waitMs: mayPass(status, body) ? (retryAfterMs ?? undefined) : null }
  }

  return async (call, limit) => {
    const begun = performance.now()
    const { patienceMs = usualPatienceMs } = call
    let { rejected } = call
    let isRenewed = false
    let backoffMs = shortestPauseMs
    for (;;) {
      const token = await within(limit, tokenOf(rejected))
      const answer = await within(limit, ask(call, token, limit.signal)).catch((error: unknown) => {
        if (limit.signal.aborted) throw limit.ended()
        return { error: failed('the API cannot be reached', { code: 'network' }, error), waitMs: undefined }
      })
      if ('response' in answer && isAnswer(answer, call)) return answer
      if ('response' in answer && answer.response.status === 401 && !isRenewed) {
        isRenewed = true
        rejected = token
        continue
      }
      const { error, waitMs } = 'response' in answer ? judge(answer) : answer
      // After a 429 nothing was done, and the same may be asked again later.
      if (call.repeatable === false && !('response' in answer && answer.response.status === 429)) throw error
      const awayMs = performance.now() - begun
      const isAway = waitMs === undefined ? awayMs > patienceMs : awayMs + (waitMs ?? 0) > (call.patienceMs ?? Infinity)
      // An API that says 0 seconds again and again is not asked without a pause.
      const nextMs = Math.max(waitMs ?? 0, spread(backoffMs))
      if (waitMs === null || isAway || nextMs > limit.leftMs()) throw error
      await pause(limit, nextMs)
      backoffMs = Math.min(backoffMs * 2, longestPauseMs)
    }
  }
}

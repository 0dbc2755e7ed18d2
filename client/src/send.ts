import type { Problem } from './api.ts'
import { failed, problemError, type RectoError } from './errors.ts'
import { type Limit, pause, within } from './limit.ts'

export type ClientOptions = {
  /** Where the API is, for example `https://recto.example.com`. */
  url: string
  /**
   * The access token of the person's session. It is asked for each request, and once more with the token that the API
   * did not accept, for which it should get a new one.
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
  /** The answer is a file and no JSON. */
  asFile?: boolean
}

/** `retryAfterMs`: when to ask again, of an answer that is not final. */
type Answer = { response: Response; body: unknown; retryAfterMs: number | null }

export type Send = (call: Call, limit: Limit) => Promise<Answer>

/** An API that has not answered for this long is not restarting, but away. */
const patienceMs = 30_000
/** The longest time to an answer: the API holds a request for up to 30 seconds. A file of all cards may take longer. */
const answerMs = 45_000
const fileMs = 300_000
const shortestPauseMs = 250
const longestPauseMs = 4_000

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'code' in body && 'title' in body

/** Nothing was done, and the same may be asked again later. */
const isRefusal = (status: number) => status === 429

/** Of conflicts, only the one of two requests with the same idempotency key passes. */
const mayPass = (status: number, body: unknown) =>
  status === 408 || status === 429 || status >= 500 || (isProblem(body) && body.code === 'conflict')

/** A page of a proxy may have the status 200, too. */
const isAnswer = ({ response, body }: Answer) => response.ok && (body !== undefined || response.status === 204)

/** Waits of many clients differ, so that they do not come back together. */
const spread = (ms: number) => ms * (0.75 + Math.random() / 2)

/**
 * Sends requests to the API. Each is repeated while it may succeed and may be sent twice: after a lost connection,
 * when the API asks to come back, and with a new token when the old one has expired.
 * @throws RectoError from the function that it returns
 */
export const createSend = ({ url, getToken, account, fetch: given }: ClientOptions): Send => {
  const base = url.replace(/\/+$/, '')

  const ask = async (call: Call, token: string, signal: AbortSignal) => {
    const { method = 'GET', path, body, file = body === undefined ? undefined : JSON.stringify(body), headers } = call
    const response = await (given ?? fetch)(`${base}/api/${path}`, {
      method,
      // A redirect would take the token and the text elsewhere.
      redirect: 'manual',
      credentials: 'omit',
      signal: AbortSignal.any([
        signal,
        AbortSignal.timeout(call.asFile || call.file !== undefined ? fileMs : answerMs),
      ]),
      headers: {
        authorization: `Bearer ${token}`,
        ...(account !== undefined && { 'x-recto-account': account }),
        ...(file !== undefined && { 'content-type': body === undefined ? 'text/plain' : 'application/json' }),
        ...headers,
      },
      ...(file !== undefined && { body: file }),
    })
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
    const readable = call.asFile && response.ok ? response.blob() : isJson ? response.json() : undefined
    const answered: unknown = await readable
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return { response, body: answered, retryAfterMs: Number.isNaN(seconds) ? null : seconds * 1000 }
  }

  /** The error of an answer, and how long to wait before the next try; null when another try does not help. */
  const judge = ({
    response,
    body,
    retryAfterMs,
  }: Answer): { error: RectoError; waitMs: number | null | undefined } => {
    const { status } = response
    const error = isProblem(body)
      ? problemError(status, body, retryAfterMs === null ? null : retryAfterMs / 1000)
      : failed(`what answered is not the API (status ${status})`, { code: 'unexpected_answer', status })
    return { error, waitMs: mayPass(status, body) ? (retryAfterMs ?? undefined) : null }
  }

  return async (call, limit) => {
    const begun = performance.now()
    let rejected: string | undefined
    let backoffMs = shortestPauseMs
    for (;;) {
      const token = await within(limit, Promise.resolve(getToken(rejected)))
      const answer = await within(limit, ask(call, token, limit.signal)).catch((error: unknown) => {
        if (limit.signal.aborted) throw limit.ended()
        return { error: failed('the API cannot be reached', { code: 'network' }, error), waitMs: undefined }
      })
      if ('response' in answer && isAnswer(answer)) return answer
      if ('response' in answer && answer.response.status === 401 && rejected === undefined) {
        rejected = token
        continue
      }
      const { error, waitMs } = 'response' in answer ? judge(answer) : answer
      if (call.repeatable === false && !('response' in answer && isRefusal(answer.response.status))) throw error
      const away = waitMs === undefined && performance.now() - begun > patienceMs
      // An API that says 0 seconds again and again is not asked without a pause.
      const nextMs = Math.max(waitMs ?? 0, spread(backoffMs))
      if (waitMs === null || away || nextMs > limit.leftMs()) throw error
      await pause(limit, nextMs)
      backoffMs = Math.min(backoffMs * 2, longestPauseMs)
    }
  }
}

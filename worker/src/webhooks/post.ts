import type { AllowList } from '@recto/shared/webhooks/allow-list'
import { readEndpoint } from '@recto/shared/webhooks/endpoint-url'
import { WEBHOOK_POST_MS } from '../deadlines.ts'
import { judgedAddresses } from './addresses.ts'
import { type Connect, dial, connect as dialAddress } from './dial.ts'
import { createLookup, type Lookup } from './lookup.ts'
import { NotDelivered, notDelivered, type Posted } from './posted.ts'
import { readAnswer } from './read-answer.ts'
import { sendRequest } from './send-request.ts'

/** `ca`: certificates of authorities in place of those that Node trusts. `deadlineMs`: for the whole delivery. */
export type PostDeps = { allow: AllowList; lookup?: Lookup; connect?: Connect; ca?: string; deadlineMs?: number }

/** Headers of the connection (host, content-length and the like) are set by the delivery itself. */
export type WebhookRequest = { headers: Record<string, string>; body: string; signal: AbortSignal }

/**
 * Posts one message to a person's endpoint, over a connection of its own to an address that may be dialled. It follows
 * no redirect and sends nothing twice, and a failure is a result.
 * @throws the reason of the signal when it is aborted before an answer comes
 */
export const createPost = (deps: PostDeps) => {
  const { allow, lookup = createLookup(), connect = dialAddress, ca, deadlineMs = WEBHOOK_POST_MS } = deps

  const send = async (url: string, request: WebhookRequest, signal: AbortSignal) => {
    const { endpoint, problem } = readEndpoint(url, allow)
    if (endpoint === null) throw new NotDelivered('blocked_url', `the URL ${problem}`)
    const addresses = await judgedAddresses(endpoint, { allow, lookup, signal })
    const socket = await dial(endpoint, { addresses, connect, ca, signal })
    return sendRequest(socket, endpoint, request)
  }

  return async (url: string, request: WebhookRequest): Promise<Posted> => {
    const { signal } = request
    signal.throwIfAborted()
    const startedAt = performance.now()
    const latencyMs = () => Math.round(performance.now() - startedAt)
    const over = new AbortController()
    const late = new NotDelivered('timeout', `no answer within ${deadlineMs} ms`)
    const timer = setTimeout(() => over.abort(late), deadlineMs)
    const onAbort = () => over.abort(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const message = await send(url, request, over.signal)
      return await readAnswer(message, latencyMs())
    } catch (error) {
      const cause = over.signal.aborted ? over.signal.reason : error
      if (cause instanceof NotDelivered) return notDelivered(cause, latencyMs())
      throw cause
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      // Closes the connection, whatever happened.
      over.abort()
    }
  }
}

export type WebhookPost = ReturnType<typeof createPost>

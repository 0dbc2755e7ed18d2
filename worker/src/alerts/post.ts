import { Webhook } from 'standardwebhooks'
import { ALERT_POST_MS } from '../deadlines.ts'
import type { Message } from './message.ts'

/** `secret`: base64, with or without `whsec_`; null for unsigned messages. */
export type WebhookTarget = { url: string; secret: string | null }

/**
 * The result of a delivery. `status`: the HTTP status, or null without an answer. The URL is a secret and not part of
 * it.
 */
export type Posted = { ok: boolean; status: number | null }

/**
 * Posts alerts as JSON with the headers of Standard Webhooks; webhook-signature only with a secret. A delivery succeeds
 * with a 2xx answer in time. Redirects are not followed, and a failure is a result.
 * @throws Error when the secret is no base64
 */
export const createPost = ({ url, secret }: WebhookTarget, now: () => number) => {
  const signer = secret === null ? null : new Webhook(secret)

  return async ({ id, ...message }: Message): Promise<Posted> => {
    const at = new Date(now())
    const body = JSON.stringify(message.body)
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      ...(signer && { 'webhook-signature': signer.sign(id, at, body) }),
    }
    const signal = AbortSignal.timeout(ALERT_POST_MS)
    try {
      const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
      await answer.body?.cancel()
      return { ok: answer.ok, status: answer.status }
    } catch {
      return { ok: false, status: null }
    }
  }
}

export type Post = ReturnType<typeof createPost>

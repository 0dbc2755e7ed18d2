import { Webhook } from 'standardwebhooks'
import { ALERT_POST_MS } from '../deadlines.ts'
import { type Alert, alertId, messageOf } from './alert.ts'

/** `secret`: whsec_ and base64, or null for unsigned messages. */
export type WebhookTarget = { url: string; secret: string | null }

/** How a message was taken; an HTTP status, or null when there was no answer. The URL is a secret and never in it. */
export type Posted = { ok: boolean; status: number | null }

/**
 * Posts alerts as JSON with the headers of Standard Webhooks (webhook-id, webhook-timestamp, and webhook-signature where there is
 * a secret). Taken means 2xx in time; a redirect is not followed.
 * @throws when the secret is no base64
 */
export const createPost = ({ url, secret }: WebhookTarget, now: () => number) => {
  const signer = secret === null ? null : new Webhook(secret)

  return async (alert: Alert): Promise<Posted> => {
    const id = alertId(alert)
    const at = new Date(now())
    const body = JSON.stringify(messageOf(alert))
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

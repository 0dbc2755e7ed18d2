import type { Logger } from '@recto/shared/log'
import { redactSecrets } from '../llm/errors/redact-secrets.ts'
import type { WebhookPost } from './post.ts'
import type { FailureClass, Posted } from './posted.ts'
import { secondsUntilRetry } from './retry-schedule.ts'
import { signedHeaders } from './sign.ts'
import type { DeliveryJob, WebhookStore } from './store.ts'

export type DeliverDeps = {
  store: Pick<WebhookStore, 'read' | 'handBack' | 'record'>
  post: WebhookPost
  now(): number
  /** From 0 to 1. */
  random(): number
  /** `over`: no other request is made for the delivery. */
  onAttempt(result: 'succeeded' | FailureClass, latencyMs: number, over: boolean): void
  onDisabled(reason: 'gone' | 'failing'): void
  log: Logger
}

/** A receiver that is gone is not asked again, and what it was sent before is given up. */
const gone = 410

/** The most of an answer that people are shown. */
const maxExcerpt = 4_096

const shown = (posted: Posted): Posted =>
  posted.ok ? posted : { ...posted, excerpt: posted.excerpt && redactSecrets(posted.excerpt).slice(0, maxExcerpt) }

/**
 * Makes one request for a delivery, and writes what came of it. A request that `signal` ends, because the worker stops, is
 * handed back.
 */
export const createDeliver =
  ({ store, post, now, random, onAttempt, onDisabled, log }: DeliverDeps) =>
  async (job: DeliveryJob, signal: AbortSignal): Promise<void> => {
    const message = await store.read(job)
    if (!message || signal.aborted) return store.handBack(job)
    const { endpoint_id, url, webhook_id, type, timestamp, data, keys } = message
    const body = JSON.stringify({ type, timestamp, data })
    const at = now()
    const answering = post(url, { headers: signedHeaders(webhook_id, at, body, keys), body, signal })
    const posted = await answering.catch((error: unknown) => {
      if (signal.aborted) return null
      throw error
    })
    if (posted === null) return store.handBack(job)

    const tries = message.tries + 1
    const givenUp = posted.ok || posted.status === gone
    const againSeconds = givenUp ? null : secondsUntilRetry(tries, posted.retryAfterSeconds, random())
    const attempt = { startedAt: new Date(at).toISOString(), posted: shown(posted), againSeconds }
    const disabled = await store.record(job, attempt)
    const result = posted.ok ? 'succeeded' : posted.class
    onAttempt(result, posted.latencyMs, againSeconds === null)
    const webhook = { endpoint_id, account_id: job.accountId }
    const answer = { result, http_status: posted.status, latency_ms: posted.latencyMs, tries }
    log.info({ ...webhook, delivery_id: job.id, webhook_id, type, ...answer }, 'webhook attempted')
    if (disabled === null) return
    onDisabled(disabled)
    log.warn({ ...webhook, reason: disabled }, 'webhook disabled')
  }

export type Deliver = ReturnType<typeof createDeliver>

import type { Logger } from '@recto/shared/log'
import type { AllowList } from '@recto/shared/webhooks/allow-list'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import type { Clock } from '../clock.ts'
import { POLL_MS, RECOVERY_EVERY_MS, WEBHOOK_AWAKE_MS, WEBHOOK_LOST_MS } from '../deadlines.ts'
import type { Metrics } from '../metrics.ts'
import { createDeliver } from '../webhooks/deliver.ts'
import { createWebhookDispatch } from '../webhooks/dispatch.ts'
import { createPost } from '../webhooks/post.ts'
import { createWebhookStore } from '../webhooks/store.ts'

export type WebhooksDeps = {
  pool: pg.Pool
  boss: PgBoss
  /** Where requests may go besides public addresses. */
  allow: AllowList
  /** Whether the operator has a webhook for alerts. */
  tellOperator: boolean
  metrics: Pick<Metrics, 'webhookAttempted' | 'webhookDisabled'>
  /** A webhook was disabled; the message about it, if there is one, is in the queue. */
  onDisabled(): void
  clock: Clock
  random(): number
  log: Logger
}

/** A request waits for its receiver most of the time, so there may be many. */
const slots = 100

/** What sends events to the webhooks of accounts. */
export const buildWebhooks = ({
  pool,
  boss,
  allow,
  tellOperator,
  metrics,
  clock,
  random,
  log,
  ...deps
}: WebhooksDeps) => {
  const onUnreadable = (error: unknown) => log.warn({ error }, 'job of a webhook delivery could not be read')
  const store = createWebhookStore({ pool, boss, tellOperator, onUnreadable })
  const onDisabled = (reason: 'gone' | 'failing') => {
    metrics.webhookDisabled(reason)
    deps.onDisabled()
  }
  return createWebhookDispatch({
    store,
    deliver: createDeliver({
      store,
      post: createPost({ allow }),
      now: clock.now,
      random,
      onAttempt: metrics.webhookAttempted,
      onDisabled,
      log,
    }),
    slots,
    now: clock.steady,
    pollMs: POLL_MS,
    awakeMs: WEBHOOK_AWAKE_MS,
    recoverEveryMs: RECOVERY_EVERY_MS,
    longestMs: WEBHOOK_LOST_MS,
    onError: (error) => log.warn({ error }, 'webhook delivery failed unexpectedly'),
  })
}

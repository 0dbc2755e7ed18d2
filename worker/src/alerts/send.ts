import type { Logger } from '@recto/shared/log'
import { ALERT_AGAIN_MS, ALERT_LONGEST_PAUSE_MS, PRUNE_EVERY_MS } from '../deadlines.ts'
import type { Alert } from './alert.ts'
import type { Post } from './post.ts'
import type { AlertStore, Delivery } from './store.ts'

export type AlertsDeps = {
  store: AlertStore
  /** Null when no webhook is configured. */
  post: Post | null
  onAlert(alert: Pick<Alert, 'reason' | 'threshold'>): void
  log: Logger
}

const mostAtOnce = 10

const pauseAfter = ({ retryCount }: Delivery): number =>
  Math.min(ALERT_LONGEST_PAUSE_MS, ALERT_AGAIN_MS * 2 ** retryCount)

/**
 * Reports budgets that reach a threshold, and incidents: once in the log, and by a message that stays in the queue until
 * the webhook accepts it.
 */
export const createAlerts = ({ store, post, onAlert, log }: AlertsDeps) => {
  const timers = new Set<NodeJS.Timeout>()
  let busy: Promise<void> | undefined
  let wanted = false
  let stopped = false
  const onError = (error: unknown) => log.warn({ error }, 'alert queue failed')

  /** Delivers again after `ms`. Maintenance does it for pauses that end after its next pass. */
  const deliverAgainAfter = (ms: number): void => {
    if (stopped || ms >= PRUNE_EVERY_MS) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      void deliver().catch(onError)
    }, ms).unref()
    timers.add(timer)
  }

  const deliverOne = async (post: Post, delivery: Delivery): Promise<void> => {
    const { message } = delivery
    if (!message) return store.complete(delivery)
    const { ok, status } = await post(message)
    if (ok) return store.complete(delivery)
    const pauseMs = pauseAfter(delivery)
    await store.fail(delivery, pauseMs / 1000)
    log.warn({ webhook_id: message.id, http_status: status }, 'alert delivery failed')
    deliverAgainAfter(pauseMs)
  }

  const deliverAll = async (post: Post): Promise<void> => {
    while (wanted && !stopped) {
      const found = await store.fetch(mostAtOnce)
      wanted = found.length === mostAtOnce
      await Promise.all(found.map((delivery) => deliverOne(post, delivery)))
    }
  }

  /** Delivers the messages that are due, one fetch at a time. A call during a fetch leads to another fetch. */
  const deliver = async (): Promise<void> => {
    if (!post) return
    wanted = true
    busy ??= deliverAll(post).finally(() => {
      busy = undefined
    })
    await busy
  }

  return {
    /** Enqueues messages for new alerts, and starts their delivery without waiting for it. */
    enqueueAlerts: async (): Promise<void> => {
      const alerts = await store.enqueueAlerts(post !== null)
      for (const alert of alerts) {
        log.warn(alert, alert.reason === 'spent' ? 'budget threshold reached' : 'budget denied a call')
        onAlert(alert)
      }
      if (alerts.length > 0) void deliver().catch(onError)
    },
    /** Reports the begin and the end of incidents: once in the log, and by a message. */
    checkIncidents: async (): Promise<void> => {
      const incidents = await store.checkIncidents(post !== null)
      for (const { name, closed_at, ...incident } of incidents) {
        log.warn({ incident: { name, ...incident } }, closed_at === null ? 'incident opened' : 'incident closed')
      }
      if (incidents.length > 0) void deliver().catch(onError)
    },
    deliver,
    stop: async (): Promise<void> => {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      await busy?.catch(() => undefined)
    },
  }
}

export type Alerts = ReturnType<typeof createAlerts>

import type { Logger } from '@recto/shared/log'
import { ALERT_AGAIN_MS, ALERT_LONGEST_PAUSE_MS, PRUNE_EVERY_MS } from '../deadlines.ts'
import type { Post } from './post.ts'
import type { AlertStore, Delivery } from './store.ts'

export type AlertsDeps = {
  store: AlertStore
  /** Null where no webhook is set. */
  post: Post | null
  onAlert(threshold: number): void
  log: Logger
}

const mostAtOnce = 10

const pauseAfter = ({ retryCount }: Delivery): number =>
  Math.min(ALERT_LONGEST_PAUSE_MS, ALERT_AGAIN_MS * 2 ** retryCount)

/** Tells of used up budgets: in the log and the metrics, once each, and by messages that the queue keeps until they are taken. */
export const createAlerts = ({ store, post, onAlert, log }: AlertsDeps) => {
  const timers = new Set<NodeJS.Timeout>()
  let busy: Promise<void> | undefined
  let wanted = false
  let stopped = false
  const onError = (error: unknown) => log.warn({ error }, 'alerts not delivered')

  /** What is due after the sweep looks next is left to it. */
  const lookAgainAfter = (ms: number): void => {
    if (stopped || ms >= PRUNE_EVERY_MS) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      void deliver().catch(onError)
    }, ms).unref()
    timers.add(timer)
  }

  const deliverOne = async (post: Post, delivery: Delivery): Promise<void> => {
    const { alert } = delivery
    if (!alert) return store.complete(delivery)
    const { ok, status } = await post(alert)
    if (ok) return store.complete(delivery)
    const pauseMs = pauseAfter(delivery)
    await store.fail(delivery, pauseMs / 1000)
    log.warn({ account_id: alert.account_id, threshold: alert.threshold, http_status: status }, 'alert not taken')
    lookAgainAfter(pauseMs)
  }

  const deliverAll = async (post: Post): Promise<void> => {
    while (wanted && !stopped) {
      const found = await store.fetch(mostAtOnce)
      wanted = found.length === mostAtOnce
      await Promise.all(found.map((delivery) => deliverOne(post, delivery)))
    }
  }

  /** Posts the messages that are due, one look at a time: what is asked for during one is looked for after it. */
  const deliver = async (): Promise<void> => {
    if (!post) return
    wanted = true
    busy ??= deliverAll(post).finally(() => {
      busy = undefined
    })
    await busy
  }

  return {
    /** Hands alerts on that nobody was told of. A webhook that is slow holds nobody up. */
    enqueueAlerts: async (): Promise<void> => {
      const alerts = await store.enqueueAlerts(post !== null)
      for (const { account_id, month, threshold, spent_usd, budget_usd } of alerts) {
        log.warn({ account_id, month, threshold, spent_usd, budget_usd }, 'budget alert')
        onAlert(threshold)
      }
      if (alerts.length > 0) void deliver().catch(onError)
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

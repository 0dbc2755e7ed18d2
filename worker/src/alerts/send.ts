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
  let busy: Promise<void> | undefined
  let again: NodeJS.Timeout | undefined
  let stopped = false

  /** Answers in how many milliseconds it is to be tried again; infinity when it was taken. */
  const deliverOne = async (post: Post, delivery: Delivery): Promise<number> => {
    const { alert } = delivery
    const { ok, status } = alert ? await post(alert) : { ok: true, status: null }
    if (!alert || ok) {
      await store.complete(delivery)
      return Number.POSITIVE_INFINITY
    }
    const pauseMs = pauseAfter(delivery)
    await store.fail(delivery, pauseMs / 1000)
    log.warn({ account_id: alert.account_id, threshold: alert.threshold, http_status: status }, 'alert not taken')
    return pauseMs
  }

  const deliverAll = async (post: Post): Promise<void> => {
    let soonest = Number.POSITIVE_INFINITY
    let found: Delivery[]
    do {
      found = await store.fetch(mostAtOnce)
      const pauses = await Promise.all(found.map((delivery) => deliverOne(post, delivery)))
      soonest = Math.min(soonest, ...pauses)
    } while (!stopped && found.length === mostAtOnce)
    clearTimeout(again)
    if (!stopped && soonest < PRUNE_EVERY_MS) again = setTimeout(() => void deliver().catch(onError), soonest).unref()
  }

  /** Posts the messages that are due, one look at a time. What is due after the sweep looks next is left to it. */
  const deliver = async (): Promise<void> => {
    if (!post || stopped) return
    busy ??= deliverAll(post).finally(() => {
      busy = undefined
    })
    await busy
  }

  const onError = (error: unknown) => log.warn({ error }, 'alerts not delivered')

  return {
    /** Hands alerts on that nobody was told of. A webhook that is slow holds nobody up. */
    handOn: async (): Promise<void> => {
      const alerts = await store.handOn(post !== null)
      for (const { account_id, month, threshold, spent_usd, budget_usd } of alerts) {
        log.warn({ account_id, month, threshold, spent_usd, budget_usd }, 'budget alert')
        onAlert(threshold)
      }
      if (alerts.length > 0) void deliver().catch(onError)
    },
    deliver,
    stop: async (): Promise<void> => {
      stopped = true
      clearTimeout(again)
      await busy?.catch(() => undefined)
    },
  }
}

export type Alerts = ReturnType<typeof createAlerts>

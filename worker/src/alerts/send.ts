import type { Logger } from '@recto/shared/log'
import { ALERT_AGAIN_MS } from '../deadlines.ts'
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

/** Tells of used up budgets: in the log and the metrics, once each, and by messages that the queue keeps until they are taken. */
export const createAlerts = ({ store, post, onAlert, log }: AlertsDeps) => {
  let busy: Promise<void> | undefined
  let again: NodeJS.Timeout | undefined
  let stopped = false

  const deliverOne = async (post: Post, delivery: Delivery): Promise<void> => {
    const { alert } = delivery
    if (!alert) return store.complete(delivery)
    const { ok, status } = await post(alert)
    if (ok) return store.complete(delivery)
    await store.fail(delivery)
    log.warn({ account_id: alert.account_id, threshold: alert.threshold, http_status: status }, 'alert not taken')
    clearTimeout(again)
    if (!stopped) again = setTimeout(() => void deliver().catch(onError), ALERT_AGAIN_MS).unref()
  }

  const deliverAll = async (post: Post): Promise<void> => {
    for (;;) {
      const found = await store.fetch(mostAtOnce)
      await Promise.all(found.map((delivery) => deliverOne(post, delivery)))
      if (stopped || found.length < mostAtOnce) return
    }
  }

  /** Posts the messages that are due; one look at a time. */
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

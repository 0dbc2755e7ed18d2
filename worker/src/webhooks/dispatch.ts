import type { Deliver } from './deliver.ts'
import type { WebhookStore } from './store.ts'

export type WebhookDispatchDeps = {
  store: Pick<WebhookStore, 'queue' | 'fetch' | 'recover'>
  deliver: Deliver
  /** The most requests of this worker at a time. */
  slots: number
  /** Milliseconds of the steady clock. */
  now(): number
  pollMs: number
  /** How long it polls after the last delivery. */
  awakeMs: number
  recoverEveryMs: number
  /** Longer than any delivery, in milliseconds. */
  longestMs: number
  onError(error: unknown): void
}

/** Always as many, because pg-boss writes the number into the text of its statement, which is planned once per text. */
const fetchedAtOnce = 20

/**
 * Sends what is due to webhooks: when somebody says that there is something (`wake`), whenever a request ends, and by
 * polling for a while after that. A worker without deliveries sends no statement.
 */
export const createWebhookDispatch = (deps: WebhookDispatchDeps) => {
  const { store, deliver, slots, now, onError } = deps
  const running = new Set<Promise<void>>()
  const over = new AbortController()
  let polling: NodeJS.Timeout | undefined
  let passing: Promise<void> | undefined
  let awakeUntil = 0
  let recoverAt = 0
  let wanted = false
  let started = false

  const start = (job: Parameters<Deliver>[0]): void => {
    const delivery = deliver(job, over.signal)
      .catch(onError)
      .finally(() => {
        running.delete(delivery)
        wake()
      })
    running.add(delivery)
  }

  const pass = async (): Promise<void> => {
    while (wanted && started) {
      wanted = false
      if (now() >= recoverAt) {
        recoverAt = now() + deps.recoverEveryMs
        await store.recover(deps.longestMs)
      }
      const queued = await store.queue()
      if (!queued || running.size + fetchedAtOnce > slots || !started) continue
      const jobs = await store.fetch(fetchedAtOnce)
      for (const job of jobs) start(job)
      // The first ones in the queue may all be of one webhook. Others are found once it has its share.
      wanted ||= jobs.length > 0
    }
  }

  const passNow = (): void => {
    wanted = true
    passing ??= pass()
      .catch(onError)
      .finally(() => {
        passing = undefined
        // Somebody may have asked after the last look.
        if (wanted && started) passNow()
      })
  }

  const poll = (): void => {
    if (now() < awakeUntil) passNow()
    else {
      clearInterval(polling)
      polling = undefined
    }
  }

  /** There may be something to send. */
  const wake = (): void => {
    if (!started) return
    awakeUntil = now() + deps.awakeMs
    polling ??= setInterval(poll, deps.pollMs)
    passNow()
  }

  return {
    start: (): void => {
      started = true
    },
    wake,
    /** Whether no request is under way and none is looked for. */
    isIdle: (): boolean => running.size === 0 && passing === undefined,
    /** Sends nothing more. Requests that are still under way when `deadline` fires are handed back. */
    stop: async (deadline: AbortSignal): Promise<void> => {
      started = false
      clearInterval(polling)
      await passing
      const abort = () => over.abort()
      if (deadline.aborted) abort()
      deadline.addEventListener('abort', abort, { once: true })
      await Promise.all(running)
      deadline.removeEventListener('abort', abort)
    },
  }
}

export type WebhookDispatch = ReturnType<typeof createWebhookDispatch>

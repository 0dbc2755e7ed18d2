import type { Deliver } from './deliver.ts'
import type { WebhookStore } from './store.ts'

export type WebhookDispatchDeps = {
  store: Pick<WebhookStore, 'look' | 'queue' | 'fetch' | 'recover'>
  deliver: Deliver
  /** The most requests of this worker at a time. */
  slots: number
  pollMs: number
  recoverEveryMs: number
  /** Longer than any delivery, in milliseconds. */
  longestMs: number
  onError(error: unknown): void
}

/**
 * Sends what is due to webhooks: by polling, and again whenever a request ends. Unlike jobs of generations, these are not
 * waited for by anyone, so no notification wakes it.
 */
export const createWebhookDispatch = (deps: WebhookDispatchDeps) => {
  const { store, deliver, slots, onError } = deps
  const running = new Set<Promise<void>>()
  const over = new AbortController()
  let timers: NodeJS.Timeout[] = []
  let passing: Promise<void> | undefined
  let wanted = false
  let stopped = false

  const pass = async (): Promise<void> => {
    while (wanted && !stopped) {
      wanted = false
      const { due, queued } = await store.look()
      const added = due ? await store.queue() : 0
      const free = slots - running.size
      if ((!queued && added === 0) || free <= 0 || stopped) continue
      const jobs = await store.fetch(free)
      for (const job of jobs) {
        const delivery = deliver(job, over.signal)
          .catch(onError)
          .finally(() => {
            running.delete(delivery)
            wake()
          })
        running.add(delivery)
      }
      // The first ones in the queue may all be of one webhook. Others are found once it has its share.
      wanted ||= jobs.length > 0
    }
  }

  const wake = (): void => {
    wanted = true
    passing ??= pass()
      .catch(onError)
      .finally(() => {
        passing = undefined
      })
  }

  const recover = (): void => {
    store.recover(deps.longestMs).catch(onError)
  }

  return {
    start: (): void => {
      timers = [setInterval(wake, deps.pollMs), setInterval(recover, deps.recoverEveryMs)]
    },
    /** Sends nothing more. Requests that are still under way when `deadline` fires are handed back. */
    stop: async (deadline: AbortSignal): Promise<void> => {
      stopped = true
      for (const timer of timers) clearInterval(timer)
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

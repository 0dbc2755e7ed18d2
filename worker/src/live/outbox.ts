import { createBatcher } from '@recto/shared/batcher'
import type { RunMessages } from './run-messages.ts'

export type OutboxDeps = {
  /** Sends payloads in one statement. What it rejects with is ignored: a lost message costs nothing. */
  notify(payloads: string[]): Promise<unknown>
  now(): number
  /** Between two messages of one run that have events, and before one that only says how far it is, in milliseconds. */
  eventsMs: number
  progressMs: number
}

/** What takes part in the next statement, and what is called when it has been sent. */
type Entry = { take(): string[]; sent(): void }

/** The most runs whose messages share a statement. */
const mostAtOnce = 50

/**
 * Sends the messages of all runs, one statement at a time, so that they never take more than one connection. Returns what
 * makes the sender of one run.
 */
export const createOutbox = ({ notify, now, eventsMs, progressMs }: OutboxDeps) => {
  const entries = createBatcher<Entry, null>(
    async (batch) => {
      const payloads = [...batch.keys()].flatMap((entry) => entry.take())
      if (payloads.length > 0) await notify(payloads).catch(() => undefined)
      for (const entry of batch.keys()) entry.sent()
    },
    { max: mostAtOnce, soon: true },
  )

  return (messages: Pick<RunMessages, 'take' | 'takeAll' | 'hasEvents' | 'hasProgress'>) => {
    let timer: NodeJS.Timeout | undefined
    let dueAt = Number.POSITIVE_INFINITY
    let lastAt = Number.NEGATIVE_INFINITY
    let lastEventsAt = Number.NEGATIVE_INFINITY
    let isClosed = false

    const entry: Entry = {
      take: () => {
        if (isClosed) return []
        lastAt = now()
        if (messages.hasEvents()) lastEventsAt = lastAt
        const next = messages.take()
        send()
        return next === null ? [] : [next]
      },
      sent: () => undefined,
    }

    const enqueue = (): void => {
      clearTimeout(timer)
      dueAt = Number.POSITIVE_INFINITY
      entries.add(entry, null)
    }

    /** Sends what waits, as soon as the last message of this kind is old enough. */
    const send = (): void => {
      if (!messages.hasEvents() && !messages.hasProgress()) return
      const at = messages.hasEvents() ? lastEventsAt + eventsMs : lastAt + progressMs
      if (at <= now()) enqueue()
      else if (at < dueAt) {
        clearTimeout(timer)
        dueAt = at
        timer = setTimeout(enqueue, at - now()).unref()
      }
    }

    return {
      send,
      /** Sends all that waits now, also after `close`. Resolves when it is sent. */
      flush: (): Promise<void> => {
        const payloads = messages.takeAll()
        if (payloads.length === 0) return Promise.resolve()
        return new Promise((sent) => entries.add({ take: () => payloads, sent }, null))
      },
      /** Sends nothing more. */
      close: (): void => {
        isClosed = true
        clearTimeout(timer)
      },
    }
  }
}

export type Outbox = ReturnType<typeof createOutbox>

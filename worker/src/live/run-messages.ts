import type { LiveEvent } from '@recto/shared/live'
import type { Item } from '../kinds/kind.ts'
import { createTextQueue } from './text-queue.ts'

/** Postgres takes payloads of less than 8,000 bytes. */
const maxBytes = 7_999

/** An event as JSON, with the key of an item. */
type Waiting = { key: string | null; json: string }

const waitingEvent = (event: LiveEvent): Waiting => ({
  key: event.type === 'item' ? event.key : null,
  json: JSON.stringify(event),
})

/** What one run has to tell those who watch it: what has passed so far, and what of it waits for the next message. */
export const createRunMessages = ({ id, attempt }: { id: string; attempt: number }) => {
  const opening = `{"generation_id":${JSON.stringify(id)},"attempt":${attempt},"events":[`
  const closing = ']}'
  /** What has passed since the last reset, by key. */
  const passed = new Map<string, Waiting>()
  let waiting: Waiting[] = []
  const text = createTextQueue()
  let characters = 0
  let hasProgress = false
  let hasTold = false

  const progress = (): string =>
    JSON.stringify({ type: 'progress', items: passed.size, characters } satisfies LiveEvent)

  const hasEvents = (): boolean => waiting.length > 0 || text.hasMore()

  /** The next message, as much of what waits as fits; null when nothing does. An event that fits in none is left out. */
  const take = (): string | null => {
    if (!hasEvents() && !hasProgress) return null
    const events: string[] = []
    const last = progress()
    let room = maxBytes - Buffer.byteLength(opening + last + closing)
    let read = 0
    for (const { json } of waiting) {
      const bytes = Buffer.byteLength(json) + 1
      if (bytes > room && events.length > 0) break
      read++
      if (bytes > room) continue
      events.push(json)
      room -= bytes
    }
    waiting = waiting.slice(read)
    const delta = waiting.length === 0 ? text.take(room - 1) : null
    if (delta !== null) events.push(delta)
    hasProgress = false
    hasTold = true
    return opening + [...events, last].join(',') + closing
  }

  const add = (item: Item): void => {
    const event = waitingEvent({ type: 'item', ...item })
    passed.set(item.key, event)
    waiting.push(event)
  }

  return {
    /** Whether something waits beside the progress. */
    hasEvents,
    hasProgress: (): boolean => hasProgress,
    take,
    takeAll: (): string[] => {
      const messages: string[] = []
      for (let next = take(); next !== null; next = take()) messages.push(next)
      return messages
    },
    add,
    /** Adds to the text of the answer. */
    say: text.add,
    /** `count` more characters of the answer have arrived. */
    grow: (count: number): void => {
      characters += count
      hasProgress = true
    },
    /** What has been told is void: another answer follows. */
    reset: (): void => {
      passed.clear()
      text.clear()
      waiting = hasTold ? [waitingEvent({ type: 'reset' })] : []
      characters = 0
      hasProgress = false
    },
    /** Somebody else watches: all that has passed is told again. */
    repeat: (): void => {
      const others = waiting.filter(({ key }) => key === null)
      waiting = [...others, ...passed.values()]
      text.repeat()
      hasProgress = characters > 0
    },
    /**
     * The result of the run is known: tells what it has beside what has passed, and withdraws what it has not. Returns
     * whether something was withdrawn.
     */
    settle: (items: readonly Item[], reasons: ReadonlyMap<string, string> = new Map()): boolean => {
      const kept = new Set(items.map(({ key }) => key))
      const gone = [...passed.keys()].filter((key) => !kept.has(key))
      const untold = new Set(waiting.map(({ key }) => key))
      waiting = waiting.filter(({ key }) => key === null || kept.has(key))
      const withdrawn = gone.filter((key) => !untold.has(key))
      for (const key of withdrawn)
        waiting.push(waitingEvent({ type: 'withdrawn', key, reason: reasons.get(key) ?? 'not_kept' }))
      for (const key of gone) passed.delete(key)
      for (const item of items) if (!passed.has(item.key)) add(item)
      return withdrawn.length > 0
    },
  }
}

export type RunMessages = ReturnType<typeof createRunMessages>

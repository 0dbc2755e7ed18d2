import type { Message } from './event-stream.ts'
import type { GenerationEvent, StoredSuggestion } from './events.ts'

/** Durable events of a generation have ids in this order: `<attempt>.<place>`. Of any other id it is NaN. */
const orderOf = (id: string): number => {
  const [attempt, place] = id.split('.')
  return Number(attempt) * 1e6 + Number(place)
}

/**
 * Makes the events of one generation of the messages of one connection after another. A connection begins with things that
 * the one before it had, and lacks what was sent between the two. So the follower leaves out what was there before, and
 * voids provisional cards itself when the message that did it may be lost.
 */
export const createFollower = () => {
  let lastId = ''
  let lastStatus = ''
  let attempt = 0
  let isOver = false
  /** Whether anything provisional was shown in this attempt, and the keys of the cards that are provisional now. */
  let shown = false
  const provisional = new Set<string>()

  const reset = (): GenerationEvent[] => {
    const events: GenerationEvent[] = shown ? [{ type: 'reset', data: { attempt } }] : []
    shown = false
    provisional.clear()
    return events
  }

  /** What is left of an event of this attempt after those before it. Events that a later API adds are left out. */
  const select = (event: GenerationEvent, isLate: boolean, isKnown: boolean): GenerationEvent[] => {
    const { type, data } = event
    if (type === 'status') {
      const before = lastStatus
      // `until` of a wait is an estimate that changes with each connection.
      const standing = [data.attempts, data.status, data.ai_metadata?.waiting]
      lastStatus = JSON.stringify(standing, (key, value) => key !== 'until' && value)
      isOver = data.finished_at !== null
      return lastStatus === before ? [] : [event]
    }
    if (type === 'withdrawn') return provisional.delete(data.key) ? [event] : []
    if (type === 'done') {
      const left = [...provisional].map((key) => ({ type: 'withdrawn' as const, data: { key, reason: 'not_kept' } }))
      return [...left, event]
    }
    if ('provisional' in data && !data.provisional) {
      // A text has no key, and is not among them.
      provisional.delete((data as StoredSuggestion).key)
      return isKnown ? [] : [event]
    }
    if (isLate) return []
    if (type === 'reset') return reset()
    if (type === 'suggestion') {
      if (provisional.has(data.key)) return []
      provisional.add(data.key)
    } else if (type !== 'progress' && type !== 'delta') return []
    shown = true
    return [event]
  }

  return {
    /** The id of the latest durable event, for `Last-Event-ID`. Empty before the first one. */
    lastId: () => lastId,

    /** @throws SyntaxError when the data is not JSON */
    take: ({ event: type, id, data: text }: Message): GenerationEvent[] => {
      // Typed by the schemas of the API.
      const event = { type, data: JSON.parse(text) } as GenerationEvent
      const { data } = event
      const of = 'attempts' in data ? data.attempts : 'attempt' in data ? data.attempt : attempt
      const isNew = of > attempt
      if (isNew) attempt = of
      const isKnown = orderOf(id) <= orderOf(lastId)
      if (orderOf(id) >= 0 && !isKnown) lastId = id
      // A new attempt voids what the one before it has shown.
      return [...(isNew ? reset() : []), ...select(event, isOver || of < attempt, isKnown)]
    },
  }
}

export type Follower = ReturnType<typeof createFollower>

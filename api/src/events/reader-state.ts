import { type Generation, isTerminal } from '@recto/shared/generation'
import { type Frame, frameOf } from './frame.ts'
import { type EventId, idOf } from './last-event-id.ts'
import { type Live, resetFrame } from './live.ts'
import type { KeyedSuggestion } from './store.ts'
import { createTextReceived } from './text-received.ts'

/** The most provisional suggestions that are sent in one attempt, far above what a generation may have. */
const mostProvisional = 1_000

/**
 * What `status` events tell of: another text means that there is something to tell. `until` of a wait is left out, because
 * it is an estimate that changes with each read.
 */
const standingOf = ({ attempts, status, ai_metadata: { waiting } }: Generation): string =>
  `${attempts} ${status} ${JSON.stringify(waiting, (key, value) => (key === 'until' ? undefined : value))}`

/**
 * What the reader of one stream knows. Each function answers the frames by which the reader learns what it is given, and
 * assumes that they are sent. `after` is the last durable event that the reader has from an earlier stream; `hasText` tells
 * whether the result of a kind is a text.
 */
export const createReaderState = (after: EventId | undefined, hasText: (kind: string) => boolean = () => false) => {
  let standing = ''
  let isFirst = true
  let attempt = after?.attempt ?? 0
  /** The place behind which a reader resumes. */
  let place = 0
  let owesReset = false
  const provisional = new Set<string>()
  const reasons = new Map<string, string>()
  const text = createTextReceived()

  const clearShown = (): void => {
    provisional.clear()
    text.clear()
  }

  /** Begins an attempt. What was provisional in an earlier one is void. */
  const enter = (next: number): void => {
    owesReset ||= attempt > 0
    attempt = next
    clearShown()
    reasons.clear()
  }

  const payReset = (): Frame[] => {
    const frames = owesReset ? [resetFrame(attempt)] : []
    owesReset = false
    return frames
  }

  /** Decides where the reader resumes. An id that the generation never had counts as none. */
  const begin = ({ kind, status: now, attempts, suggestions_count }: Generation): void => {
    const end = suggestions_count + (hasText(kind) ? 2 : 1)
    const isHere = after?.attempt === attempts && isTerminal(now) && after.place <= end
    if (isHere) place = after.place
    attempt = Math.min(attempt, attempts)
  }

  /** Frames for the status, when it, the attempt, or what it waits for has changed. */
  const ofStatus = (generation: Generation): Frame[] => {
    const { attempts } = generation
    if (isFirst) begin(generation)
    isFirst = false
    // This was read before the attempt that a worker has told about.
    if (attempts < attempt) return []
    if (attempts > attempt) enter(attempts)
    const now = standingOf(generation)
    if (standing === now) return payReset()
    standing = now
    // The id of a status would set a reader back that resumes behind it.
    return [frameOf('status', generation, place > 0 ? undefined : idOf(attempts, 0)), ...payReset()]
  }

  /** Frames for what a worker says while a model writes. */
  const ofLive = (live: Live): Frame[] => {
    if (live.attempt < attempt) return []
    if (live.attempt > attempt) enter(live.attempt)
    const frames = payReset()
    for (const part of live.parts) {
      if (part.type === 'withdrawn') reasons.set(part.key, part.reason)
      else if (part.type === 'delta') frames.push(...text.take(part))
      else if (part.type !== 'item') {
        if (part.type === 'reset') clearShown()
        frames.push(part.frame)
      } else if (!provisional.has(part.key) && provisional.size < mostProvisional) {
        provisional.add(part.key)
        frames.push(part.frame)
      }
    }
    return frames
  }

  /** Notes what a worker says, for a reader who is too slow to get it. */
  const missLive = (live: Live): void => {
    if (live.attempt < attempt) return
    if (live.attempt > attempt) enter(live.attempt)
    for (const part of live.parts) {
      if (part.type === 'withdrawn') reasons.set(part.key, part.reason)
      if (part.type === 'reset') {
        owesReset = true
        clearShown()
      }
    }
  }

  /** The stored text, whole, in place of what was shown of it. It has the place of a first suggestion. */
  const ofText = (attempts: number, stored: string | null): Frame[] =>
    stored === null || place > 0
      ? []
      : [frameOf('delta', { provisional: false, attempt: attempts, offset: 0, text: stored }, idOf(attempts, 1))]

  /**
   * Frames for the end: the suggestions or the text that the reader does not have, what became of the provisional ones, and
   * `done`.
   */
  const ofEnd = (generation: Generation, rows: readonly KeyedSuggestion[], stored: string | null = null): Frame[] => {
    const { kind, attempts } = generation
    const kept = new Set(rows.map(({ key }) => key))
    return [
      ...payReset(),
      ...rows
        .filter(({ position }) => position > place)
        .map(({ key, ...row }) =>
          frameOf('suggestion', { provisional: false, key, ...row }, idOf(attempts, row.position)),
        ),
      ...ofText(attempts, stored),
      ...[...provisional]
        .filter((key) => !kept.has(key))
        .map((key) => frameOf('withdrawn', { key, reason: reasons.get(key) ?? 'not_kept' })),
      frameOf('done', generation, idOf(attempts, rows.length + (hasText(kind) ? 2 : 1))),
    ]
  }

  return { attempt: () => attempt, missesText: text.misses, ofStatus, ofLive, missLive, ofEnd }
}

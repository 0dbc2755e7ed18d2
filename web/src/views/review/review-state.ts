import type { Suggestion } from '@recto/client'
import { type Decision, type Entry, type Item, isOpen, statusOf, type Words, wordsIn } from './entry.ts'

export type ReviewState<One extends Item = Item> = {
  /** The ids of the items, in the order of the page. */
  order: string[]
  entries: Record<string, Entry<One>>
  /** The item that keys and buttons are about. Null when there is none. */
  active: string | null
  /** Requests that are not answered yet, the first one first. Each holds decisions that are stored together or not at all. */
  queue: Decision[][]
  /** Why the first request of the queue has no answer; null while nothing is wrong. */
  stopped: unknown
  /** The items of each decision of this visit, the last decision last. */
  history: string[][]
}

/** How many decisions the API takes in one request. */
const BATCH = 100

const inBatches = (decisions: Decision[]): Decision[][] =>
  Array.from({ length: Math.ceil(decisions.length / BATCH) }, (_, n) => decisions.slice(n * BATCH, (n + 1) * BATCH))

/** The next item that waits for a decision, after a place and around the end. Without one, the place itself. */
const nextOpen = ({ order, entries }: ReviewState, from: string | null): string | null => {
  const at = from === null ? -1 : order.indexOf(from)
  const around = [...order.slice(at + 1), ...order.slice(0, at + 1)]
  const isWaiting = (entry: Entry | undefined) => entry !== undefined && isOpen(entry) && entry.unsent === null
  return around.find((id) => isWaiting(entries[id])) ?? from ?? order[0] ?? null
}

/** Changes the entries of some items. Those that stay the same stay the same objects, so that no row is drawn anew. */
export const withEntries = <One extends Item>(
  state: ReviewState<One>,
  ids: Iterable<string>,
  change: (entry: Entry<One>) => Entry<One>,
): ReviewState<One> => {
  const entries = { ...state.entries }
  for (const id of ids) {
    const entry = entries[id]
    if (entry) entries[id] = change(entry)
  }
  return { ...state, entries }
}

/** Items with flags before the others, each part in its order. */
export const flaggedFirst = <One extends Item>(items: One[]): One[] => {
  const isFlagged = ({ flags }: Item) => flags.length > 0
  return [...items.filter(isFlagged), ...items.filter((one) => !isFlagged(one))]
}

/** The page at first, in the order of the items. */
export const begin = <One extends Item>(items: One[], drafts: Record<string, Words>): ReviewState<One> => {
  const entries: Record<string, Entry<One>> = {}
  for (const item of items) {
    const draft = drafts[item.id] ?? null
    const rest = { unsent: null, error: null, isElsewhere: false, isGone: false, accepted: null }
    entries[item.id] = { item, ...rest, draft }
  }
  const order = items.map(({ id }) => id)
  const state: ReviewState<One> = { order, entries, active: null, queue: [], stopped: null, history: [] }
  return { ...state, active: nextOpen(state, null) }
}

/** Goes on with decisions that were made before and may not be stored. */
export const resume = <One extends Item>(state: ReviewState<One>, queue: Decision[][]): ReviewState<One> => {
  let resumed = { ...state, queue }
  for (const unsent of queue.flat())
    resumed = withEntries(resumed, [unsent.id], (entry) => ({
      ...entry,
      unsent,
      accepted: wordsIn(unsent),
    }))
  return { ...resumed, active: nextOpen(resumed, null) }
}

/** Goes to an item. What was wrong with a decided one, and was shown, is forgotten. */
export const activate = <One extends Item>(state: ReviewState<One>, id: string | null): ReviewState<One> => {
  if (id === state.active || state.active === null) return { ...state, active: id }
  const left = withEntries(state, [state.active], (entry) =>
    entry.error === null || isOpen(entry) ? entry : { ...entry, error: null },
  )
  return { ...left, active: id }
}

/** Goes some items forward, or back. */
export const move = <One extends Item>(state: ReviewState<One>, by: number): ReviewState<One> => {
  const at = state.active === null ? 0 : state.order.indexOf(state.active)
  return activate(state, state.order[Math.min(Math.max(at + by, 0), state.order.length - 1)] ?? null)
}

const withDecisions = <One extends Item>(
  state: ReviewState<One>,
  decisions: Decision[],
  before: Decision[] = [],
): ReviewState<One> => {
  const byId = new Map(decisions.map((decision) => [decision.id, decision]))
  const decided = withEntries(state, byId.keys(), (entry) => {
    const unsent = byId.get(entry.item.id) ?? null
    const accepted = unsent && wordsIn(unsent)
    return { ...entry, unsent, accepted, error: state.stopped, isElsewhere: false }
  })
  return { ...decided, queue: [...state.queue, ...inBatches(before), ...inBatches(decisions)] }
}

/** Decides about open items, and goes to the next one. Decisions about others are left out. */
export const decide = <One extends Item>(state: ReviewState<One>, decisions: Decision[]): ReviewState<One> => {
  const open = decisions.flatMap((decision) => {
    const entry = state.entries[decision.id]
    return entry && isOpen(entry) ? [{ decision, entry }] : []
  })
  if (open.length === 0) return state
  // Nobody knows whether an earlier decision without an answer is stored. Taking it back is right in both cases.
  const before = open.filter(({ entry }) => statusOf(entry) !== 'proposed')
  const undone = before.map(({ decision: { id } }) => ({ id, action: 'undo' as const }))
  const about = open.map(({ decision }) => decision)
  const decided = withDecisions(state, about, undone)
  const history = [...state.history, about.map(({ id }) => id)]
  return { ...activate(decided, nextOpen(decided, about.at(-1)?.id ?? null)), history }
}

/** Takes back the decisions about some items, and goes to the first of them. */
const takeBack = <One extends Item>(state: ReviewState<One>, ids: string[]): ReviewState<One> => {
  const undone = withDecisions(
    state,
    ids.map((id) => ({ id, action: 'undo' })),
  )
  return activate(undone, ids[0] ?? state.active)
}

const isDecided = (entry: Entry | undefined): boolean =>
  entry !== undefined && !entry.isGone && statusOf(entry) !== 'proposed'

/** Takes back the last decision of this visit, or else the one about the active item. */
export const undo = <One extends Item>(state: ReviewState<One>): ReviewState<One> => {
  const history = [...state.history]
  for (let last = history.pop(); last !== undefined; last = history.pop()) {
    const ids = last.filter((id) => isDecided(state.entries[id]))
    if (ids.length > 0) return { ...takeBack(state, ids), history }
  }
  const { active } = state
  return active !== null && isDecided(state.entries[active]) ? undoOne(state, active) : { ...state, history }
}

/** Takes back the decision about one item. */
export const undoOne = <One extends Item>(state: ReviewState<One>, id: string): ReviewState<One> => {
  if (!isDecided(state.entries[id])) return state
  const history = state.history.map((ids) => ids.filter((one) => one !== id))
  return { ...takeBack(state, [id]), history: history.filter((ids) => ids.length > 0) }
}

/** Keeps what the person writes in place of the model's words. The model's own words are no draft. */
export const write = (state: ReviewState<Suggestion>, id: string, words: Words): ReviewState<Suggestion> =>
  withEntries(state, [id], (entry) => {
    const { front, back } = entry.item
    return { ...entry, draft: words.front === front && words.back === back ? null : words }
  })

import { type Generation, isTerminal } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import { BACKSTOP_MS } from '../deadlines.ts'
import { matchesEtag } from '../http/matches-etag.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { etagOf } from './etag.ts'
import type { ReadGeneration } from './read.ts'

export type WaitDeps = {
  read: ReadGeneration
  subscriptions: Pick<Subscriptions, 'subscribe'>
  /** In milliseconds. A request that asks for more waits for so long. */
  longestWaitMs: number
  stopping: AbortSignal
  now(): number
}
type Waiting = { seconds: number; gone: AbortSignal }
export type WaitRequest = Waiting & { ifNoneMatch: string | undefined }

/**
 * Resolves to the generation when it has ended, or `isEnough` says so of the first read and the latest one; at the latest
 * after `seconds`, or when client or process stops. It subscribes before it reads, so that it misses no change.
 * @throws AppError not_found
 */
const waitUntil =
  ({ read, subscriptions, longestWaitMs, stopping, now }: WaitDeps) =>
  async (
    caller: Caller,
    id: string,
    { seconds, gone }: Waiting,
    isEnough: (first: Generation, latest: Generation) => boolean,
  ): Promise<Generation> => {
    const until = now() + Math.min(seconds * 1000, longestWaitMs)
    const over = AbortSignal.any([gone, stopping])
    const subscription = subscriptions.subscribe(id, caller.userId)
    if (!subscription) return read(caller, id)
    try {
      const first = await read(caller, id)
      let latest = first
      while (!isTerminal(latest.status) && !isEnough(first, latest) && now() < until && !over.aborted) {
        await subscription.next(Math.min(until - now(), BACKSTOP_MS), over)
        if (gone.aborted) break
        latest = await read(caller, id)
      }
      return latest
    } finally {
      subscription.end()
    }
  }

/**
 * Resolves to the generation when its status changes or, when an ETag was sent, when its ETag does.
 * @throws AppError not_found
 */
export const waitForChange = (deps: WaitDeps) => {
  const wait = waitUntil(deps)
  return (caller: Caller, id: string, { ifNoneMatch, ...waiting }: WaitRequest): Promise<Generation> =>
    wait(caller, id, waiting, (first, latest) =>
      ifNoneMatch === undefined || ifNoneMatch.trim() === '*'
        ? latest.status !== first.status
        : !matchesEtag(ifNoneMatch, etagOf(latest)),
    )
}

/**
 * Resolves to the generation when it has ended, or as it is when the time is up.
 * @throws AppError not_found
 */
export const waitUntilOver = (deps: WaitDeps) => {
  const wait = waitUntil(deps)
  return (caller: Caller, id: string, waiting: Waiting): Promise<Generation> => wait(caller, id, waiting, () => false)
}

/**
 * Resolves to a generation that was just submitted when it has ended, and to undefined when it has not in time. It never
 * rejects: the submission is accepted, whatever happens to the wait.
 */
export const waitForEnd = (deps: WaitDeps) => {
  const wait = waitUntilOver(deps)
  return async (caller: Caller, id: string, waiting: Waiting): Promise<Generation | undefined> => {
    const generation = await wait(caller, id, waiting).catch(() => undefined)
    return generation && isTerminal(generation.status) ? generation : undefined
  }
}

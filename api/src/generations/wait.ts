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
  stopping: AbortSignal
  now(): number
}
export type WaitRequest = { seconds: number; ifNoneMatch: string | undefined; gone: AbortSignal }

/**
 * Resolves to the generation when its status changes or, when an ETag was sent, when its ETag does; at the latest after
 * `seconds`, or when client or process stops. It subscribes before it reads, so that it misses no change.
 * @throws AppError not_found
 */
export const waitForChange =
  ({ read, subscriptions, stopping, now }: WaitDeps) =>
  async (caller: Caller, id: string, { seconds, ifNoneMatch, gone }: WaitRequest): Promise<Generation> => {
    const until = now() + seconds * 1000
    const over = AbortSignal.any([gone, stopping])
    const subscription = subscriptions.subscribe(id, caller.userId)
    if (!subscription) return read(caller, id)
    try {
      let generation = await read(caller, id)
      const { status } = generation
      const unchanged = () =>
        ifNoneMatch === undefined || ifNoneMatch.trim() === '*'
          ? generation.status === status
          : matchesEtag(ifNoneMatch, etagOf(generation))
      while (!isTerminal(generation.status) && unchanged() && now() < until && !over.aborted) {
        await subscription.next(Math.min(until - now(), BACKSTOP_MS), over)
        if (gone.aborted) break
        generation = await read(caller, id)
      }
      return generation
    } finally {
      subscription.end()
    }
  }

import { type Generation, isTerminal } from '@recto/shared/generation'
import type { Notify } from '@recto/shared/notify'
import type { Caller } from '../auth/verify-token.ts'
import type { FindGeneration } from '../generations/batch-reads.ts'
import type { Peer } from '../http/peer.ts'
import { type EventName, type Frame, frameOf, pingBytes, retryBytes } from './frame.ts'
import type { EventId } from './last-event-id.ts'
import type { Live } from './live.ts'
import { createPipe } from './pipe.ts'
import { createReaderState } from './reader-state.ts'
import type { FindKeyed } from './store.ts'
import { stoppedTextMs, type Texts } from './texts.ts'

/** Why a stream ended. `client`: its reader left. `gone`: the reader may not read the generation any more. */
export const endReasons = ['done', 'expired', 'draining', 'gone', 'stalled', 'client'] as const

export type EndReason = (typeof endReasons)[number]

/** What the log says of a stream. `events`: how many were sent. */
export type StreamEnd = { ended: EndReason; events: number }

export type ReaderDeps = {
  find: FindGeneration
  findKeyed: FindKeyed
  texts: Texts
  /** Asks the workers for what a model writes, or will write. */
  watch: Notify
  onSent(event: EventName): void
  now(): number
}

export type ReaderOptions = {
  caller: Caller
  id: string
  after: EventId | undefined
  peer: Peer | undefined
  onEnd(reason: EndReason): void
  /** Is called after `onEnd`, when the connection is closed as well. */
  onClosed(): void
}

/** In milliseconds. A reader who is told nothing else tries again after `retry`, and many after a restart do not at once. */
const retry = 1_000
const spreadRetry = () => 500 + Math.round(Math.random() * 2_500)

const joined = (frames: readonly Frame[]): Uint8Array => {
  const [first] = frames
  return frames.length === 1 && first ? first.bytes : Buffer.concat(frames.map(({ bytes }) => bytes))
}

/** One reader of the events of a generation. It sends nothing before `begin`, which is called first. */
export const createReader = (deps: ReaderDeps, { caller, id, after, peer, onEnd, onClosed }: ReaderOptions) => {
  const state = createReaderState(after, deps.texts.has)
  const end: PromiseWithResolvers<StreamEnd> = Promise.withResolvers()
  let ended: EndReason | undefined
  let isOver = false
  /** The attempt of which the workers know that somebody watches. */
  let watched = -1
  let events = 0
  let isChecking = false
  let isDue = false
  /** Whether the text of a stopped generation may still be stored. */
  let awaitsText = false
  /** Whether the workers were asked for a text from its beginning, and the reader has not got more of it since. */
  let hasAsked = false

  const note = (reason: EndReason): void => {
    if (ended !== undefined) return
    ended = reason
    end.resolve({ ended: reason, events })
    onEnd(reason)
  }
  const pipe = createPipe({
    peer,
    onClosed: () => {
      note('client')
      onClosed()
    },
  })
  const close = (reason: EndReason): void => {
    note(reason)
    pipe.close()
  }

  const send = (frames: readonly Frame[]): void => {
    if (frames.length === 0 || ended !== undefined) return
    pipe.write(joined(frames))
    events += frames.length
    for (const { event } of frames) deps.onSent(event)
  }

  const watch = (): void => {
    hasAsked = true
    deps.watch(id)
  }

  const finish = async (generation: Generation): Promise<void> => {
    const count = generation.suggestions_count
    const rows = count > 0 ? await deps.findKeyed(caller, id) : []
    const text = await deps.texts.find(caller, generation)
    awaitsText = text === null && deps.texts.keepsStopped(generation.kind) && stoppedTextMs(generation, deps.now()) > 0
    if (awaitsText) return
    // Rows may be missing because the generation was deleted meanwhile.
    if (rows.length < count && !(await deps.find(caller, id))) return close('gone')
    send(state.ofEnd(generation, rows, text))
    close('done')
  }

  const take = async (generation: Generation | undefined): Promise<void> => {
    if (!generation) return close('gone')
    send(state.ofStatus(generation))
    const { status, attempts } = generation
    isOver = isTerminal(status)
    if (isOver) return finish(generation)
    if (attempts > watched) watch()
    watched = attempts
  }

  /** Reads until nothing has changed meanwhile. What fails, or has to wait for the reader, is done by a later tick. */
  const check = async (known?: Generation): Promise<void> => {
    isDue = true
    if (isChecking || ended !== undefined) return
    isChecking = true
    try {
      let generation = known
      while (isDue && ended === undefined && !pipe.isBlocked()) {
        isDue = false
        await take(generation ?? (await deps.find(caller, id)))
        generation = undefined
      }
    } catch {
      isDue = true
    } finally {
      isChecking = false
    }
  }

  return {
    body: pipe.body,
    ended: end.promise,

    /** Begins with the generation as it was just read. Resolves when what is known by then was said. */
    begin: (first: Generation): Promise<void> => {
      pipe.write(retryBytes(retry))
      return check(first)
    },
    /** Notes that the generation may have changed. */
    changed: (): void => void check(),
    live: (live: Live): void => {
      if (ended !== undefined || isOver) return
      if (live.attempt > state.attempt()) void check()
      if (pipe.isBlocked()) state.missLive(live)
      else send(state.ofLive(live))
      if (!state.missesText()) hasAsked = false
      else if (!hasAsked) watch()
    },

    /** Does what is due by time. `isPing`, `isRead`: whether it is the reader's turn for a ping, and for a read. */
    tick: (isPing: boolean, isRead: boolean): void => {
      if (ended !== undefined) return
      if (deps.now() >= caller.expiresAt) {
        send([frameOf('expired', {})])
        close('expired')
        return
      }
      if (isPing) {
        if (!pipe.isBlocked()) pipe.write(pingBytes)
        if (!isOver) watch()
      }
      if (isRead || isDue || awaitsText) void check()
    },

    /** Ends a stream whose reader takes nothing for `ms`, also one that has ended and is not read to its end. */
    endIfStalled: (unacknowledged: ReadonlyMap<string, number>, ms: number): void => {
      if (!pipe.isStalled(unacknowledged.get(pipe.name) ?? 0, deps.now(), ms)) return
      note('stalled')
      pipe.destroy()
    },

    /** Sends the reader to another process. */
    drain: (): void => {
      const isBlocked = pipe.isBlocked()
      pipe.write(retryBytes(spreadRetry()))
      close('draining')
      if (isBlocked) pipe.destroy()
    },
  }
}

export type Reader = ReturnType<typeof createReader>

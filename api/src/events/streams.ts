import { AppError } from '@recto/shared/errors'
import type { Caller } from '../auth/verify-token.ts'
import type { Peer } from '../http/peer.ts'
import type { EventName } from './frame.ts'
import type { EventId } from './last-event-id.ts'
import { type Live, readLive } from './live.ts'
import { createReader, type EndReason, type Reader, type ReaderDeps, type StreamEnd } from './reader.ts'
import { type Bounds, createStreamLimit } from './stream-limit.ts'

export type StreamMetrics = {
  streamOpened(): void
  streamEnded(reason: EndReason): void
  eventSent(event: EventName): void
}

/** Ticks between two pings of a stream, between two of its reads, and between two looks for readers who take nothing. */
export type Rhythm = { ping: number; read: number; stall: number }

type StreamsDeps = Omit<ReaderDeps, 'onSent'> & {
  metrics: StreamMetrics
  stopping: AbortSignal
  /** Whether a stream ends once it has said what is known, and its reader comes again. */
  short: boolean
  bounds: Bounds
  rhythm: Rhythm
  /** How long a reader may take nothing, in milliseconds. */
  stalledMs: number
  /** Is called when the connection of a stream was closed. */
  onClosed(): void
  /** The bytes that connections have sent and that were not acknowledged, by their names. */
  unacknowledged(): Promise<ReadonlyMap<string, number>>
}

export type OpenOptions = { after: EventId | undefined; peer: Peer | undefined }
export type OpenStream = { body: ReadableStream<Uint8Array>; ended: Promise<StreamEnd> }

/** What is told about a generation. */
type Listener = Pick<Reader, 'changed' | 'live'>

/**
 * The event streams of this process. It listens to nothing and has no timer: who owns it passes on what is notified, and
 * calls `tick` each second.
 */
export const createStreams = ({
  metrics,
  stopping,
  short,
  bounds,
  rhythm,
  stalledMs,
  unacknowledged,
  onClosed,
  ...deps
}: StreamsDeps) => {
  const readerDeps = { ...deps, onSent: metrics.eventSent }
  const acquireStream = createStreamLimit(bounds)
  const listeners = new Map<string, Set<Listener>>()
  /** All readers whose connection is open, with the ticks by which their turns differ from those of others. */
  const readers = new Map<Reader, number>()
  let beat = 0
  let opened = 0

  const join = (id: string, listener: Listener): (() => void) => {
    const those = listeners.get(id) ?? new Set()
    listeners.set(id, those.add(listener))
    return () => {
      those.delete(listener)
      if (those.size === 0 && listeners.get(id) === those) listeners.delete(id)
    }
  }

  /** Reads the generation, and whether it may have changed since then. */
  const readFirst = async (caller: Caller, id: string) => {
    let isChanged = false
    const note = () => {
      isChanged = true
    }
    const leave = join(id, { changed: note, live: note })
    try {
      const generation = await deps.find(caller, id)
      if (!generation) throw new AppError('not_found')
      return { generation, isChanged: () => isChanged }
    } finally {
      leave()
    }
  }

  /**
   * Opens a stream for the caller.
   * @throws AppError not_found, rate_limited, overloaded
   */
  const open = async (caller: Caller, id: string, { after, peer }: OpenOptions): Promise<OpenStream> => {
    const releaseStream = acquireStream(caller.userId)
    const { generation, isChanged } = await readFirst(caller, id).catch((error: unknown) => {
      releaseStream()
      throw error
    })
    metrics.streamOpened()
    let leave = () => {}
    const reader = createReader(readerDeps, {
      caller,
      id,
      after,
      peer,
      onEnd: (reason) => {
        metrics.streamEnded(reason)
        leave()
      },
      onClosed: () => {
        releaseStream()
        readers.delete(reader)
        onClosed()
      },
    })
    readers.set(reader, opened++ % rhythm.read)
    leave = join(id, reader)
    const said = reader.begin(generation)
    if (isChanged()) reader.changed()
    if (stopping.aborted) reader.drain()
    else if (short) void said.then(reader.drain)
    return reader
  }

  const drain = (): void => {
    for (const reader of readers.keys()) reader.drain()
  }
  stopping.addEventListener('abort', drain)

  const endStalled = async (): Promise<void> => {
    const bytes = await unacknowledged()
    for (const reader of readers.keys()) reader.endIfStalled(bytes, stalledMs)
  }

  return {
    open,
    /** Passes on that generations may have changed. */
    changed: (ids: Iterable<string>): void => {
      for (const id of ids) for (const listener of listeners.get(id) ?? []) listener.changed()
    },
    /** Notes that notifications were lost. */
    changedAll: (): void => {
      for (const those of listeners.values()) for (const listener of those) listener.changed()
    },
    /** Passes on a payload of the channel `live`. */
    live: (payload: string): void => {
      const live: Live | undefined = readLive(payload)
      for (const listener of (live && listeners.get(live.id)) ?? []) if (live) listener.live(live)
    },
    /** Does what is due by time. Readers have their turns at different ticks. */
    tick: async (): Promise<void> => {
      beat++
      for (const [reader, offset] of readers) {
        const turn = beat + offset
        reader.tick(turn % rhythm.ping === 0, turn % rhythm.read === 0)
      }
      if (readers.size > 0 && beat % rhythm.stall === 0) await endStalled()
    },
  }
}

export type Streams = ReturnType<typeof createStreams>

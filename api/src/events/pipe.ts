import type { Peer } from '../http/peer.ts'

/** Bytes that may be held for a reader who is slow. More is only sent when they have left. */
const mostHeld = 16_384

type PipeOptions = {
  /** The reader's connection. Without it, nothing is known of what the reader has taken. */
  peer: Peer | undefined
  /** Is called once, when nothing can reach the reader any more. */
  onClosed(): void
}

/** The body of one answer, into which events are written. */
export const createPipe = ({ peer, onClosed }: PipeOptions) => {
  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>()
  void closed.then(onClosed)
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      start: (begun) => {
        controller = begun
      },
      cancel: () => markClosed(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostHeld }),
  )
  peer?.onClose(markClosed)

  let isOpen = true
  let passed = Number.NEGATIVE_INFINITY
  let passedAt = Number.NEGATIVE_INFINITY
  const queued = () => (isOpen ? mostHeld - (controller?.desiredSize ?? mostHeld) : 0)
  const held = () => queued() + (peer?.held() ?? 0)

  return {
    body,
    /** Whether so much is held for the reader that only what must be sent should be written. */
    isBlocked: (): boolean => held() >= mostHeld,
    write: (bytes: Uint8Array): void => {
      if (isOpen) controller?.enqueue(bytes)
    },
    /** Ends the answer behind what is written. The connection closes when the reader has it. */
    close: (): void => {
      if (!isOpen) return
      isOpen = false
      controller?.close()
      if (!peer) markClosed()
    },
    /** Ends the connection at once. */
    destroy: (): void => {
      isOpen = false
      peer?.destroy()
      markClosed()
    },
    /** The name of the connection, by which `unacknowledged` of `isStalled` is found. */
    name: peer?.name ?? '',
    /**
     * Whether something waits for the reader, of whom nothing was heard for `ms`. `unacknowledged`: bytes that have left
     * this process and did not arrive, as far as is known. `now`: milliseconds.
     */
    isStalled: (unacknowledged: number, now: number, ms: number): boolean => {
      const before = passed
      passed = (peer?.sent() ?? 0) - unacknowledged
      if (passed > before || held() + unacknowledged === 0) passedAt = now
      return now - passedAt >= ms
    },
  }
}

export type Pipe = ReturnType<typeof createPipe>

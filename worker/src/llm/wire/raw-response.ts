import { type Completion, emptyCompletion } from './completion.ts'
import type { TimeoutReason } from './timeouts.ts'

/**
 * One request to a provider and everything that was received for it, before `llm/interpret.ts` decides what it means.
 */
export type RawResponse = {
  /** The HTTP status; null when no headers arrived. */
  status: number | null
  headers: Headers
  completion: Completion
  /** The body of a response whose status is not 2xx: parsed JSON or text. */
  errorBody: unknown
  /**
   * What ended the request early: one of this worker's deadlines, an abort, or the connection. Null when it ran to its
   * end.
   */
  interruptedBy: TimeoutReason | 'network' | 'transport_timeout' | null
  /** True when the provider certainly never received the request: it ended before its connection was open. */
  unsent: boolean
  /** Milliseconds from the start to the end of the request. */
  latencyMs: number
  /** Milliseconds to the first token of content or reasoning; null when none arrived. */
  firstTokenMs: number | null
}

/** The response to a request before anything was received. */
export const emptyResponse = (): RawResponse => ({
  status: null,
  headers: new Headers(),
  completion: emptyCompletion(),
  errorBody: null,
  interruptedBy: null,
  unsent: false,
  latencyMs: 0,
  firstTokenMs: null,
})

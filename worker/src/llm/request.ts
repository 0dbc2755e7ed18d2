import type { Failure, FailureClass, Timing } from './errors/failure.ts'
import type { Route } from './route.ts'

/** What is asked of a model: messages, and the strict JSON schema of the answer. */
export type ChatRequest = {
  messages: { role: 'system' | 'user'; content: string }[]
  /** Without one the answer is plain text. */
  schema?: { name: string; schema: Record<string, unknown> }
  maxCompletionTokens: number
  temperature: number
}

/** Tokens are the provider's count, null when it gave none. `costUsd` is a decimal string. */
export type Usage = {
  tokensInput: number | null
  tokensOutput: number | null
  tokensReasoning: number | null
  tokensCached: number | null
  costUsd: string
  /** Null when nothing was charged. */
  costSource: 'provider' | 'price_list' | 'estimate' | null
}

/** A request that is about to leave. `reservedUsd` is the most that it can cost. */
export type CallStart = { route: Route; keyFingerprint: string; reservedUsd: string; hedge: boolean }

/** One provider request as `ai_calls` records it. */
export type CallResult = {
  outcome: 'ok' | FailureClass
  httpStatus: number | null
  providerRequestId: string | null
  modelServed: string | null
  usage: Usage
  latencyMs: number
  firstTokenMs: number | null
  error: { message: string; excerpt: string | null } | null
}

/**
 * `start` is awaited before the request leaves, and throws BudgetExceeded when it may not; `finish` follows every request that was started, aborted ones too. `identify`
 * hears the provider's id as soon as the headers are there, where that id can tell the cost of a request that is lost later.
 */
export type CallRecorder = {
  start(call: CallStart): Promise<string>
  identify(callId: string, providerRequestId: string): void
  finish(callId: string, result: CallResult): Promise<void>
}

/** Reads a model's text. After `length` the text is cut; a parser may still save its complete elements. */
export type ParseContent<T> = (
  content: string,
  finish: 'stop' | 'length',
) => { ok: true; value: T } | { ok: false; message: string }

/** What is asked, where each request is recorded, and how the answer's text is read. */
export type Question<T> = { request: ChatRequest; recorder: CallRecorder; parse: ParseContent<T> }

/** `usage` is that of the answering request alone: what a run cost is the sum over its calls. */
export type Answer<T> =
  | {
      ok: true
      value: T
      truncated: boolean
      modelServed: string | null
      route: Route
      providerRequestId: string | null
      usage: Usage
      timing: Timing
    }
  | { ok: false; failure: Failure }

import type { Failure, FailureClass, Timing } from './failure.ts'

/** What is asked of a model: messages, and the strict JSON schema of the answer. */
export type ChatRequest = {
  messages: { role: 'system' | 'user'; content: string }[]
  schema: { name: string; schema: Record<string, unknown> }
  maxCompletionTokens: number
  temperature: number
}

/** A way to serve a request: who is asked, and the model's id as that provider writes it. */
export type Route = { provider: string; model: string }

/** Decimal strings, USD per million tokens. */
export type Price = { input_per_million: string; output_per_million: string }

/** Tokens are the provider's count, null when it gave none. `costUsd` is a decimal string. */
export type Usage = {
  tokensInput: number | null
  tokensOutput: number | null
  tokensReasoning: number | null
  tokensCached: number | null
  costUsd: string | null
  costSource: 'provider' | 'price_list' | 'estimate' | null
}

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

/** `start` is awaited before the request leaves; `finish` follows every request that was started, aborted ones too. */
export type CallJournal = {
  start(call: { route: Route }): Promise<string>
  finish(callId: string, result: CallResult): Promise<void>
}

/** Reads a model's text. After `length` the text is cut; a parser may still save its complete elements. */
export type ParseContent<T> = (
  content: string,
  finish: 'stop' | 'length',
) => { ok: true; value: T } | { ok: false; message: string }

/** `usage` is that of the answering request alone: what a run cost is the sum over its calls. */
export type Answer<T> =
  | {
      ok: true
      value: T
      truncated: boolean
      modelServed: string | null
      provider: string
      providerRequestId: string | null
      usage: Usage
      timing: Timing
    }
  | { ok: false; failure: Failure }

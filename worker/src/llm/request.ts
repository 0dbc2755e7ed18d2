import type { Failure, FailureClass, Timing } from './errors/failure.ts'
import type { Route } from './route.ts'

/** A request to a model, independent of its provider: the messages, and the strict JSON schema of the answer. */
export type ChatRequest = {
  messages: { role: 'system' | 'user' | 'assistant'; content: string }[]
  /** Without a schema the answer is plain text. */
  schema?: { name: string; schema: Record<string, unknown> }
  maxCompletionTokens: number
  /** How long a usual answer is, in tokens, to compare the costs of routes. By default as long as it may be. */
  expectedCompletionTokens?: number
  temperature: number
}

/**
 * What one provider request used. Token counts are the provider's, null when it sent none; `costUsd` is a decimal
 * string.
 */
export type Usage = {
  tokensInput: number | null
  tokensOutput: number | null
  tokensReasoning: number | null
  tokensCached: number | null
  costUsd: string
  /** Where `costUsd` comes from; null when nothing was charged. `capped`: the most that is believed, as more was claimed. */
  costSource: 'provider' | 'price_list' | 'estimate' | 'capped' | null
}

/** A request that fits, with a shorter answer where needed. `settle` is called once with what it used; null for nothing. */
export type TokenGrant = { request: ChatRequest; settle(used: Usage | null): void }

/** The tokens that the calls of one generation may use together. */
export type TokenBudget = {
  /**
   * Reserves the tokens of a request whose limit has room for thinking.
   * @throws TokenBudgetExceeded when no useful answer fits
   */
  reserve(request: ChatRequest, route: Pick<Route, 'thinkingTokens'>): TokenGrant
}

/**
 * A provider request that is about to be sent. Decimal strings: `reservedUsd` is its largest possible cost,
 * `estimatedUsd` what its prompt is likely to cost. `believed`: the most tokens that are believed of its bill.
 */
export type CallStart = {
  route: Route
  keyFingerprint: string
  reservedUsd: string
  estimatedUsd: string
  believed: { input: number; output: number }
  hedge: boolean
}

/** The result of one provider request as `ai_calls` stores it. Times are milliseconds, null when nothing was sent. */
export type CallResult = {
  outcome: 'ok' | FailureClass | 'not_sent'
  httpStatus: number | null
  providerRequestId: string | null
  modelServed: string | null
  usage: Usage
  latencyMs: number | null
  firstTokenMs: number | null
  error: { message: string; excerpt: string | null } | null
}

/** Records every provider request of one run. `calls/call-recorder.ts` implements it for the database. */
export type CallRecorder = {
  /**
   * Awaited before the request is sent. Returns the call's id.
   * @throws BudgetExceeded when the request must not be sent
   */
  start(call: CallStart): Promise<string>
  /**
   * Called when the headers bring the provider's id. That id can look up the cost of a request whose answer is lost
   * later.
   */
  identify(callId: string, providerRequestId: string): void
  /** Called now and then while a request runs, with an estimate of its cost so far, a decimal string. */
  progress(callId: string, estimatedUsd: string): void
  /** Called once for every request that was started, also when it was aborted. */
  finish(callId: string, result: CallResult): Promise<void>
}

/**
 * Parses a model's text. With `finish` = `length` the text is cut off; a parser may still return its complete elements.
 */
export type ParseContent<T> = (
  content: string,
  finish: 'stop' | 'length',
) => { ok: true; value: T } | { ok: false; message: string }

/** The text of an answer, which grows while the answer arrives. */
export type GrowingText = { readonly content: string }

/** Is told of one answer while it arrives. */
export type AnswerFollower = {
  /** Called whenever more has arrived. `text` stays the same object. */
  grew(text: GrowingText): void
  /** Called when the request has ended. `usable`: its answer is complete and could be parsed. */
  ended(usable: boolean): void
}

/**
 * Everything that `ask` needs besides routes: the request, the recorder of its calls, the parser of the answer's text, and
 * who follows its answers.
 */
export type Question<T> = {
  request: ChatRequest
  /** What is left of the tokens that the generation may use. Without it, only money is bounded. */
  tokens?: TokenBudget
  recorder: CallRecorder
  parse: ParseContent<T>
  /** Called for each request that is sent. Neither this nor a follower may throw or take long. */
  follow?: () => AnswerFollower
}

/**
 * A question, and what earlier deliveries of its generation have used up: how many answers could not be used, and how many
 * calls failed in a way that may pass.
 */
export type AskedQuestion<T> = Question<T> & { unusableBefore: number; failedBefore: number }

/** The result of `ask`. `usage` belongs to the answering request only; the cost of a run is the sum over its calls. */
export type Answer<T> =
  | {
      ok: true
      value: T
      /** The answer was cut off at the token limit, and the parser used its complete part. */
      truncated: boolean
      /** The model that answered, as the provider named it. */
      modelServed: string | null
      route: Route
      httpStatus: number | null
      providerRequestId: string | null
      usage: Usage
      timing: Timing & { latencyMs: number }
      /** How long at least one request was under way, in milliseconds: `timing.totalMs` without what was between them. */
      modelMs: number
    }
  | { ok: false; failure: Failure }

import type { OpenAI } from 'openai'
import type { Clock } from '../clock.ts'
import { PROGRESS_MS } from '../deadlines.ts'
import { believedTokens, believedUsage } from './believed-usage.ts'
import { startCallSpan } from './call-span.ts'
import { excerptOf } from './errors/excerpt.ts'
import { messageOf } from './errors/failure.ts'
import { interpret } from './interpret.ts'
import type { Key } from './keys/key-ring.ts'
import { maxCost, sentBytes, withThinking } from './max-cost.ts'
import { type Output, readOutput } from './read-output.ts'
import type { ChatRequest, Question, Usage } from './request.ts'
import type { Route } from './route.ts'
import { cleanLabel, cleanText } from './wire/clean-text.ts'
import { type Completion, emptyCompletion, producedBytes } from './wire/completion.ts'
import { emptyResponse, type RawResponse } from './wire/raw-response.ts'
import { requestIdOf } from './wire/request-id.ts'
import { send } from './wire/send.ts'
import { readUsage, type Volume } from './wire/usage.ts'

/**
 * What one request uses: a route, its provider's client and one API key. A `probe` is the one request that tests
 * whether a failing route works again; a `hedge` is a second request beside a slow one. `mayLeave` tells whether the
 * request may still be sent: since the lease was given, neither has the breaker opened, nor does the key rest.
 */
export type RouteLease = {
  client: OpenAI
  key: Key
  route: Route
  probe: boolean
  hedge: boolean
  mayLeave(): boolean
}

/** What is told about a request while it runs: that it is sent, and that more of its answer has arrived. */
export type Watch = { onSent(): void; onProgress(): void }

/** A request that was recorded but never sent. It is no failure of its route, and no run ends with it. */
const notSent = {
  ok: false,
  class: 'not_sent',
  note: 'not sent: the route or the key was closed meanwhile',
  error: null,
} as const

/**
 * One finished request and its outcome. `startedAt` is in the milliseconds of the steady clock, `latencyMs` and
 * `firstTokenMs` are milliseconds.
 */
export type Attempt<T> = {
  route: Route
  outcome: Output<T> | typeof notSent
  httpStatus: number | null
  providerRequestId: string | null
  modelServed: string | null
  usage: Usage
  startedAt: number
  latencyMs: number
  firstTokenMs: number | null
  /** The provider's error fields, at most 500 characters; null for an answer. */
  excerpt: string | null
  /** Resolves when the call recorder has stored the result; rejects with what `CallRecorder.finish` throws. */
  recorded: Promise<void>
}

/** Interprets a response and parses its text. What a failure says is clean and without keys. */
const outcomeOf = <T>(rawResponse: RawResponse, { request, parse }: Question<T>, key: Key, now: number): Output<T> => {
  const interpretation = interpret(rawResponse, now)
  const outcome = interpretation.ok ? readOutput(interpretation, parse, Boolean(request.schema)) : interpretation
  if (outcome.ok || outcome.note === null) return outcome
  return { ...outcome, note: key.redact(cleanText(outcome.note, 500)) }
}

const errorOf = <T>({ outcome, excerpt }: Pick<Attempt<T>, 'outcome' | 'excerpt'>) => {
  if (outcome.ok) return null
  const message = outcome.class === 'not_sent' ? outcome.note : (outcome.note ?? messageOf(outcome.class))
  return { message, excerpt }
}

const volumeOf = ({ completion, status, unsent }: RawResponse, request: ChatRequest): Volume => {
  const produced = producedBytes(completion)
  const isError = status !== null && (status >= 300 || Boolean(completion.error))
  return {
    sentBytes: sentBytes(request),
    producedBytes: produced,
    maxOutputTokens: request.maxCompletionTokens,
    notProcessed: unsent || (isError && produced === 0),
  }
}

/**
 * Sends one request and records it: `recorder.start` before it is sent, with its largest possible cost, and
 * `recorder.finish` however it ends, with its real cost. When the lease may not be used any more after `start`, nothing
 * is sent. `finish` is not awaited here, so that it cannot delay the request that follows a failure. Throws only what
 * `recorder.start`, `tokens.reserve` or `parse` throws.
 */
export const makeAttempt = async <T>(
  { client, key, route, hedge, mayLeave }: Omit<RouteLease, 'probe'>,
  question: Question<T>,
  { now, steady }: Pick<Clock, 'now' | 'steady'>,
  signal: AbortSignal,
  watch?: Watch,
): Promise<Attempt<T>> => {
  const { recorder } = question
  const wanted = withThinking(question.request, route)
  const grant = question.tokens?.reserve(wanted, route)
  const request = grant?.request ?? wanted
  const reservedUsd = maxCost(request, route.maxPrice)
  const estimateOf = (completion: Completion) =>
    readUsage(null, route.price, {
      sentBytes: sentBytes(request),
      producedBytes: producedBytes(completion),
      maxOutputTokens: request.maxCompletionTokens,
      notProcessed: false,
    }).costUsd
  const estimatedUsd = estimateOf(emptyCompletion())
  const keyFingerprint = key.fingerprint
  const believed = believedTokens(request)
  const starting = recorder.start({ route, keyFingerprint, reservedUsd, estimatedUsd, believed, hedge })
  const callId = await starting.catch((error: unknown) => {
    grant?.settle(null)
    throw error
  })
  const startedAt = steady()
  const follower = question.follow?.()
  let reportedAt = startedAt
  const onProgress = (completion: Completion) => {
    watch?.onProgress()
    follower?.grew(completion)
    if (steady() - reportedAt < PROGRESS_MS) return
    reportedAt = steady()
    recorder.progress(callId, estimateOf(completion))
  }
  const onIdentified = (received: string) => {
    const id = cleanLabel(received, key.redact)
    if (id !== null) recorder.identify(callId, id)
  }
  // Storing the record may have taken long. An abort is left to `send`, which then sends nothing.
  const leaves = signal.aborted || mayLeave()
  if (leaves) watch?.onSent()
  const span = leaves ? startCallSpan(route, request, hedge) : null
  const rawResponse = leaves
    ? await send({ client, key: key.reveal(), route, request, now: steady, onIdentified, onProgress }, signal)
    : { ...emptyResponse(), unsent: true }
  const { completion, status, latencyMs, firstTokenMs } = rawResponse
  const outcome = leaves ? outcomeOf(rawResponse, question, key, now()) : notSent
  follower?.ended(outcome.ok)
  const claimed = readUsage(completion.usage, route.price, volumeOf(rawResponse, request))
  const prompt = request.messages.map(({ content }) => content).join('\n')
  const measured = {
    httpStatus: status,
    providerRequestId: cleanLabel(requestIdOf(rawResponse), key.redact),
    modelServed: cleanLabel(completion.model, key.redact),
    usage: believedUsage(claimed, request, reservedUsd),
    latencyMs,
    firstTokenMs,
  }
  grant?.settle(measured.usage)
  const excerpt = outcome.ok ? null : excerptOf(outcome.error, prompt, key.redact)
  const result = {
    ...measured,
    latencyMs: leaves ? latencyMs : null,
    outcome: outcome.ok ? ('ok' as const) : outcome.class,
    error: errorOf({ outcome, excerpt }),
  }
  span?.end(result)
  const recorded = recorder.finish(callId, result)
  // The caller may await `recorded` later. Until then this handler prevents an unhandled rejection.
  recorded.catch(() => undefined)
  return { route, outcome, startedAt, excerpt, recorded, ...measured }
}

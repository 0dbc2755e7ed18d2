import type { OpenAI } from 'openai'
import { excerptOf } from './errors/excerpt.ts'
import { messageOf } from './errors/failure.ts'
import { type CallFailure, callFailure, interpret } from './interpret.ts'
import type { Key } from './keys/key-ring.ts'
import { maxCost, sentBytes } from './max-cost.ts'
import type { ParseContent, Question, Usage } from './request.ts'
import type { Route } from './route.ts'
import { cleanText } from './wire/clean-text.ts'
import { producedBytes } from './wire/completion.ts'
import { requestIdOf } from './wire/request-id.ts'
import { type RawResponse, send } from './wire/send.ts'
import { stripCodeFence } from './wire/strip-code-fence.ts'
import { readUsage, type Volume } from './wire/usage.ts'

/** By which way one request goes. A `probe` finds out whether the route is back. */
export type RouteLease = { client: OpenAI; key: Key; route: Route; probe: boolean; hedge: boolean }

/** One request, judged and recorded. `startedAt` is in epoch milliseconds. */
export type Attempt<T> = {
  route: Route
  outcome: { ok: true; value: T; truncated: boolean } | CallFailure
  httpStatus: number | null
  providerRequestId: string | null
  modelServed: string | null
  usage: Usage
  startedAt: number
  latencyMs: number
  firstTokenMs: number | null
  excerpt: string | null
  /** It is on record. Rejects with what the journal throws. */
  recorded: Promise<void>
}

const outcomeOf = <T>(rawResponse: RawResponse, parse: ParseContent<T>, now: number): Attempt<T>['outcome'] => {
  const interpretation = interpret(rawResponse, now)
  if (!interpretation.ok) return interpretation
  const { content, finish } = interpretation
  const truncated = finish === 'length'
  if (truncated && content.trim() === '') return callFailure('truncated', 'no text')
  const parsed = parse(stripCodeFence(content, finish), finish)
  if (parsed.ok) return { ok: true, value: parsed.value, truncated }
  return callFailure(truncated ? 'truncated' : 'malformed_response', cleanText(parsed.message, 500))
}

const errorOf = <T>({ outcome, excerpt }: Pick<Attempt<T>, 'outcome' | 'excerpt'>) =>
  outcome.ok ? null : { message: outcome.note ?? messageOf(outcome.class), excerpt }

const volumeOf = ({ completion, status, unsent }: RawResponse, bytes: number): Volume => {
  const produced = producedBytes(completion)
  const refused = status !== null && (status >= 400 || Boolean(completion.error))
  return { sentBytes: bytes, producedBytes: produced, turnedAway: unsent || (refused && produced === 0) }
}

/**
 * Makes one request and records it: `journal.start` before it leaves, with the most that it can cost, and `journal.finish` however
 * it ends, with its cost whether the answer is of use or not. The latter is not waited for: a failure's successor is not to be
 * held up. Throws only what `journal.start` or `parse` throws.
 */
export const makeAttempt = async <T>(
  { client, key, route, hedge }: Omit<RouteLease, 'probe'>,
  { request, recorder, parse }: Question<T>,
  now: () => number,
  signal: AbortSignal,
): Promise<Attempt<T>> => {
  const reservedUsd = maxCost(request, route.ceiling)
  const callId = await recorder.start({ route, keyFingerprint: key.fingerprint, reservedUsd, hedge })
  const startedAt = now()
  const onIdentified = (id: string) => recorder.identify(callId, id)
  const rawResponse = await send({ client, key: key.reveal(), route, request, now, onIdentified }, signal)
  const { completion, status, latencyMs, firstTokenMs } = rawResponse
  const outcome = outcomeOf(rawResponse, parse, now())
  const prompt = request.messages.map(({ content }) => content).join('\n')
  const facts = {
    httpStatus: status,
    providerRequestId: requestIdOf(rawResponse),
    modelServed: completion.model,
    usage: readUsage(completion.usage, route.price, volumeOf(rawResponse, sentBytes(request))),
    latencyMs,
    firstTokenMs,
  }
  const excerpt = outcome.ok ? null : excerptOf(outcome.error, prompt)
  const result = {
    ...facts,
    outcome: outcome.ok ? ('ok' as const) : outcome.class,
    error: errorOf({ outcome, excerpt }),
  }
  const recorded = recorder.finish(callId, result)
  // Whoever awaits it hears of a failure; until then nobody may.
  recorded.catch(() => undefined)
  return { route, outcome, startedAt, excerpt, recorded, ...facts }
}

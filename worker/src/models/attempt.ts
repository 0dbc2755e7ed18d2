import type { OpenAI } from 'openai'
import { cleanText } from './clean-text.ts'
import { producedBytes } from './completion.ts'
import { excerptOf } from './excerpt.ts'
import { type Exchange, exchangeWith } from './exchange.ts'
import { messageOf } from './failure.ts'
import { type Fault, fault, judge } from './judge.ts'
import type { Key } from './keys.ts'
import type { ParseContent, Question, Usage } from './request.ts'
import { requestIdOf } from './request-id.ts'
import { sentBytes, worstCost } from './reserve.ts'
import type { Route } from './route.ts'
import { unfence } from './unfence.ts'
import { readUsage, type Volume } from './usage.ts'

/** By which way one request goes. A `probe` finds out whether the route is back. */
export type Way = { client: OpenAI; key: Key; route: Route; probe: boolean; hedge: boolean }

/** One request, judged and recorded. `startedAt` is in epoch milliseconds. */
export type Attempt<T> = {
  route: Route
  outcome: { ok: true; value: T; truncated: boolean } | Fault
  httpStatus: number | null
  providerRequestId: string | null
  modelServed: string | null
  usage: Usage
  startedAt: number
  latencyMs: number
  firstTokenMs: number | null
  excerpt: string | null
  /** It is on record. Rejects with what the journal throws. */
  booked: Promise<void>
}

const outcomeOf = <T>(exchange: Exchange, parse: ParseContent<T>, now: number): Attempt<T>['outcome'] => {
  const judgement = judge(exchange, now)
  if (!judgement.ok) return judgement
  const { content, finish } = judgement
  const truncated = finish === 'length'
  if (truncated && content.trim() === '') return fault('truncated', 'no text')
  const parsed = parse(unfence(content, finish), finish)
  if (parsed.ok) return { ok: true, value: parsed.value, truncated }
  return fault(truncated ? 'truncated' : 'malformed_response', cleanText(parsed.message, 500))
}

const errorOf = <T>({ outcome, excerpt }: Pick<Attempt<T>, 'outcome' | 'excerpt'>) =>
  outcome.ok ? null : { message: outcome.note ?? messageOf(outcome.class), excerpt }

const volumeOf = ({ completion, status, unsent }: Exchange, bytes: number): Volume => {
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
  { client, key, route, hedge }: Omit<Way, 'probe'>,
  { request, journal, parse }: Question<T>,
  now: () => number,
  signal: AbortSignal,
): Promise<Attempt<T>> => {
  const reservedUsd = worstCost(request, route.ceiling)
  const callId = await journal.start({ route, keyFingerprint: key.fingerprint, reservedUsd, hedge })
  const startedAt = now()
  const onIdentified = (id: string) => journal.identify(callId, id)
  const exchange = await exchangeWith({ client, key: key.reveal(), route, request, now, onIdentified }, signal)
  const { completion, status, latencyMs, firstTokenMs } = exchange
  const outcome = outcomeOf(exchange, parse, now())
  const prompt = request.messages.map(({ content }) => content).join('\n')
  const facts = {
    httpStatus: status,
    providerRequestId: requestIdOf(exchange),
    modelServed: completion.model,
    usage: readUsage(completion.usage, route.price, volumeOf(exchange, sentBytes(request))),
    latencyMs,
    firstTokenMs,
  }
  const excerpt = outcome.ok ? null : excerptOf(outcome.error, prompt)
  const result = {
    ...facts,
    outcome: outcome.ok ? ('ok' as const) : outcome.class,
    error: errorOf({ outcome, excerpt }),
  }
  const booked = journal.finish(callId, result)
  // Whoever awaits it hears of a failure; until then nobody may.
  booked.catch(() => undefined)
  return { route, outcome, startedAt, excerpt, booked, ...facts }
}

import type { OpenAI } from 'openai'
import { cleanText } from './clean-text.ts'
import { producedBytes } from './completion.ts'
import { excerptOf } from './excerpt.ts'
import { type Exchange, exchangeWith } from './exchange.ts'
import { messageOf } from './failure.ts'
import { type Fault, fault, judge } from './judge.ts'
import type { Timeouts } from './patience.ts'
import type { CallJournal, ChatRequest, ParseContent, Price, Route, Usage } from './request.ts'
import { requestIdOf } from './request-id.ts'
import { unfence } from './unfence.ts'
import { readUsage } from './usage.ts'

/** What is asked, of whom, where each request is recorded, and how the answer's text is read. */
export type Question<T> = { request: ChatRequest; route: Route; journal: CallJournal; parse: ParseContent<T> }

export type AttemptDeps = { client: OpenAI; price: Price | null; timeouts: Timeouts; now: () => number }

/** One request, judged and recorded. */
export type Attempt<T> = {
  outcome: { ok: true; value: T; truncated: boolean } | Fault
  httpStatus: number | null
  providerRequestId: string | null
  modelServed: string | null
  usage: Usage
  latencyMs: number
  firstTokenMs: number | null
  excerpt: string | null
}

const promptOf = (request: ChatRequest): string => request.messages.map((message) => message.content).join('\n')

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

const errorOf = <T>({ outcome, excerpt }: Attempt<T>) =>
  outcome.ok ? null : { message: outcome.note ?? messageOf(outcome.class), excerpt }

/**
 * Makes one request and records it: `journal.start` before it leaves, `journal.finish` however it ends, with its cost whether the
 * answer is of use or not. Throws only what the journal or `parse` throws.
 */
export const makeAttempt = async <T>(
  { client, price, timeouts, now }: AttemptDeps,
  { request, route, journal, parse }: Question<T>,
  signal: AbortSignal,
): Promise<Attempt<T>> => {
  const callId = await journal.start({ route })
  const exchange = await exchangeWith({ client, model: route.model, request, timeouts, now }, signal)
  const { completion, status, latencyMs, firstTokenMs } = exchange
  const prompt = promptOf(request)
  const sentBytes = Buffer.byteLength(prompt) + Buffer.byteLength(JSON.stringify(request.schema))
  const outcome = outcomeOf(exchange, parse, now())
  const attempt: Attempt<T> = {
    outcome,
    httpStatus: status,
    providerRequestId: requestIdOf(exchange),
    modelServed: completion.model,
    usage: readUsage(completion.usage, price, { sentBytes, producedBytes: producedBytes(completion) }),
    latencyMs,
    firstTokenMs,
    excerpt: outcome.ok ? null : excerptOf(outcome.error, prompt),
  }
  const { excerpt: _, outcome: __, ...facts } = attempt
  await journal.finish(callId, {
    ...facts,
    outcome: outcome.ok ? 'ok' : outcome.class,
    error: errorOf(attempt),
  })
  return attempt
}

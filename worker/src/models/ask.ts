import type { OpenAI } from 'openai'
import { HELD_WAIT_MS } from '../deadlines.ts'
import { type Attempt, makeAttempt, type Question } from './attempt.ts'
import { pauseBefore } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type Failure, type FailureClass, failureClasses, messageOf, type Timing } from './failure.ts'
import { type Fault, fault } from './judge.ts'
import type { Timeouts } from './patience.ts'
import type { Answer, Price, Route } from './request.ts'

export type AskDeps = {
  /** By the provider's name, as routes have it. */
  clients: Readonly<Record<string, OpenAI>>
  /** The list price of a route, for answers that do not tell their cost. */
  price: (route: Route) => Price | null
  clock: Clock
  /** In [0, 1). */
  random: () => number
  timeouts: Timeouts
}

const mostRequests = 3

const failureOf = <T>(route: Route, found: Fault, last: Attempt<T> | null, timing: Timing): Failure => ({
  class: found.class,
  message: messageOf(found.class),
  retryable: failureClasses[found.class].retryable,
  retryAfterMs: found.retryAfterMs,
  provider: route.provider,
  httpStatus: last?.httpStatus ?? null,
  providerRequestId: last?.providerRequestId ?? null,
  responseExcerpt: last?.excerpt ?? null,
  timing,
})

/**
 * Asks one route for one answer: a first request and up to two more after transient failures, each class as often as its row in
 * `failureClasses` allows. A pause that would hold the worker for more than HELD_WAIT_MS is left to the queue: the failure is
 * returned with the wait. What a provider does is a value; throws RangeError for a provider without a client, and what the
 * journal or `parse` throws.
 */
export const createAsk =
  ({ clients, price, clock, random, timeouts }: AskDeps) =>
  async <T>(question: Question<T>, signal: AbortSignal): Promise<Answer<T>> => {
    const { route } = question
    const client = clients[route.provider]
    if (!client) throw new RangeError(`no client for the provider ${route.provider}`)
    const startedAt = clock.now()
    const seen: FailureClass[] = []
    let last: Attempt<T> | null = null

    const timing = (): Timing => ({
      requests: seen.length + (last?.outcome.ok ? 1 : 0),
      latencyMs: last?.latencyMs ?? 0,
      firstTokenMs: last?.firstTokenMs ?? null,
      totalMs: clock.now() - startedAt,
    })
    const give = (found: Fault): Answer<T> => ({ ok: false, failure: failureOf(route, found, last, timing()) })

    while (!signal.aborted) {
      const attempt: Attempt<T> = await makeAttempt(
        { client, price: price(route), timeouts, now: clock.now },
        question,
        signal,
      )
      last = attempt
      const { outcome } = attempt
      if (outcome.ok) {
        const { modelServed, providerRequestId, usage } = attempt
        const { value, truncated } = outcome
        return {
          ok: true,
          value,
          truncated,
          modelServed,
          provider: route.provider,
          providerRequestId,
          usage,
          timing: timing(),
        }
      }
      const sameBefore = seen.filter((failure) => failure === outcome.class).length
      seen.push(outcome.class)
      const pause = pauseBefore(seen.length - 1, outcome.retryAfterMs, random())
      const again = seen.length < mostRequests && sameBefore < failureClasses[outcome.class].retries
      if (!again || pause > HELD_WAIT_MS) return give(outcome)
      await clock.sleep(pause, signal)
    }
    return give(fault('aborted'))
  }

export type Ask = ReturnType<typeof createAsk>

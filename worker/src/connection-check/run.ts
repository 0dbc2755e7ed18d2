import { type Catalog, type DataResidency, findModels, strictest } from '@recto/shared/catalog'
import type { ConnectionCheckResult } from '@recto/shared/connection-check'
import type { Logger } from '@recto/shared/log'
import type { Notify } from '@recto/shared/notify'
import { createSemaphore } from '@recto/shared/semaphore'
import { CONNECTION_CHECK_MS } from '../deadlines.ts'
import type { Ask } from '../llm/ask.ts'
import { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import type { CallRecorder } from '../llm/request.ts'
import { chooseRoutes, type Routing } from '../llm/routing.ts'
import { checkRequest, readText } from './question.ts'
import { notAsked, overBudget, resultOf } from './result.ts'
import type { ConnectionCheck, ConnectionCheckStore } from './store.ts'

export type ConnectionChecksDeps = {
  store: ConnectionCheckStore
  catalog: Catalog
  /** Of the deployment. */
  residency: DataResidency
  routing(): Routing
  ask: Ask
  recorderOf(test: ConnectionCheck, residency: DataResidency): CallRecorder
  notifyStatus: Notify
  notifyConnectionChecks: Notify
  log: Logger
}

/** Few: a person may ask for ten a minute, and they are not to slow down what other people wait for. */
const checksAtOnce = 4

/** Runs the connection tests that people ask for, beside the generations and a few at a time; further ones wait their turn. */
export const createConnectionChecks = (deps: ConnectionChecksDeps) => {
  const { store, log } = deps
  const waiting = new Set<string>()
  const underWay = new Set<Promise<void>>()
  const semaphore = createSemaphore({ places: checksAtOnce })
  const stopping = new AbortController()
  let accepting = false
  const onError = (error: unknown) => log.warn({ error }, 'connection test failed')

  /** Null when the worker stops before there is an answer. */
  const resultFor = async (test: ConnectionCheck): Promise<ConnectionCheckResult | null> => {
    const models = findModels(deps.catalog, test.model).map(({ id }) => id)
    if (models.length === 0) return notAsked('unknown_model')
    const residency = strictest(deps.residency, test.residency)
    const routed = chooseRoutes(deps.routing(), { models, residency, request: checkRequest })
    if (!routed.ok) return notAsked(routed.code)
    const inTime = AbortSignal.timeout(Math.max(0, CONNECTION_CHECK_MS - test.waitedMs))
    const signal = AbortSignal.any([stopping.signal, inTime])
    const recorder = deps.recorderOf(test, residency)
    const answer = await deps.ask(routed.routes, { request: checkRequest, recorder, parse: readText }, signal)
    if (answer.ok || answer.failure.class !== 'aborted') return resultOf(answer)
    return stopping.signal.aborted ? null : notAsked('timeout')
  }

  const withinBudget = (error: unknown): ConnectionCheckResult => {
    if (error instanceof BudgetExceeded) return overBudget(error)
    throw error
  }

  const run = async (id: string): Promise<void> => {
    const test = await store.claim(id, CONNECTION_CHECK_MS)
    if (!test) return
    const result = await resultFor(test).catch(withinBudget)
    if (!result) {
      await store.release(id)
      deps.notifyConnectionChecks(id)
      return
    }
    await store.finish(id, result)
    deps.notifyStatus(id)
    const outcome = result.ok ? 'ok' : result.code
    log.info({ test: id, model: test.model, outcome, provider: result.provider }, 'connection test')
  }

  /** Runs a check when a place is free. A worker that stops drops those that wait: they are nobody's yet. */
  const runInTurn = (id: string): void => {
    if (waiting.has(id)) return
    waiting.add(id)
    const done = semaphore
      .run(async () => {
        waiting.delete(id)
        if (accepting) await run(id)
      })
      .catch(onError)
      .finally(() => underWay.delete(done))
    underWay.add(done)
  }

  const enqueue = (payload: string): void => {
    if (!accepting) return
    for (const id of payload.split(',')) runInTurn(id)
  }

  /** What was asked for while nobody listened. */
  const poll = (): void => {
    if (!accepting) return
    const found = store.pending(CONNECTION_CHECK_MS)
    found.then((ids) => ids.length > 0 && enqueue(ids.join(','))).catch(onError)
  }

  return {
    enqueue,
    poll,
    start: (): void => {
      accepting = true
      poll()
    },
    /** Hands back what runs, for another worker to do. */
    stop: async (): Promise<void> => {
      accepting = false
      stopping.abort()
      await Promise.all(underWay)
    },
  }
}

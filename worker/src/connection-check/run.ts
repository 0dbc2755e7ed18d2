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
import { scrub } from '../privacy/scrub.ts'
import { readText, requestOf } from './question.ts'
import { notAsked, overBudget, resultOf } from './result.ts'
import type { ConnectionCheck, ConnectionCheckStore } from './store.ts'

export type ConnectionChecksDeps = {
  store: ConnectionCheckStore
  catalog: Catalog
  /** The residency of the deployment. */
  residency: DataResidency
  /** Whether personal values in every message are replaced before it leaves. */
  scrub: boolean
  routing(): Routing
  ask: Ask
  recorderOf(check: ConnectionCheck, residency: DataResidency): CallRecorder
  notifyStatus: Notify
  notifyConnectionChecks: Notify
  log: Logger
}

/** A person may request ten checks a minute. Only a few run at once, so that they do not delay generations. */
const checksAtOnce = 4

/** Runs the connection checks that people request, a few at a time beside the generations. Further ones wait. */
export const createConnectionChecks = (deps: ConnectionChecksDeps) => {
  const { store, log } = deps
  const waiting = new Set<string>()
  const underWay = new Set<Promise<void>>()
  const semaphore = createSemaphore({ places: checksAtOnce })
  const stopping = new AbortController()
  let accepting = false
  const onError = (error: unknown) => log.warn({ error }, 'connection check failed')

  /** The result of a check; null when the worker stops before there is one. */
  const resultFor = async (check: ConnectionCheck): Promise<ConnectionCheckResult | null> => {
    const models = findModels(deps.catalog, check.model).map(({ id }) => id)
    if (models.length === 0) return notAsked('unknown_model')
    const residency = strictest(deps.residency, check.residency)
    const outgoing = (deps.scrub || check.scrub) && check.message !== null ? scrub(check.message) : null
    const request = requestOf(outgoing?.text ?? check.message)
    const routed = chooseRoutes(deps.routing(), { models, residency, request })
    if (!routed.ok) return notAsked(routed.code)
    const inTime = AbortSignal.timeout(Math.max(0, CONNECTION_CHECK_MS - check.waitedMs))
    const signal = AbortSignal.any([stopping.signal, inTime])
    const recorder = deps.recorderOf(check, residency)
    const question = { request, recorder, parse: readText, unusableBefore: 0, failedBefore: 0 }
    const answer = await deps.ask(routed.routes, question, signal)
    if (answer.ok) return resultOf({ ...answer, value: outgoing?.restore(answer.value) ?? answer.value })
    if (answer.failure.class !== 'aborted') return resultOf(answer)
    return stopping.signal.aborted ? null : notAsked('timeout')
  }

  const withinBudget = (error: unknown): ConnectionCheckResult => {
    if (error instanceof BudgetExceeded) return overBudget(error)
    throw error
  }

  const run = async (id: string): Promise<void> => {
    const check = await store.claim(id, CONNECTION_CHECK_MS)
    if (!check) return
    const result = await resultFor(check).catch(withinBudget)
    if (!result) {
      await store.release(id)
      deps.notifyConnectionChecks(id)
      return
    }
    await store.finish(id, result)
    deps.notifyStatus(id)
    const outcome = result.ok ? 'ok' : result.code
    log.info(
      { connection_check_id: id, model: check.model, outcome, provider: result.provider },
      'connection check ended',
    )
  }

  /** Runs a check when a place is free. A worker that stops drops waiting checks, which no worker has claimed yet. */
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

  /** Enqueues the checks that were requested while this worker did not listen. */
  const poll = (): void => {
    if (!accepting) return
    const found = store.pending(CONNECTION_CHECK_MS)
    found.then((ids) => ids.length > 0 && enqueue(ids.join(','))).catch(onError)
  }

  return {
    enqueue,
    poll,
    /** Whether no check runs or waits at this worker. */
    isIdle: (): boolean => underWay.size === 0,
    start: (): void => {
      accepting = true
      poll()
    },
    /** Releases running checks for other workers. */
    stop: async (): Promise<void> => {
      accepting = false
      stopping.abort()
      await Promise.all(underWay)
    },
  }
}

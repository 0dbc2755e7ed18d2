import { randomUUID } from 'node:crypto'
import type { DataResidency } from '@recto/shared/catalog'
import type { CallRecorder, CallResult } from '../llm/request.ts'
import type { Route } from '../llm/route.ts'
import { budgetErrorOf } from './budget.ts'
import type { CallProgress } from './call-progress.ts'
import { type EndedCall, endedCallOf } from './ended-call.ts'
import { type createStartCall, type Subject, startedCallOf } from './started-call.ts'

export type CallRecorderDeps = {
  onCall(route: Route, result: CallResult): void
  /** Gets what is known of a request that runs. */
  progress(callId: string, progress: CallProgress): void
  /** Writes a call before it is sent. The answer is false when its run is not this worker's any more. */
  start: ReturnType<typeof createStartCall>
  /** Writes the end of a call at once. */
  finish(call: EndedCall): Promise<void>
}

/**
 * Writes one ai_calls row per provider request: before the request, so that a killed worker leaves a trace of it and of
 * its highest cost, and again at its end. The end of the call that answers a generation is left in `subject.endedCalls`:
 * it costs no transaction of its own. `onGone` runs when this worker does not own the run any more. It aborts the
 * run's signal, so that `llm/wire/send.ts` sends nothing.
 * @throws BudgetExceeded from `start`
 */
export const createCallRecorder = (
  deps: CallRecorderDeps,
  subject: Subject,
  residency: DataResidency,
  onGone: () => void,
): CallRecorder => {
  const routes = new Map<string, Route>()
  return {
    start: async (call) => {
      const id = randomUUID()
      routes.set(id, call.route)
      try {
        if (!(await deps.start(startedCallOf(id, subject, residency, call)))) onGone()
        return id
      } catch (error) {
        throw budgetErrorOf(error, call.reservedUsd)
      }
    },
    identify: (id, providerRequestId) => {
      if (routes.get(id)?.costLookup) deps.progress(id, { requestId: providerRequestId })
    },
    progress: (id, estimatedUsd) => deps.progress(id, { estimatedUsd }),
    finish: async (id, result) => {
      const route = routes.get(id)
      if (!route) throw new RangeError('a call ended that never started')
      deps.onCall(route, result)
      const ended = endedCallOf(id, route, result)
      if (result.outcome === 'ok' && subject.purpose === 'generation') subject.endedCalls.push(ended)
      else await deps.finish(ended)
    },
  }
}

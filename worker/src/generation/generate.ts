import { setImmediate as turn } from 'node:timers/promises'
import type { DataResidency } from '@recto/shared/catalog'
import type { GenerationErrorCode } from '@recto/shared/errors'
import type { GenerationError } from '@recto/shared/generation'
import { createSemaphore } from '@recto/shared/semaphore'
import { delimiterFor } from '../kinds/delimiter.ts'
import type { Made, Work } from '../kinds/kind.ts'
import type { Live } from '../live/live.ts'
import type { Ask } from '../llm/ask.ts'
import type { Failure } from '../llm/errors/failure.ts'
import { readTokens, withThinking } from '../llm/max-cost.ts'
import type { CallRecorder, ChatRequest, TokenBudget } from '../llm/request.ts'
import type { Route } from '../llm/route.ts'
import { chooseRoutes, type Routing } from '../llm/routing.ts'
import { createTokenBudget } from '../llm/token-budget.ts'
import { createRestore, restoreAnswer } from '../privacy/restore-answer.ts'
import { type ScrubbedTexts, scrubTexts } from '../privacy/scrub.ts'
import type { AbortReason } from '../queue/dispatcher.ts'
import { answeredBy, type Metadata } from './errors.ts'
import type { Planned } from './plan.ts'
import type { Run } from './run.ts'

export type GenerateDeps = {
  routing(): Routing
  ask: Ask
  recorderOf(run: Run, residency: DataResidency, onGone: () => void): CallRecorder
  live: Pick<Live, 'open'>
  /** In [0, 1). */
  random(): number
}

/**
 * How long the parts of a run took, in milliseconds. `generationMs`: all its requests with what was between them; `modelMs`
 * without that. `gateMs`: to prove the answer.
 */
export type Phases = { firstTokenMs: number | null; generationMs: number; modelMs: number; gateMs: number }

/**
 * What a run generated: what passed the gate, maybe nothing, in which case `error` describes the request that answered.
 * `deterministic`: the model would answer the same request with the same result.
 */
export type Generated =
  | {
      ok: true
      made: Made
      dropped: Record<string, number>
      metadata: Metadata
      error: Partial<GenerationError>
      deterministic: boolean
      phases: Phases
    }
  /** `stop` has the reason when the run was stopped, and `said` the output that stays of an answer that a person stopped. */
  | { ok: false; failure: Failure; stop: AbortSignal; said: unknown }
  | { ok: false; failure: null; code: GenerationErrorCode }

/** An account whose budget is used up is served as cheaply as can be, whatever its request asks for. */
const routingFor = (run: Run, throttled: boolean, routing: Routing): Routing => ({
  ...routing,
  policy: throttled ? 'cost' : (run.optimize ?? routing.policy),
})

/**
 * What earlier deliveries left of the tokens that a generation may use. A call whose tokens are unknown counts as the
 * largest.
 */
const tokensLeft = (run: Run, request: ChatRequest, routes: readonly Route[]): { tokens?: TokenBudget } => {
  if (run.maxTotalTokens === null) return {}
  const largest =
    readTokens(request) + Math.max(...routes.map((route) => withThinking(request, route).maxCompletionTokens))
  return { tokens: createTokenBudget(run.maxTotalTokens - run.usedTokens - run.unmeasuredCalls * largest) }
}

const unscrubbed = (texts: readonly string[]): ScrubbedTexts => ({
  texts: [...texts],
  counts: {},
  restore: (same) => same,
})

const hasMarks = ({ counts }: ScrubbedTexts): boolean => Object.keys(counts).length > 0

/**
 * Asks a model for the result of a run and proves it: route, scrub, ask, restore, gate. `onAnswered` runs after the last
 * request.
 */
export const createGenerate = ({ routing, ask, recorderOf, live, random }: GenerateDeps) => {
  // Of many answers that arrive together, one is checked in each turn of the event loop: requests and statements of others
  // are served in between.
  const turns = createSemaphore({ places: 1 })

  /** Follows the answers for those who watch the run; null when its kind shows nothing before the answer is complete. */
  const followed = (
    run: Run,
    { stream, textStream, texts }: Work,
    request: ChatRequest,
    outgoing: ScrubbedTexts,
    stop: AbortSignal,
  ) => {
    const opened = { id: run.id, attempt: run.attempt, request, signal: stop }
    if (textStream)
      return live.open({ ...opened, textStream, restoreText: outgoing.restore, marks: hasMarks(outgoing) })
    if (stream === null) return null
    let restoring: ReturnType<typeof createRestore> | undefined
    const restore = (element: unknown) => {
      restoring ??= createRestore(outgoing, texts)
      return restoring(element)
    }
    return live.open({ ...opened, stream, restore })
  }

  /** What a person has heard before they stopped the generation, proved as a whole answer is; null when nothing stays. */
  const keepSaid = async (work: Work, request: ChatRequest, outgoing: ScrubbedTexts, content: string) => {
    const elements = work.textStream?.stopped?.(content) ?? []
    if (elements.length === 0) return null
    const { kept } = await restoreAnswer(elements, outgoing, work.texts, { keepUnknown: true })
    const { result } = await work.gate(kept, request)
    return result.usable ? result.said : null
  }

  return async (
    run: Run,
    { models, residency, work, throttled, ...plan }: Planned,
    signal: AbortSignal,
    onAnswered: () => void,
  ): Promise<Generated> => {
    const outgoing = plan.scrub ? scrubTexts(work.texts) : unscrubbed(work.texts)
    const delimiter = delimiterFor(outgoing.texts.join('\n'), random)
    const marks = hasMarks(outgoing)
    const request = work.request({ texts: outgoing.texts, delimiter, marks })
    const routed = chooseRoutes(routingFor(run, throttled, routing()), { models, residency, request })
    if (!routed.ok) return { ok: false, failure: null, code: routed.code }

    const gone = new AbortController()
    const stop = AbortSignal.any([signal, gone.signal])
    const recorder = recorderOf(run, residency, () => gone.abort('lost' satisfies AbortReason))
    const watched = followed(run, work, request, outgoing, stop)
    try {
      const answer = await ask(
        routed.routes,
        {
          request,
          ...tokensLeft(run, request, routed.routes),
          recorder,
          parse: work.parse,
          unusableBefore: run.unusableAnswers,
          failedBefore: run.failedCalls,
          ...(watched && { follow: watched.follow }),
        },
        stop,
      )
      onAnswered()
      if (!answer.ok) {
        const isStopped = stop.reason === ('cancelled' satisfies AbortReason)
        const said = isStopped && watched ? await keepSaid(work, request, outgoing, watched.content()) : null
        return { ok: false, failure: answer.failure, stop, said }
      }

      const answeredAt = performance.now()
      await turns.run(() => turn())
      const { kept, unknown } = await restoreAnswer(answer.value, outgoing, work.texts, {
        keepUnknown: work.textStream?.stopped !== undefined,
      })
      const gated = await work.gate(kept, request)
      await watched?.settle(gated)
      const { result, surplus } = gated
      const dropped = { ...gated.dropped, ...(unknown > 0 && { invented_placeholder: unknown }) }
      const answered = answeredBy(answer)
      const { provider, provider_request_id, timing } = answered
      const residence = residency === 'any' ? {} : { data_residency: residency }
      const slowed = throttled ? { throttled } : {}
      const scrubbed = plan.scrub ? { scrubbed: outgoing.counts } : {}
      return {
        ok: true,
        made: result,
        dropped,
        metadata: { ...answered, ...residence, ...slowed, ...scrubbed, dropped, surplus },
        error: { provider, http_status: answer.httpStatus, provider_request_id, timing },
        deterministic: request.temperature === 0 && !answer.route.shape.omit.includes('temperature'),
        phases: {
          firstTokenMs: answer.timing.firstTokenMs,
          generationMs: answer.timing.totalMs,
          modelMs: answer.modelMs,
          gateMs: performance.now() - answeredAt,
        },
      }
    } finally {
      watched?.close()
    }
  }
}

export type Generate = ReturnType<typeof createGenerate>

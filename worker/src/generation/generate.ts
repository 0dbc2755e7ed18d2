import type { DataResidency } from '@recto/shared/catalog'
import type { GenerationErrorCode } from '@recto/shared/errors'
import type { GenerationError } from '@recto/shared/generation'
import type { GatedCard } from '../kinds/flashcards/card.ts'
import { delimiterFor } from '../kinds/flashcards/prompt.ts'
import type { Ask } from '../llm/ask.ts'
import type { Failure } from '../llm/errors/failure.ts'
import type { CallRecorder } from '../llm/request.ts'
import { chooseRoutes, type Routing } from '../llm/routing.ts'
import { restoreDeep } from '../privacy/restore-deep.ts'
import { type Scrubbed, scrub } from '../privacy/scrub.ts'
import { withoutUnknownPlaceholders } from '../privacy/unknown-placeholders.ts'
import type { AbortReason } from '../queue/dispatcher.ts'
import { answeredBy, type Metadata } from './errors.ts'
import type { Planned } from './plan.ts'
import type { Run } from './run.ts'

export type GenerateDeps = {
  routing(): Routing
  ask: Ask
  recorderOf(run: Run, residency: DataResidency, onGone: () => void): CallRecorder
  random(): number
}

/** The cards that stood the gate, maybe none: `error` then tells of the request. `deterministic`: asked again, the model would say the same. */
export type Generated =
  | {
      ok: true
      cards: GatedCard[]
      dropped: Record<string, number>
      metadata: Metadata
      error: Partial<GenerationError>
      deterministic: boolean
    }
  /** `stop` tells why, when it was stopped. */
  | { ok: false; failure: Failure; stop: AbortSignal }
  | { ok: false; failure: null; code: GenerationErrorCode }

const cheapestIf = (throttled: boolean, routing: Routing): Routing =>
  throttled ? { ...routing, policy: 'cost' } : routing

const unscrubbed = (text: string): Scrubbed => ({ text, counts: {}, restore: (same) => same })

/** Asks a model for the cards of a run and proves them: route, scrub, ask, restore, gate. */
export const createGenerate =
  ({ routing, ask, recorderOf, random }: GenerateDeps) =>
  async (
    run: Run,
    { models, residency, prompt, throttled, ...plan }: Planned,
    signal: AbortSignal,
  ): Promise<Generated> => {
    const { sourceText, options } = run
    const outgoing = plan.scrub ? scrub(sourceText) : unscrubbed(sourceText)
    const delimiter = delimiterFor(outgoing.text, random)
    const marks = Object.keys(outgoing.counts).length > 0
    const request = prompt.request({ sourceText: outgoing.text, options, delimiter, marks })
    const routed = chooseRoutes(cheapestIf(throttled, routing()), { models, residency, request })
    if (!routed.ok) return { ok: false, failure: null, code: routed.code }

    const gone = new AbortController()
    const stop = AbortSignal.any([signal, gone.signal])
    const recorder = recorderOf(run, residency, () => gone.abort('lost' satisfies AbortReason))
    const answer = await ask(routed.routes, { request, recorder, parse: prompt.parse }, stop)
    if (!answer.ok) return { ok: false, failure: answer.failure, stop }

    const restored = answer.value.map((element) => restoreDeep(element, outgoing.restore))
    const { kept, unknown } = marks ? withoutUnknownPlaceholders(restored, sourceText) : { kept: restored, unknown: 0 }
    const { cards, surplus, ...gated } = prompt.gate({ content: kept, sourceText, options, request })
    const dropped = { ...gated.dropped, ...(unknown > 0 && { invented_placeholder: unknown }) }
    const generated = answeredBy(answer)
    const { provider, provider_request_id, timing } = generated
    const residence = residency === 'any' ? {} : { data_residency: residency }
    const slowed = throttled ? { throttled } : {}
    const scrubbed = plan.scrub ? { scrubbed: outgoing.counts } : {}
    return {
      ok: true,
      cards,
      dropped,
      metadata: { ...generated, ...residence, ...slowed, ...scrubbed, dropped, surplus },
      error: { provider, provider_request_id, timing },
      deterministic: request.temperature === 0 && !answer.route.shape.omit.includes('temperature'),
    }
  }

export type Generate = ReturnType<typeof createGenerate>

import type { DataResidency } from '@recto/shared/catalog'
import type { GenerationErrorCode } from '@recto/shared/errors'
import type { GenerationError } from '@recto/shared/generation'
import type { AbortReason } from '../dispatcher.ts'
import type { GatedCard } from '../flashcards/card.ts'
import { delimiterFor } from '../flashcards/prompt.ts'
import type { Ask } from '../models/ask.ts'
import type { Failure } from '../models/failure.ts'
import type { CallJournal } from '../models/request.ts'
import { chooseRoutes, type Routing } from '../models/routing.ts'
import { withoutInvented } from '../privacy/invented.ts'
import { restoreDeep } from '../privacy/restore-deep.ts'
import { type Scrubbed, scrub } from '../privacy/scrub.ts'
import type { Planned } from './plan.ts'
import { type Metadata, madeBy } from './record.ts'
import type { Run } from './run.ts'

export type MakeDeps = {
  routing(): Routing
  ask: Ask
  journalOf(run: Run, residency: DataResidency, onGone: () => void): CallJournal
  random(): number
}

/** The cards that stood the gate, maybe none: `error` then tells of the request. `deterministic`: asked again, the model would say the same. */
export type Made =
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
export const createMake =
  ({ routing, ask, journalOf, random }: MakeDeps) =>
  async (run: Run, { models, residency, prompt, throttled, ...plan }: Planned, signal: AbortSignal): Promise<Made> => {
    const { sourceText, options } = run
    const outgoing = plan.scrub ? scrub(sourceText) : unscrubbed(sourceText)
    const delimiter = delimiterFor(outgoing.text, random)
    const marks = Object.keys(outgoing.counts).length > 0
    const request = prompt.request({ sourceText: outgoing.text, options, delimiter, marks })
    const routed = chooseRoutes(cheapestIf(throttled, routing()), { models, residency, request })
    if (!routed.ok) return { ok: false, failure: null, code: routed.code }

    const gone = new AbortController()
    const stop = AbortSignal.any([signal, gone.signal])
    const journal = journalOf(run, residency, () => gone.abort('lost' satisfies AbortReason))
    const answer = await ask(routed.routes, { request, journal, parse: prompt.parse }, stop)
    if (!answer.ok) return { ok: false, failure: answer.failure, stop }

    const restored = answer.value.map((element) => restoreDeep(element, outgoing.restore))
    const { kept, invented } = marks ? withoutInvented(restored, sourceText) : { kept: restored, invented: 0 }
    const { cards, surplus, ...gated } = prompt.gate({ content: kept, sourceText, options, request })
    const dropped = { ...gated.dropped, ...(invented > 0 && { invented_placeholder: invented }) }
    const made = madeBy(answer)
    const { provider, provider_request_id, timing } = made
    const residence = residency === 'any' ? {} : { data_residency: residency }
    const slowed = throttled ? { throttled } : {}
    const scrubbed = plan.scrub ? { scrubbed: outgoing.counts } : {}
    return {
      ok: true,
      cards,
      dropped,
      metadata: { ...made, ...residence, ...slowed, ...scrubbed, dropped, surplus },
      error: { provider, provider_request_id, timing },
      deterministic: request.temperature === 0 && !answer.route.shape.omit.includes('temperature'),
    }
  }

export type Make = ReturnType<typeof createMake>

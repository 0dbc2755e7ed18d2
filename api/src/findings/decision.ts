import { z } from '@hono/zod-openapi'
import { findingRejectReasons } from '@recto/shared/kinds/code-review/finding'
import { DecidedId, reviewOf } from '../reviews/decisions.ts'

const accept = { action: z.literal('accept') }
const reject = { action: z.literal('reject'), reason: z.enum(findingRejectReasons) }
const undo = { action: z.literal('undo') }

/** A decision about one finding. */
export const FindingDecision = z
  .discriminatedUnion('action', [z.strictObject(accept), z.strictObject(reject), z.strictObject(undo)])
  .meta({ id: 'FindingDecision' })

const FindingDecisionAbout = z
  .discriminatedUnion('action', [
    z.strictObject({ id: DecidedId, ...accept }),
    z.strictObject({ id: DecidedId, ...reject }),
    z.strictObject({ id: DecidedId, ...undo }),
  ])
  .meta({ id: 'FindingDecisionAbout' })
export type FindingDecisionAbout = z.infer<typeof FindingDecisionAbout>

export const FindingReview = reviewOf(FindingDecisionAbout).meta({ id: 'FindingReview' })

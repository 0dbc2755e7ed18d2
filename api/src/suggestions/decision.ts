import { z } from '@hono/zod-openapi'
import { Back, Front } from '@recto/shared/card'
import { rejectReasons } from '@recto/shared/generation'
import { DecidedId, reviewOf } from '../reviews/decisions.ts'

const accept = {
  action: z.literal('accept'),
  front: Front.optional().openapi({ description: 'Of the card, in place of the model’s.' }),
  back: Back.optional().openapi({ description: 'Of the card, in place of the model’s.' }),
}
const reject = { action: z.literal('reject'), reason: z.enum(rejectReasons) }
const undo = { action: z.literal('undo') }

/** A decision about one suggestion. */
export const Decision = z
  .discriminatedUnion('action', [z.strictObject(accept), z.strictObject(reject), z.strictObject(undo)])
  .meta({ id: 'Decision' })

const DecisionAbout = z
  .discriminatedUnion('action', [
    z.strictObject({ id: DecidedId, ...accept }),
    z.strictObject({ id: DecidedId, ...reject }),
    z.strictObject({ id: DecidedId, ...undo }),
  ])
  .meta({ id: 'DecisionAbout' })
export type DecisionAbout = z.infer<typeof DecisionAbout>

export const Review = reviewOf(DecisionAbout).meta({ id: 'Review' })

import { z } from '@hono/zod-openapi'
import { Back, Front } from '@recto/shared/card'
import { rejectReasons } from '@recto/shared/generation'

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

const id = z.guid().toLowerCase().openapi({ format: 'uuid' })
const DecisionAbout = z
  .discriminatedUnion('action', [
    z.strictObject({ id, ...accept }),
    z.strictObject({ id, ...reject }),
    z.strictObject({ id, ...undo }),
  ])
  .meta({ id: 'DecisionAbout' })
export type DecisionAbout = z.infer<typeof DecisionAbout>

/** Decisions that are carried out together, each about another suggestion. */
export const Review = z
  .strictObject({ decisions: z.array(DecisionAbout).min(1).max(100) })
  .superRefine(({ decisions }, context) => {
    const seen = new Set<string>()
    for (const [n, decision] of decisions.entries()) {
      if (seen.has(decision.id))
        context.addIssue({ code: 'custom', path: ['decisions', n, 'id'], message: 'must not have two decisions' })
      seen.add(decision.id)
    }
  })
  .meta({ id: 'Review' })

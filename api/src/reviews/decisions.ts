import { z } from '@hono/zod-openapi'

/** The id of the suggestion or finding that a decision is about. */
export const DecidedId = z.guid().toLowerCase().openapi({ format: 'uuid' })

/** What the description of an endpoint says of repeated and of changed decisions. */
export const repeatedDecisions =
  'The same decision again changes nothing. Another decision needs an `undo` first (`already_reviewed`).'

/** The body of a review: decisions that are carried out together, each about another thing. */
export const reviewOf = <D extends z.ZodType<{ id: string }>>(decision: D) =>
  z.strictObject({ decisions: z.array(decision).min(1).max(100) }).superRefine(({ decisions }, context) => {
    const seen = new Set<string>()
    for (const [n, { id }] of decisions.entries()) {
      if (seen.has(id))
        context.addIssue({ code: 'custom', path: ['decisions', n, 'id'], message: 'must not have two decisions' })
      seen.add(id)
    }
  })

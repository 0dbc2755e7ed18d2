import { z } from '@hono/zod-openapi'

export const DecidedId = z.guid().toLowerCase().openapi({ format: 'uuid' })

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

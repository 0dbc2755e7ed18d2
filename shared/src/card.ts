import { z } from 'zod'
import { codePoints, textDefect } from './text.ts'

/** The bounds of a card. Lengths are in code points; the checks of the table `cards` are the same. */
export const cardBounds = { front: 200, back: 500, source_quote: 10_000, tags: 20, tag: 50 } as const

const side = (most: number) =>
  z
    .string()
    .superRefine((text, context) => {
      const defect = codePoints(text) > most ? `must have at most ${most} characters` : textDefect(text)
      if (defect) context.addIssue({ code: 'custom', message: defect })
    })
    .meta({ minLength: 1, maxLength: most })

export const Front = side(cardBounds.front)
export const Back = side(cardBounds.back)

// White space and control characters. Anki separates tags by spaces.
const gap = /[\s\p{Cc}]/u

export const Tag = z
  .string()
  .min(1)
  .refine((tag) => codePoints(tag) <= cardBounds.tag, `must have at most ${cardBounds.tag} characters`)
  .refine((tag) => tag.isWellFormed() && !gap.test(tag), 'must not contain white space or control characters')
  .meta({ minLength: 1, maxLength: cardBounds.tag })

export const Tags = z
  .array(Tag)
  .max(cardBounds.tags)
  .refine((tags) => new Set(tags).size === tags.length, 'must not contain a tag twice')

/** How a card came about. `ai_edited`: of a model, and changed at its review or later. */
export const origins = ['manual', 'ai', 'ai_edited'] as const

/** A card as the API answers it. Times are ISO 8601 in UTC. */
export const Card = z.object({
  id: z.uuid(),
  suggestion_id: z.uuid().nullable(),
  front: z.string(),
  back: z.string(),
  origin: z.enum(origins),
  source_quote: z.string().nullable(),
  tags: z.array(z.string()),
  created_at: z.string(),
  updated_at: z.string(),
})
export type Card = z.infer<typeof Card>

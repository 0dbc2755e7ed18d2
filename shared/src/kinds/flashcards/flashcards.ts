import { z } from 'zod'
import { codePoints, textDefect } from '../../text.ts'
import { LanguageTag } from '../language-tag.ts'

/** The same bounds as the check on ai_generations.source_text, in code points. */
export const textBounds = { min: 1000, max: 10_000 } as const

export const flashcardsVersions = ['flashcards@1'] as const

export const cardBounds = { min: 1, max: 30, default: 10 } as const

export const SourceText = z
  .string()
  .superRefine((text, context) => {
    const length = codePoints(text)
    const defect = textDefect(text)
    if (defect !== null) context.addIssue({ code: 'custom', message: defect })
    else if (length < textBounds.min || length > textBounds.max)
      context.addIssue({
        code: 'custom',
        message: `must have ${textBounds.min} to ${textBounds.max} characters (Unicode code points), has ${length}`,
      })
  })
  .meta({
    minLength: textBounds.min,
    maxLength: textBounds.max,
    description: 'Counted in Unicode code points. Stored as it is sent.',
  })

export const FlashcardsInput = z.strictObject({ source_text: SourceText })
export type FlashcardsInput = z.infer<typeof FlashcardsInput>

export const FlashcardsOptions = z.strictObject({
  max_cards: z.int().min(cardBounds.min).max(cardBounds.max).optional(),
  language: LanguageTag.optional(),
})
export type FlashcardsOptions = z.infer<typeof FlashcardsOptions>

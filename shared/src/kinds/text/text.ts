import { z } from 'zod'
import { codePoints, textDefect } from '../../text.ts'
import { LanguageTag } from '../language-tag.ts'

/** What a text is written for. Each has a template of its own in the worker. */
export const useCases = ['summary', 'email', 'description', 'rewrite', 'translate', 'free'] as const
export type UseCase = (typeof useCases)[number]

export const textVersions = ['text@1'] as const

/** In code points. */
export const inputBounds = { min: 1, max: 20_000 } as const
export const contextBounds = { min: 0, max: 10_000 } as const

export const wordBounds = { min: 10, max: 2000 } as const

export const tones = ['neutral', 'formal', 'friendly', 'persuasive'] as const

/** The language of a translation that names none. */
export const defaultTargetLanguage = 'en'

const bounded = ({ min, max }: { min: number; max: number }, description: string) =>
  z
    .string()
    .superRefine((text, context) => {
      const length = codePoints(text)
      const defect = length === 0 && min === 0 ? null : textDefect(text)
      if (defect !== null) context.addIssue({ code: 'custom', message: defect })
      else if (length > max)
        context.addIssue({
          code: 'custom',
          message: `must have at most ${max} characters (Unicode code points), has ${length}`,
        })
    })
    .meta({ minLength: min, maxLength: max, description })

export const TextInput = z.strictObject({
  use_case: z.enum(useCases),
  input: bounded(inputBounds, 'The text to work on; for `email` and `free`, what is to be written.'),
  context: bounded(contextBounds, 'What the writer should know besides. Material, no instructions.').optional(),
})
export type TextInput = z.infer<typeof TextInput>

export const TextOptions = z.strictObject({
  language: LanguageTag.optional(),
  tone: z.enum(tones).optional(),
  max_words: z.int().min(wordBounds.min).max(wordBounds.max).optional(),
})
export type TextOptions = z.infer<typeof TextOptions>

/** What `ai_generations.output` has of a text. The template is the use case with its version. */
export const TextOutput = z.object({ text: z.string(), use_case: z.enum(useCases), template: z.string() })

import { z } from 'zod'
import { codePoints, textDefect } from '../../text.ts'

/** The bounds of a conversation: its messages, and their code points together. */
export const chatBounds = { messages: 50, codePoints: 40_000 } as const

/** The bounds of the longest answer, in tokens. */
export const answerBounds = { min: 16, max: 4_000 } as const

export const chatVersions = ['chat@1'] as const

const Content = z
  .string()
  .superRefine((text, context) => {
    const defect = textDefect(text)
    if (defect !== null) context.addIssue({ code: 'custom', message: defect })
  })
  .meta({ minLength: 1, description: 'Stored as it is sent.' })

export const ChatMessage = z.strictObject({ role: z.enum(['user', 'assistant']), content: Content })
export type ChatMessage = z.infer<typeof ChatMessage>

const Messages = z
  .array(ChatMessage)
  .min(1)
  .max(chatBounds.messages)
  .superRefine((messages, context) => {
    const length = messages.reduce((sum, { content }) => sum + codePoints(content), 0)
    if (length > chatBounds.codePoints)
      context.addIssue({
        code: 'custom',
        message: `must have at most ${chatBounds.codePoints} characters together (Unicode code points), has ${length}`,
      })
    if (messages.at(-1)?.role !== 'user')
      context.addIssue({ code: 'custom', message: 'must end with a message of the user' })
  })
  .meta({ description: 'The conversation so far, or what is new in a stored one. The last message is the user’s.' })

export const ChatInput = z.strictObject({
  messages: Messages,
  conversation_id: z.guid().toLowerCase().optional().meta({
    format: 'uuid',
    description:
      'Continues a stored conversation: the id of its first generation. `messages` are then only the new ones.',
  }),
})
export type ChatInput = z.infer<typeof ChatInput>

export const ChatOptions = z.strictObject({
  max_tokens: z
    .int()
    .min(answerBounds.min)
    .max(answerBounds.max)
    .optional()
    .meta({
      description: `The longest answer, in tokens of the model, without what it thinks. ${answerBounds.max} by default.`,
    }),
})
export type ChatOptions = z.infer<typeof ChatOptions>

/**
 * How an answer ended: by itself, at the greatest length of an answer, or because the person stopped it. What was said by
 * then is kept.
 */
export const chatFinishes = ['complete', 'length', 'stopped'] as const

/** The output of a generation of this kind. */
export const ChatOutput = z.object({
  message: z.object({ role: z.literal('assistant'), content: z.string() }),
  finish: z.enum(chatFinishes),
})
export type ChatOutput = z.infer<typeof ChatOutput>
